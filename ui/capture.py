"""The application filter that keeps every window and popup out of screenshots, and reads back whether Windows does it."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPlatformSurfaceEvent, QWindow

from workstation.host.capture import Capture, User32, WindowsUser32, hide, is_hidden, unhide

# Minimising, restoring and moving between sessions were seen to lose the flag: it is asked for again at each.
_AGAIN = (QEvent.Type.Show, QEvent.Type.WindowStateChange)
LOOK_AGAIN_MS = 5000


class CaptureBlock(QObject):
    """Installed on a desk's application. Without `user32` it only says that nothing can be done here."""

    changed = Signal(str)

    def __init__(self, app: QGuiApplication, user32: User32 | None, otherwise: Capture = Capture.NOT_POSSIBLE) -> None:
        super().__init__(app)
        self._user32 = user32
        self._allowed = False
        self.state = otherwise
        self._again = QTimer(self)
        self._again.setInterval(LOOK_AGAIN_MS)
        self._again.timeout.connect(self.look_again)
        if user32 is not None:
            self.state = Capture.BLOCKED  # of no window yet: the first that is not hidden says otherwise
            app.installEventFilter(self)
            self._again.start()

    def allow(self, allowed: bool) -> None:
        """Policy lets captures be made, or no longer does. At once for every window."""
        if self._user32 is not None and allowed is not self._allowed:
            self._allowed = allowed
            self.look_again()

    def look_again(self) -> None:
        """Ask for every window that is shown, and judge what Windows says of all of them."""
        user32 = self._user32
        if user32 is None:
            return
        shown = [int(window.winId()) for window in QGuiApplication.topLevelWindows() if window.isVisible()]
        for window in shown:
            self._apply(user32, window)
        if self._allowed:
            self._become(Capture.ALLOWED)
        else:
            hidden = all(is_hidden(user32, window) for window in shown)
            self._become(Capture.BLOCKED if hidden else Capture.NOT_BLOCKED)

    def _apply(self, user32: User32, window: int) -> bool:
        if self._allowed:
            unhide(user32, window)
            return True
        return hide(user32, window)

    def _become(self, state: Capture) -> None:
        if state is not self.state:
            self.state = state
            self.changed.emit(state.value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        user32, kind = self._user32, event.type()
        if user32 is None or not isinstance(watched, QWindow) or not watched.isTopLevel():
            return False
        made = (
            kind is QEvent.Type.PlatformSurface
            and isinstance(event, QPlatformSurfaceEvent)
            and event.surfaceEventType() is QPlatformSurfaceEvent.SurfaceEventType.SurfaceCreated
        )
        if (made or kind in _AGAIN) and not self._apply(user32, int(watched.winId())):
            self._become(Capture.NOT_BLOCKED)
        return False


def block_capture(app: QGuiApplication, platform: str = sys.platform) -> CaptureBlock:
    """What this platform offers: Windows hides windows; Linux has no way, macOS none that holds."""
    if platform == "win32":
        return CaptureBlock(app, WindowsUser32())
    return CaptureBlock(app, None, Capture.NOT_BLOCKED if platform == "darwin" else Capture.NOT_POSSIBLE)
