"""A second start of the program brings the first one forward; nothing else can be said through this door."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_PATIENCE = 2000  # milliseconds


def door_of(lock_file: Path) -> str:
    """Where the first start of this home listens: beside its lock, in a folder of its owner's; on Windows a pipe."""
    beside = lock_file.with_suffix(".door")
    if len(str(beside).encode()) < 100:  # a Unix socket's path has 108 bytes at most
        return str(beside)
    return f"coder-workstation-{sha256(str(lock_file).encode()).hexdigest()[:24]}"


class Door(QObject):
    """Held by the first start. A knock carries no words: whoever knocks can only have the window raised."""

    def __init__(self, name: str, knocked: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._knocked = knocked
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(name)  # what a crash left; the instance lock says that nobody listens there
        self.is_open = self._server.listen(name)
        self._server.newConnection.connect(self._came)

    def _came(self) -> None:
        while self._server.hasPendingConnections():
            visitor = self._server.nextPendingConnection()
            visitor.abort()
            visitor.deleteLater()
            self._knocked()

    def close(self) -> None:
        self._server.close()


def knock(name: str) -> bool:
    """Ask the first start to come forward; False when nobody opens."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    came = bool(socket.waitForConnected(_PATIENCE))
    socket.abort()
    return came
