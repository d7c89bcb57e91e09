"""Small parts every screen is laid out from: labels, buttons, cards, banners, badges."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from ui.theme import MONO, dress, load_fonts


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label that shows plain text only, whatever a server put into it."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    made.setText(text)
    made.setWordWrap(wrap)
    if role:
        if role == "code":
            load_fonts(MONO)
        made.setProperty("role", role)
    return made


def button(text: str, kind: str = "secondary", keys: str = "") -> QPushButton:
    """A button; `keys` is shown in its tooltip and works as its shortcut."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAccessibleName(text)
    if keys:
        made.setShortcut(QKeySequence(keys))
        made.setToolTip(f"{text} ({keys})")
    return made


def card(spacing: int = 12, margin: int = 24) -> tuple[QFrame, QVBoxLayout]:
    """A raised area and the column inside it."""
    frame = QFrame()
    frame.setProperty("kind", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(spacing)
    return frame, column


def banner(tone: str) -> QLabel:
    """A strip of words in a tone: info, warning, danger, success. Hidden until it says something."""
    made = label(wrap=True)
    made.setProperty("kind", "banner")
    made.setProperty("tone", tone)
    made.hide()
    return made


def say(strip: QLabel, text: str, tone: str = "") -> None:
    """Show words in a banner, or hide it when there are none."""
    if tone and strip.property("tone") != tone:
        dress(strip, tone=tone)
    strip.setText(text)
    strip.setVisible(bool(text))


def badge(text: str = "", tone: str = "neutral") -> QLabel:
    made = label(text)
    made.setProperty("kind", "badge")
    made.setProperty("tone", tone)
    return made


def row(*parts: QWidget | QLayout | None, spacing: int = 8) -> QHBoxLayout:
    """Widgets side by side; None is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    for part in parts:
        if part is None:
            made.addStretch()
        elif isinstance(part, QLayout):
            made.addLayout(part)
        else:
            made.addWidget(part)
    return made


def centred(inner: QWidget) -> QVBoxLayout:
    """A column that keeps one widget in the middle."""
    column = QVBoxLayout()
    column.addStretch()
    column.addLayout(row(None, inner, None))
    column.addStretch()
    return column


def shortcut(owner: QWidget, keys: str, call: object, name: str) -> QAction:
    """A key that works anywhere in a widget and its children."""
    action = QAction(name, owner)
    action.setShortcut(QKeySequence(keys))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(call)
    owner.addAction(action)
    return action
