"""The application filter: eats copy, cut, print, drag and context menus everywhere, and says which verb does it instead."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

_COPY = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut)
_PRINT = (QKeySequence.StandardKey.Print, QKeySequence.StandardKey.Save, QKeySequence.StandardKey.SaveAs)

#: Events by which a person shows to be there. Synthetic ones are left out by `spontaneous()`.
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
    }
)


class Seal(QObject):
    """Installed on the application of a desk.

    `blocked(what)` is emitted for each attempt: copy, print, drag, menu. `touched()` for each input of a person.
    """

    blocked = Signal(str)
    touched = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._last_block = ("", 0.0)
        app.installEventFilter(self)
        clipboard = QGuiApplication.clipboard()
        clipboard.changed.connect(self._clipboard_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _INPUT and event.spontaneous():
            self.touched.emit()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            return self._key(event)
        if kind is QEvent.Type.ContextMenu:
            event.accept()
            return True
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            self._block("drag")
            event.ignore()
            return True
        # on X11 the middle button pastes PRIMARY
        return (
            kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
            and isinstance(event, QMouseEvent)
            and event.button() is Qt.MouseButton.MiddleButton
            and isinstance(watched, QWidget)
        )

    def _key(self, event: QKeyEvent) -> bool:
        copies = any(event.matches(key) for key in _COPY) or (
            event.key() == Qt.Key.Key_Insert and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        prints = any(event.matches(key) for key in _PRINT) or event.key() == Qt.Key.Key_Print
        if copies or prints:
            event.accept()
            self._block("copy" if copies else "print")
            return True
        if event.matches(QKeySequence.StandardKey.Paste):
            event.accept()
            return True
        return event.key() == Qt.Key.Key_Menu or (
            event.key() == Qt.Key.Key_F10 and bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        )

    def _block(self, what: str) -> None:
        """One attempt reaches the filter as several events; it counts once."""
        now = time.monotonic()
        if (what, True) != (self._last_block[0], now - self._last_block[1] < 0.5):
            self._last_block = (what, now)
            self.blocked.emit(what)

    def _clipboard_changed(self, mode: QClipboard.Mode) -> None:
        """The second line of defence: whatever of ours reached a clipboard is taken back at once."""
        clipboard = QGuiApplication.clipboard()
        ours = clipboard.ownsSelection() if mode is QClipboard.Mode.Selection else clipboard.ownsClipboard()
        if ours and clipboard.mimeData(mode).formats():
            clipboard.clear(mode)
