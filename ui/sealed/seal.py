"""The application filter: eats copy, paste, print, screenshot, drag and context menus everywhere, and tells of each try."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

_COPY = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut)
_PRINT = (QKeySequence.StandardKey.Print, QKeySequence.StandardKey.Save, QKeySequence.StandardKey.SaveAs)
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_TOGETHER = 0.3  # seconds: the Menu key and a drag over several widgets each reach the filter more than once

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

    `blocked(what)` is emitted once for each attempt: copy, print, screenshot, drag, menu. `code_wanted(code)` instead
    of it when `code_in_hand` names a code that policy allows to be copied: `put_code` does it once it is on record.
    `touched()` for each input of a person.
    """

    blocked = Signal(str)
    code_wanted = Signal(str)
    touched = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.code_in_hand: Callable[[], str] = str
        self._let_through = ""
        self._last = ("", float("-inf"))
        app.installEventFilter(self)
        QGuiApplication.clipboard().changed.connect(self._clipboard_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _INPUT and event.spontaneous():
            self.touched.emit()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            return self._key(event, pressed=kind is QEvent.Type.KeyPress)
        if kind is QEvent.Type.ContextMenu:
            event.accept()
            self._block_once("menu")
            return True
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            self._block_once("drag")
            event.ignore()
            return True
        # on X11 the middle button pastes PRIMARY
        return (
            kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
            and isinstance(event, QMouseEvent)
            and event.button() is Qt.MouseButton.MiddleButton
            and isinstance(watched, QWidget)
        )

    def _key(self, event: QKeyEvent, *, pressed: bool) -> bool:
        """Whether a key is eaten. The shortcut's question is answered too, but only the key itself is an attempt."""
        what = _asked(event)
        if not what:
            return False
        event.accept()
        if pressed and not event.isAutoRepeat():
            code = self.code_in_hand() if what == "copy" else ""
            if code:
                self.code_wanted.emit(code)
            elif what == "menu":
                self._block_once(what)
            elif what != "paste":
                self.blocked.emit(what)
        return True

    def _block_once(self, what: str) -> None:
        """For attempts that arrive as several events."""
        now, (last, at) = time.monotonic(), self._last
        self._last = (what, now)
        if last != what or now - at > _TOGETHER:
            self.blocked.emit(what)

    def put_code(self, code: str) -> None:
        """The one exception: a bare code on the clipboard."""
        self._let_through = code
        QGuiApplication.clipboard().setText(code)

    def _clipboard_changed(self, mode: QClipboard.Mode) -> None:
        """The second line of defence: whatever of ours reached a clipboard is taken back at once."""
        clipboard = QGuiApplication.clipboard()
        ours = clipboard.ownsSelection() if mode is QClipboard.Mode.Selection else clipboard.ownsClipboard()
        if not ours:
            return
        held: QMimeData | None = clipboard.mimeData(mode)  # an empty clipboard has none, whatever the stub says
        if held is None or not held.formats() or (mode is QClipboard.Mode.Clipboard and self._is_the_code(held)):
            return
        clipboard.clear(mode)
        self.blocked.emit("copy")  # no key did this: a screen reader's copy, say

    def _is_the_code(self, held: QMimeData) -> bool:
        return bool(self._let_through) and set(held.formats()) == {"text/plain"} and held.text() == self._let_through


def _asked(event: QKeyEvent) -> str:
    """What a key would do that is not done here; empty for every other key."""
    key, held = event.key(), event.modifiers()
    if any(event.matches(sequence) for sequence in _COPY) or (key == Qt.Key.Key_Insert and held & _CTRL):
        return "copy"
    if event.matches(QKeySequence.StandardKey.Paste) or (key == Qt.Key.Key_Insert and held & _SHIFT):
        return "paste"
    if any(event.matches(sequence) for sequence in _PRINT) or (key in (Qt.Key.Key_P, Qt.Key.Key_S) and held & _CTRL):
        return "print"
    if key in (Qt.Key.Key_Print, Qt.Key.Key_SysReq):
        return "screenshot"
    return "menu" if key == Qt.Key.Key_Menu or (key == Qt.Key.Key_F10 and held & _SHIFT) else ""
