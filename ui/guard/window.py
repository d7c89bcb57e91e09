"""The guard's one window: it stands where the desk stood, covers it, and steps aside for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from ui.guard.pages import CoverPage, SignInPage
from ui.places import fill, fit, stand
from ui.retint import retint
from ui.theme import Theme, apply_theme


class GuardWindow(QWidget):
    """Implements `workstation.guard.states.Face`: each method returns after the window has painted."""

    sign_in = Signal()
    cancel = Signal()
    unlock = Signal()
    someone_else = Signal()
    online_only = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, server: str, *, practice: bool) -> None:
        super().__init__()
        self._theme = theme
        self.setWindowTitle("Coder Workstation")
        fit(self, 1180, 720)
        self._sign_in_page = SignInPage(theme, server, practice=practice)
        self._cover: CoverPage | None = None
        self._pages = QStackedWidget()
        self._pages.addWidget(self._sign_in_page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        self._sign_in_page.sign_in.connect(self.sign_in)
        self._sign_in_page.cancel.connect(self.cancel)
        self._sign_in_page.unlock.connect(self.unlock)
        self._sign_in_page.online_only.connect(self.online_only)

    def set_ready(self, ready: bool) -> None:
        """Sign-in can be pressed once keys and journal are open; the cover is built by then, a lock never waits."""
        if ready:
            self._cover_page()
        self._sign_in_page.set_ready(ready)

    def where(self, server: str) -> None:
        """The server this program works with, as the page names it."""
        self._sign_in_page.where(server)

    def offer_online_only(self, offered: bool) -> None:
        """A second way on where the keyring cannot be used."""
        self._sign_in_page.offer_online_only(offered)

    def say_online_only(self) -> None:
        """From now on on every page of this window."""
        self._sign_in_page.say_online_only()
        self._cover_page().say_online_only()

    def offer_retry(self, again: Callable[[], None]) -> None:
        """What could not be opened can be tried again without a restart."""
        self._sign_in_page.offer_retry(again)

    # ------------------------------------------------------------------ Face

    def show_sign_in(self, note: str, *, busy: bool, can_unlock: bool) -> None:
        self._sign_in_page.show_state(note, busy=busy, can_unlock=can_unlock)
        self._pages.setCurrentWidget(self._sign_in_page)
        self._come_forward()

    def show_cover(self, coder: str, note: str) -> None:
        cover = self._cover_page()
        cover.show_state(coder, note)
        self._pages.setCurrentWidget(cover)
        self._come_forward()

    def step_aside(self) -> None:
        self.hide()

    def look(self, look: dict[str, object]) -> None:
        """The desk moved or changed theme: stand in the same place."""
        stand(self, look.get("place"))
        fill(self, look)
        app = QApplication.instance()
        theme = look.get("theme")
        if theme in ("light", "dark") and theme != self._theme.name and isinstance(app, QApplication):
            before = self._theme.colours
            self._theme.become(apply_theme(app, "dark" if theme == "dark" else "light"))
            retint(before, self._theme)

    def _cover_page(self) -> CoverPage:
        if self._cover is None:
            self._cover = CoverPage(self._theme)
            self._cover.unlock.connect(self.unlock)
            self._cover.someone_else.connect(self.someone_else)
            self._pages.addWidget(self._cover)
        return self._cover

    def _come_forward(self) -> None:
        self.show()
        self.raise_()
        self.activateWindow()
        self.repaint()
        # The expose event must reach the platform before the caller kills what stood here.
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 5)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)


def first_window(app: QApplication, server: str, *, practice: bool) -> GuardWindow:
    """The sign-in window, painted, before the rest of the program is loaded."""
    window = GuardWindow(apply_theme(app, "light"), server or "practice", practice=practice)
    window.set_ready(False)
    window.show_sign_in("", busy=False, can_unlock=False)
    return window
