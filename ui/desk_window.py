"""The desk's one window: unlock or enrolment first, then the main page, in the same place on the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QMoveEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.entry.enrol import EnrolPage
from ui.entry.unlock import UnlockPage
from ui.main_page import MainPage
from ui.places import fill, fit, stand
from ui.room import Room
from ui.watermark import Watermark


class DeskWindow(QWidget):
    """Hidden in the standby. Its title never names a patient, an account or a document."""

    moved = Signal()
    closed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.setWindowTitle("Coder Workstation")
        fit(self, 1320, 780)
        self.setMinimumSize(960, 600)
        self.unlock = UnlockPage(room.theme)
        self.enrol = EnrolPage()
        self.main = MainPage(room)
        self._stack = QStackedWidget()
        for page in (self.unlock, self.enrol, self.main):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        self.watermark = Watermark(self)
        self._when_painted: Callable[[], None] | None = None

    def stand(self, look: dict[str, object]) -> None:
        """Where the cover stands: nothing jumps when one takes the other's place."""
        stand(self, look.get("place"))
        fill(self, look)

    def show_page(self, page: QWidget, painted: Callable[[], None]) -> None:
        """Show a page and call back once it is on the screen."""
        self._stack.setCurrentWidget(page)
        self._when_painted = painted
        self.show()
        self.raise_()
        self.activateWindow()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painted, self._when_painted = self._when_painted, None
        if painted is not None:
            painted()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.moved.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window locks: the program ends from the sign-in page, where nothing can be lost."""
        event.ignore()
        self.closed.emit()
