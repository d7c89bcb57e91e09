"""A second start of the program brings the first one forward, or asks it to end; nothing else passes this door."""

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


QUIT = b"quit\n"
_LONGEST = 16  # bytes anybody may say
_VISITORS = 8


class Door(QObject):
    """Held by the first start. Who knocks and says nothing has the window raised, who says `quit` ends the program.

    Both need the account's own rights, with which it could be ended anyway; nothing is unlocked or shown by either.
    """

    def __init__(
        self, name: str, knocked: Callable[[], None], parent: QObject, quit_asked: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(parent)
        self._knocked, self._quit_asked = knocked, quit_asked
        self._visitors: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(name)  # what a crash left; the instance lock says that nobody listens there
        self.is_open = self._server.listen(name)
        self._server.newConnection.connect(self._came)

    def _came(self) -> None:
        while self._server.hasPendingConnections():
            visitor = self._server.nextPendingConnection()
            self._visitors.append(visitor)
            visitor.readyRead.connect(self._hear)
            visitor.disconnected.connect(self._hear)
        for waiting in self._visitors[:-_VISITORS]:
            waiting.abort()  # who only stands there makes room
        self._hear()

    def _hear(self) -> None:
        """Whoever has spoken or gone away."""
        for visitor in list(self._visitors):
            if visitor not in self._visitors:
                continue  # another one's words ended this loop's work already
            gone = visitor.state() != QLocalSocket.LocalSocketState.ConnectedState
            said = bytes(visitor.peek(_LONGEST).data())
            if not gone and not said.endswith(b"\n") and len(said) < _LONGEST:
                continue
            self._visitors.remove(visitor)
            visitor.abort()
            visitor.deleteLater()
            (self._quit_asked if said == QUIT else self._knocked)()

    def close(self) -> None:
        self._server.close()
        for visitor in self._visitors:
            visitor.abort()
        self._visitors.clear()


def knock(name: str, word: bytes = b"") -> bool:
    """Ask the first start to come forward, or with a word for something else; False when nobody opens."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    came = bool(socket.waitForConnected(_PATIENCE))
    if came and word:
        socket.write(word)
        socket.waitForBytesWritten(_PATIENCE)
        socket.waitForDisconnected(_PATIENCE)
    socket.abort()
    return came
