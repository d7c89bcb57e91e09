"""Typing without a clipboard: line and text fields whose text can be neither copied, cut, pasted, dragged nor undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget

#: What an input method may ask of a sealed field: where the caret is, never what was typed.
_TELLING = frozenset(
    {
        Qt.InputMethodQuery.ImSurroundingText,
        Qt.InputMethodQuery.ImCurrentSelection,
        Qt.InputMethodQuery.ImTextBeforeCursor,
        Qt.InputMethodQuery.ImTextAfterCursor,
    }
)

CLIPBOARD_KEYS = (
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Paste,
)


def asks_clipboard(event: QKeyEvent) -> bool:
    """Whether a key would put something on a clipboard or take it from there."""
    insert = event.key() == Qt.Key.Key_Insert and event.modifiers() != Qt.KeyboardModifier.NoModifier
    return insert or any(event.matches(key) for key in CLIPBOARD_KEYS)


def _in_qt(text: str, at: int) -> int:
    """A place in a text as Qt counts it, in UTF-16."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


class SealedLine(QLineEdit):
    """One line of text. Selecting works for editing; nothing of it reaches a clipboard or PRIMARY."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDragEnabled(False)
        self.setAcceptDrops(False)

    def replace(self, start: int, end: int, words: str) -> None:
        """Put words in place of some characters, as if they were typed."""
        text = self.text()
        first, last = _in_qt(text, start), _in_qt(text, end)
        self.setSelection(first, last - first)
        self.insert(words)

    def inputMethodQuery(self, query: Qt.InputMethodQuery, argument: Any = None) -> Any:
        if query in _TELLING:
            return ""
        return super().inputMethodQuery(query)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if asks_clipboard(event):
            event.accept()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            event.accept()  # PRIMARY is not pasted in
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        # Qt fills PRIMARY with the selection when a button is released; only with no echo does it stay empty.
        selected, at = self.selectedText(), self.selectionStart()
        if selected:
            self.setSelection(at, 0)
            self.setCursorPosition(at)
        super().mouseReleaseEvent(event)
        if selected:
            self.setSelection(at, len(selected))


class PasswordLine(SealedLine):
    """A password: dots, no input method learning it, not even its length to assistive technology."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )


class SealedText(QPlainTextEdit):
    """Several lines of plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)

    def replace(self, start: int, end: int, words: str) -> None:
        """Put words in place of some characters, as if they were typed."""
        text = self.toPlainText()
        cursor = QTextCursor(self.document())
        cursor.setPosition(_in_qt(text, start))
        cursor.setPosition(_in_qt(text, end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(words)

    def underline(self, where: Sequence[tuple[int, int]], colour: QColor, ground: QColor) -> None:
        """A wave under some characters, and a ground that is not told by colour alone."""
        text = self.toPlainText()
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(colour)
        look.setBackground(ground)
        marks = []
        for start, end in where:
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(_in_qt(text, start))
            cursor.setPosition(_in_qt(text, end), QTextCursor.MoveMode.KeepAnchor)
            mark.cursor, mark.format = cursor, look
            marks.append(mark)
        self.setExtraSelections(marks)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if asks_clipboard(event):
            event.accept()
            return
        super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        return QMimeData()  # empty, never None: a drag of None crashes

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return False

    def insertFromMimeData(self, source: QMimeData) -> None:
        return

    def inputMethodQuery(self, query: Qt.InputMethodQuery, argument: Any = None) -> Any:
        if query in _TELLING:
            return ""
        return super().inputMethodQuery(query)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.ignore()


__all__ = ["CLIPBOARD_KEYS", "PasswordLine", "SealedLine", "SealedText", "asks_clipboard"]
