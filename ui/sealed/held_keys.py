"""A part of a screen whose keys are its own while it has the keyboard: no shortcut of the window takes them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFocusEvent, QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_ELSEWHERE = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ARROWS = {
    Qt.Key.Key_Left: QPoint(-1, 0),
    Qt.Key.Key_Right: QPoint(1, 0),
    Qt.Key.Key_Up: QPoint(0, -1),
    Qt.Key.Key_Down: QPoint(0, 1),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HELD = (*_ARROWS, *ENTER, Qt.Key.Key_Escape, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Backspace)
_WRITES = range(Qt.Key.Key_Space.value, Qt.Key.Key_ydiaeresis.value + 1)  # letters, digits and signs
_LARGE = 6  # times a step, with Ctrl


class HeldKeys(QWidget):
    """While it has the keyboard Ctrl+Z is its own and not the coding's, Ctrl+Down does not turn the document."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def key(self, event: QKeyEvent) -> None:
        """A key that is held. Every step says what it does with it."""

    def announce(self, words: str) -> None:
        """Said by a screen reader at once, and found again in the description."""
        self.setAccessibleDescription(words)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def ring(self, painter: QPainter) -> None:
        """Drawn last: where the keyboard is."""
        if self.hasFocus():
            colour = self.palette().color(QPalette.ColorRole.Accent)
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and is_held(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_held(event):
            event.accept()
            self.key(event)
        else:
            super().keyPressEvent(event)


def is_held(event: QKeyEvent) -> bool:
    """Arrows, Enter, Escape and letters; with Alt or another Ctrl than undo a key belongs to the window."""
    if event.modifiers() & _ELSEWHERE:
        return False
    if event.key() in _HELD or is_undo(event):
        return True
    return event.key() in _WRITES and not event.modifiers() & CTRL


def is_undo(event: QKeyEvent) -> bool:
    with_ctrl = event.key() == Qt.Key.Key_Z and event.modifiers() == CTRL
    return with_ctrl or (event.key() == Qt.Key.Key_Backspace and not event.modifiers())


def stepped(event: QKeyEvent, step: int) -> QPoint | None:
    """How far an arrow key goes; None for every other key."""
    way = _ARROWS.get(Qt.Key(event.key()))
    if way is None:
        return None
    return way * (step * (_LARGE if event.modifiers() & CTRL else 1))
