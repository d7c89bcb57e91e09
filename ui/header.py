"""The header of the desk: where the coder is, what the server has, who is unlocked, and the way to lock."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton

from ui.icons import icon, product_icon
from ui.parts import badge, button, label
from ui.theme import Theme, dress

_TONES = {"in-step": "success", "working": "info", "offline": "warning", "refused": "danger"}

ONLINE_ONLY = (
    "The keyring of this computer cannot be used. Charts and coding are in memory alone: finalize what you need before "
    "you lock or leave, and tell your IT support."
)


class Header(QFrame):
    """Fixed height; every part has a key."""

    page_chosen = Signal(str)
    lock = Signal()
    switch = Signal()
    sign_out = Signal()
    change_password = Signal()
    theme_chosen = Signal(str)
    badge_pressed = Signal()

    def __init__(self, theme: Theme, pages: tuple[tuple[str, str, str, str], ...]) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self.setFixedHeight(52)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 12, 0)
        line.setSpacing(4)
        mark = label()
        mark.setPixmap(product_icon().pixmap(24, 24))
        line.addWidget(mark)
        line.addSpacing(12)
        self._tabs: dict[str, QToolButton] = {}
        for name, title, keys, picture in pages:
            tab = QToolButton()
            tab.setText(title)
            tab.setIcon(icon(picture, theme))
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            tab.setShortcut(keys)
            tab.setToolTip(f"{title} ({keys})")
            tab.setAccessibleName(title)
            tab.setToolButtonStyle(tab.toolButtonStyle().ToolButtonTextBesideIcon)
            tab.clicked.connect(lambda _=False, name=name: self.page_chosen.emit(name))
            self._tabs[name] = tab
            line.addWidget(tab)
        line.addStretch()
        self._practice = badge("Practice", "accent")
        self._practice.setToolTip("Synthetic patients on a practice server on this computer")
        self._only = badge("Online only: nothing is kept here", "danger")
        self._only.setToolTip(ONLINE_ONLY)
        self._only.setAccessibleDescription(ONLINE_ONLY)
        self._only.hide()
        self._sync = QToolButton()
        self._sync.setProperty("kind", "state")
        self._sync.setToolTip("What the server has. Press to try again now (Ctrl+R)")
        self._sync.clicked.connect(self.badge_pressed)
        self._coder = QToolButton()
        self._coder.setIcon(icon("user", theme))
        self._coder.setToolButtonStyle(self._coder.toolButtonStyle().ToolButtonTextBesideIcon)
        self._coder.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._coder.setMenu(self._menu(theme))
        self._lock = button("Lock", "secondary", "Ctrl+L")
        self._lock.setIcon(icon("lock", theme))
        self._lock.clicked.connect(self.lock)
        for part in (self._only, self._practice, self._sync, self._coder, self._lock):
            line.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
            line.addSpacing(6)
        self.show_sync("working", "Starting")

    def _menu(self, theme: Theme) -> QMenu:
        menu = QMenu(self)
        menu.addAction(icon("users", theme), "Switch coder…", self.switch.emit)
        menu.addAction(icon("log-out", theme), "Sign out", self.sign_out.emit)
        menu.addAction(icon("key-round", theme), "Change unlock password…", self.change_password.emit)
        menu.addSeparator()
        group = QActionGroup(menu)
        for name, title, picture in (("light", "Light", "sun"), ("dark", "Dark", "moon")):
            action = menu.addAction(icon(picture, theme), title)
            action.setCheckable(True)
            action.setChecked(theme.name == name)
            action.triggered.connect(lambda _=False, name=name: self.theme_chosen.emit(name))
            group.addAction(action)
        return menu

    def name(self, coder: str, *, practice: bool) -> None:
        self._coder.setText(coder)
        self._coder.setAccessibleName(f"{coder}, menu")
        self._practice.setVisible(practice)

    def online_only(self, only: bool) -> None:
        """Said on every screen while nothing is kept on this computer."""
        self._only.setVisible(only)

    def show_page(self, name: str) -> None:
        if name in self._tabs:
            self._tabs[name].setChecked(True)

    def offer(self, name: str, *, offered: bool) -> None:
        """Show a page's tab to who has business there; its key goes with it."""
        self._tabs[name].setVisible(offered)

    def sync_words(self) -> str:
        return self._sync.text()

    def show_sync(self, kind: str, words: str, why: str = "") -> None:
        """The honest badge: in step, working, offline since, n waiting, refused."""
        self._sync.setText(words)
        self._sync.setShortcut("Ctrl+R")  # a new text takes a button's shortcut away
        self._sync.setToolTip(f"{why}\nPress to try again now (Ctrl+R)".strip())
        self._sync.setAccessibleName(f"Server: {words}")
        dress(self._sync, tone=_TONES.get(kind, "neutral"))
