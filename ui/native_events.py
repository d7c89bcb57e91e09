"""Windows' own messages on their way through Qt: lock, user switch, sleep and lid reach the session watch."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication
from PySide6.QtWidgets import QWidget

from workstation.host import windows
from workstation.host.events import SessionEvent
from workstation.host.sessions import DecodedWatch, SessionWatch

_KINDS = (b"windows_generic_MSG", b"windows_dispatcher_MSG")


class NativeEvents(QAbstractNativeEventFilter):
    """Tells what a message means before Qt and Windows go on with it: a lock is done before the computer sleeps.

    A posted message passes twice, through the queue and its window; locking twice is locking once.
    """

    def __init__(self, tell: Callable[[SessionEvent | None], None]) -> None:
        super().__init__()
        self._tell = tell

    def nativeEventFilter(self, eventType: QByteArray | bytes | bytearray | memoryview, message: int) -> object:
        kind = eventType.data() if isinstance(eventType, QByteArray) else bytes(eventType)
        address = int(message)
        if kind in _KINDS and address:
            self._tell(windows.decode_msg(address))
        return False, 0  # only listened to: Windows may end the session, Qt sees every message


def native_id(window: QWidget, platform: str = sys.platform) -> int:
    """The window Windows is to tell; 0 elsewhere. On the GUI thread only."""
    return int(window.winId()) if platform == "win32" else 0


def listen(app: QCoreApplication, watch: SessionWatch, platform: str = sys.platform) -> Callable[[], None]:
    """Feed the watch from the application's messages, where it is fed so; the way to stop that."""
    if platform != "win32" or not isinstance(watch, DecodedWatch):
        return lambda: None
    heard = NativeEvents(watch.tell)
    app.installNativeEventFilter(heard)
    return lambda: app.removeNativeEventFilter(heard)
