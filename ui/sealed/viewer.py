"""The document viewer: painted text with marks, a caret and a passage, and nothing to copy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextLayout,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from ui.sealed.pages import Paragraphs

MARGIN = 16


class MarkKind(Enum):
    """Why a stretch of text is coloured; later kinds paint over earlier ones."""

    EVIDENCE = "evidence"
    OTHER_EVIDENCE = "evidence of another line"
    HIT = "hit"
    CURRENT_HIT = "current hit"
    CHANGED = "changed since the copied text"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    start: int
    end: int
    kind: MarkKind = MarkKind.EVIDENCE


class Viewer(QAbstractScrollArea):
    """Shows one plain text. Offsets are characters from its start, the same with identifiers covered or not."""

    passage_changed = Signal(int, int)
    scrolled = Signal(int)  # the first character seen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paragraphs = Paragraphs("", self.font(), 400)
        self._marks: list[Mark] = []
        self._mark_starts: list[int] = []
        self._longest_mark = 0
        self._colors: dict[MarkKind, QColor] = {}
        self._top = (0, 0)  # paragraph and line within it that stand at the upper edge
        self._caret = 0
        self._anchor = 0
        self._dragging = False
        self._setting = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Document text")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # ------------------------------------------------------------------ what is shown

    def show_text(self, text: str, *, font: QFont | None = None) -> None:
        """Show a text from its start."""
        self._paragraphs = Paragraphs(text, font or self.font(), self._text_width())
        self._marks, self._mark_starts, self._longest_mark = [], [], 0
        self._caret = self._anchor = 0
        self._top = (0, 0)
        self._bound()
        self.viewport().update()

    def recover(self, text: str) -> None:
        """Cover or uncover identifiers: another text of the same length in the same place."""
        if len(text) == len(self._paragraphs.text):
            self._paragraphs.replace_text(text)
            self.viewport().update()

    def color_marks(self, colors: dict[MarkKind, QColor]) -> None:
        self._colors = dict(colors)
        self.viewport().update()

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Replace every mark."""
        self._marks = sorted(marks, key=lambda mark: (mark.start, mark.end))
        self._mark_starts = [mark.start for mark in self._marks]
        self._longest_mark = max((mark.end - mark.start for mark in self._marks), default=0)
        self.viewport().update()

    @property
    def passage(self) -> tuple[int, int]:
        """The marked passage, start < end, or start == end when nothing is marked."""
        return min(self._caret, self._anchor), max(self._caret, self._anchor)

    def mark_passage(self, start: int, end: int) -> None:
        """Select a passage and bring it into view."""
        self._anchor, self._caret = start, end
        self.reveal(start)
        self.passage_changed.emit(*self.passage)
        self.viewport().update()

    def first_character(self) -> int:
        """The first character in view: what a place remembers."""
        index, line = self._top
        if index >= len(self._paragraphs):
            return 0
        made = self._paragraphs.layout(index)
        return self._paragraphs.starts[index] + (made.lineAt(line).textStart() if line < made.lineCount() else 0)

    def go_to(self, position: int) -> None:
        """Put the line of a character at the upper edge."""
        self._set_top(self._paragraphs.line_of(position))

    def reveal(self, position: int) -> None:
        """Scroll only when a character is out of view, then to the upper third."""
        line, first = self._paragraphs.line_of(position), self._top_line()
        if not first <= line < first + self._lines_in_view() - 1:
            self._set_top(max(0, line - self._lines_in_view() // 3))

    # ------------------------------------------------------------------ geometry

    def _text_width(self) -> float:
        return float(self.viewport().width() - 2 * MARGIN)

    def _lines_in_view(self) -> int:
        return max(1, int((self.viewport().height() - MARGIN) / self._paragraphs.line_height))

    def _top_line(self) -> int:
        return self._paragraphs.top_of(self._top[0]) + self._top[1]

    def _set_top(self, line: int) -> None:
        last = max(0, self._paragraphs.total_lines() - self._lines_in_view() + 1)
        self._top = self._paragraphs.at_line(max(0, min(line, last)))
        self._bound()
        self.viewport().update()
        self.scrolled.emit(self.first_character())

    def _bound(self) -> None:
        """Make the scroll bar say where the text stands, without hearing it back."""
        bar = self.verticalScrollBar()
        self._setting = True
        bar.setRange(0, max(0, self._paragraphs.total_lines() - self._lines_in_view() + 1))
        bar.setPageStep(max(1, self._lines_in_view() - 1))
        bar.setSingleStep(3)
        bar.setValue(self._top_line())
        self._setting = False

    def _scrolled(self, value: int) -> None:
        if not self._setting:
            self._top = self._paragraphs.at_line(value)
            self.viewport().update()
            self.scrolled.emit(self.first_character())

    def _position_at(self, point: QPoint) -> int:
        index, line = self._top
        y = point.y() - MARGIN / 2
        while index < len(self._paragraphs):
            made = self._paragraphs.layout(index)
            height = (self._paragraphs.line_count(index) - line) * self._paragraphs.line_height
            if y < height or index == len(self._paragraphs) - 1:
                row = line + max(0, int(y / self._paragraphs.line_height))
                row = min(row, made.lineCount() - 1)
                offset = made.lineAt(row).xToCursor(point.x() - MARGIN) if row >= 0 else 0
                return self._paragraphs.starts[index] + int(offset)
            y -= height
            index, line = index + 1, 0
        return len(self._paragraphs.text)

    # ------------------------------------------------------------------ painting

    def _formats(self, start: int, length: int) -> list[QTextLayout.FormatRange]:
        formats: list[QTextLayout.FormatRange] = []

        def colour(first: int, last: int, color: QColor, text: QColor | None = None) -> None:
            span = QTextLayout.FormatRange()
            span.start = max(0, first - start)
            span.length = min(length, last - start) - span.start
            if span.length > 0:
                look = span.format
                look.setBackground(color)
                if text is not None:
                    look.setForeground(text)
                span.format = look
                formats.append(span)

        at = bisect_left(self._mark_starts, start - self._longest_mark)
        while at < len(self._marks) and self._marks[at].start < start + length:
            mark = self._marks[at]
            if mark.end > start and mark.kind in self._colors:
                colour(mark.start, mark.end, self._colors[mark.kind])
            at += 1
        first, last = self.passage
        if first < last and first < start + length and last > start:
            palette = self.palette()
            colour(first, last, palette.highlight().color(), palette.highlightedText().color())
        return formats

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.palette().base())
        painter.setPen(self.palette().text().color())
        height = self.viewport().height()
        index, line = self._top
        y = MARGIN / 2 - line * self._paragraphs.line_height
        caret_index, caret_offset = self._paragraphs.at_position(self._caret)
        while y < height and index < len(self._paragraphs):
            made = self._paragraphs.layout(index)
            origin = QPointF(MARGIN, y)
            start = self._paragraphs.starts[index]
            formats = self._formats(start, len(made.text()))
            made.draw(painter, origin, formats, QRectF(event.rect()))
            if index == caret_index and self.hasFocus():
                made.drawCursor(painter, origin, caret_offset, 2)
            y += self._paragraphs.line_count(index) * self._paragraphs.line_height
            index += 1
        painter.end()
        self._bound()
        if QAccessible.isActive():
            first = self.first_character()
            last = self._paragraphs.starts[index - 1] + len(self._paragraphs.layout(index - 1).text()) if index else 0
            self.setAccessibleDescription(self._paragraphs.text[first:last])

    # ------------------------------------------------------------------ input

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        first = self.first_character()
        self._paragraphs.set_width(self._text_width())
        index, offset = self._paragraphs.at_position(first)
        line = self._paragraphs.layout(index).lineForTextPosition(offset)
        self._top = (index, line.lineNumber() if line.isValid() else 0)
        self._bound()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._caret = self._position_at(event.position().toPoint())
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._anchor = self._caret
            self._dragging = True
            self._moved()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            point = event.position().toPoint()
            if point.y() < 0 or point.y() > self.viewport().height():
                self._set_top(self._top_line() + (1 if point.y() > 0 else -1))
            self._caret = self._position_at(point)
            self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().toPoint())
        self._anchor, self._caret = self._word_at(position)
        self._moved()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        by_word = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        text, caret = self._paragraphs.text, self._caret
        match event.key():
            case Qt.Key.Key_Left:
                caret = self._word_at(max(0, caret - 1))[0] if by_word else caret - 1
            case Qt.Key.Key_Right:
                caret = self._word_at(caret)[1] if by_word else caret + 1
            case Qt.Key.Key_Up:
                caret = self._line_away(-1)
            case Qt.Key.Key_Down:
                caret = self._line_away(1)
            case Qt.Key.Key_PageUp:
                caret = self._line_away(1 - self._lines_in_view())
            case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
                caret = self._line_away(self._lines_in_view() - 1)
            case Qt.Key.Key_Home:
                caret = 0 if by_word else text.rfind("\n", 0, caret) + 1
            case Qt.Key.Key_End:
                end = text.find("\n", caret)
                caret = len(text) if by_word or end < 0 else end
            case Qt.Key.Key_Escape if self._anchor != self._caret:
                self._anchor = self._caret
            case _:
                super().keyPressEvent(event)
                return
        self._caret = max(0, min(caret, len(text)))
        if not shift:
            self._anchor = self._caret
        self.reveal(self._caret)
        self._moved()

    def _line_away(self, lines: int) -> int:
        index, offset = self._paragraphs.at_position(self._caret)
        made = self._paragraphs.layout(index)
        line = made.lineForTextPosition(offset)
        x = float(line.cursorToX(offset)[0]) if line.isValid() else 0.0  # type: ignore[index]
        wanted = self._paragraphs.line_of(self._caret) + lines
        if wanted < 0:
            return 0
        to, row = self._paragraphs.at_line(wanted)
        made = self._paragraphs.layout(to)
        row = min(row, made.lineCount() - 1)
        offset = int(made.lineAt(row).xToCursor(x)) if row >= 0 else 0
        return self._paragraphs.starts[to] + offset

    def _word_at(self, position: int) -> tuple[int, int]:
        text = self._paragraphs.text
        start = end = min(position, len(text))
        while start > 0 and not text[start - 1].isspace():
            start -= 1
        while end < len(text) and not text[end].isspace():
            end += 1
        if end == position and end < len(text):  # at a gap: step over it, so that Ctrl+Right goes on
            end += 1
        return start, end

    def _moved(self) -> None:
        self.passage_changed.emit(*self.passage)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
