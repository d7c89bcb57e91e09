"""A button that opens a menu of values: chosen by keyboard, never a free text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton

from ui.sealed.tips import plain_tip

LONGEST = 34  # characters shown; the menu and the tooltip say it whole


class Choice(QToolButton):
    """Shows what is chosen, or what to choose."""

    chosen = Signal(object)

    def __init__(self, name: str, empty: str) -> None:
        super().__init__()
        self.setProperty("kind", "chip")
        self.setAccessibleName(name)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._name, self._empty = name, empty
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.setText(empty)

    def offer(self, choices: Iterable[tuple[str, Any]], value: Any) -> None:
        """The choices, and the one in force."""
        self._menu.clear()
        shown = self._empty
        for words, each in choices:
            action = self._menu.addAction(words.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(each == value)
            action.triggered.connect(lambda _=False, each=each: self.chosen.emit(each))
            if each == value and value is not None:
                shown = words
        self._menu.setEnabled(bool(self._menu.actions()))
        self.setText(shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…")
        self.setToolTip(plain_tip(shown) if len(shown) > LONGEST else "")
        self.setAccessibleName(f"{self._name}: {shown}")
