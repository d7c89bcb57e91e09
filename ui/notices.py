"""The one door for messages: a strip under the header that says what happened and what to do."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from ui.parts import banner, button, say
from workstation.errors import WorkstationError

_DEEDS = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress)
GLANCE = 1500  # milliseconds an answer to a slip stands at least; the next deed after that takes it away
READING = 3000  # milliseconds a warning stands before something milder takes its place
_SECONDS = {"success": 4, "info": 6, "warning": 15}  # a danger stays until it is closed


class NoticeStrip(QWidget):
    """Shows one notice at a time. A milder one covers a warning once that could be read, and never a danger."""

    def __init__(self) -> None:
        super().__init__()
        self._strip = banner("info")
        self._close = button("Close", "quiet")
        self._close.clicked.connect(self.clear)
        self._since = QElapsedTimer()
        self._since.start()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(16, 8, 16, 0)
        whole.addWidget(self._strip, 1)
        whole.addWidget(self._close)
        self.hide()

    def say(self, text: str, tone: str = "info", *, passing: bool = False) -> None:
        """Show it. What is `passing` answers a slip of the hand: it goes with the next thing that is done."""
        shown = str(self._strip.property("tone"))
        unread = shown == "danger" or self._since.elapsed() < READING
        if self.isVisible() and self._rank(shown) > self._rank(tone) and unread:
            return
        self._since.start()
        self._let_pass(passing)
        say(self._strip, text, tone)
        self._strip.setAccessibleName(text)
        self.show()
        if tone in _SECONDS:
            self._timer.start(_SECONDS[tone] * 1000)
        else:
            self._timer.stop()

    def trouble(self, error: WorkstationError) -> None:
        self.say(f"{error} {error.remedy}", "warning")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Only while a passing notice is shown."""
        if event.type() in _DEEDS and self._since.elapsed() >= GLANCE:
            self.clear()
        return False

    def _let_pass(self, passing: bool) -> None:
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
            if passing:
                app.installEventFilter(self)

    def clear(self) -> None:
        self._let_pass(False)
        self._timer.stop()
        self.hide()

    @staticmethod
    def _rank(tone: str) -> int:
        return {"success": 0, "info": 0, "warning": 1, "danger": 2}.get(tone, 0)
