"""Paragraphs laid out only when they are seen: the text engine of the viewer, fast at megabytes."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption


class Paragraphs:
    """A plain text as paragraphs. Heights are counted in visual lines, estimated until a paragraph is laid out."""

    def __init__(self, text: str, font: QFont, width: float) -> None:
        self.text = text
        self._font = font
        self._metrics = QFontMetricsF(font)
        self.line_height = round(self._metrics.lineSpacing() * 1.25)
        self.starts = [0]
        self._texts = text.split("\n")
        self.starts = list(accumulate((len(part) + 1 for part in self._texts), initial=0))[:-1]
        self._width = 0.0
        self._layouts: dict[int, QTextLayout] = {}
        self._lines: list[int] = []
        self._tops: list[int] = []
        self._stale = True
        self.set_width(width)

    def __len__(self) -> int:
        return len(self._texts)

    def set_width(self, width: float) -> None:
        """Wrap at a width in pixels."""
        width = max(width, 80.0)
        if width == self._width:
            return
        self._width = width
        self._layouts.clear()
        per_line = max(8.0, width / self._metrics.averageCharWidth() * 0.95)
        self._lines = [int(len(part) / per_line) + 1 for part in self._texts]
        self._stale = True

    def replace_text(self, text: str) -> None:
        """Show another text of the same length and paragraphs (identifiers covered or uncovered)."""
        self.text = text
        self._texts = text.split("\n")
        self._layouts.clear()

    def layout(self, index: int) -> QTextLayout:
        """The laid-out paragraph; its true number of lines replaces the estimate."""
        made = self._layouts.get(index)
        if made is None:
            made = QTextLayout(self._texts[index], self._font)
            option = QTextOption()
            option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
            option.setTabStopDistance(self._metrics.horizontalAdvance(" ") * 8)
            made.setTextOption(option)
            made.setCacheEnabled(True)
            made.beginLayout()
            count = 0
            while (line := made.createLine()).isValid():
                line.setLineWidth(self._width)
                line.setPosition(QPointF(0, count * self.line_height))
                count += 1
            made.endLayout()
            if len(self._layouts) > 2000:
                self._layouts.clear()  # what scrolled away can be laid out again
            self._layouts[index] = made
            if max(count, 1) != self._lines[index]:
                self._lines[index] = max(count, 1)
                self._stale = True
        return made

    def line_count(self, index: int) -> int:
        return self._lines[index]

    def total_lines(self) -> int:
        self._refresh()
        return self._tops[-1] + self._lines[-1]

    def top_of(self, index: int) -> int:
        """Visual lines above a paragraph."""
        self._refresh()
        return self._tops[index]

    def at_line(self, line: int) -> tuple[int, int]:
        """(paragraph, line within it) of a visual line counted from the top."""
        self._refresh()
        line = max(0, min(line, self.total_lines() - 1))
        index = bisect_right(self._tops, line) - 1
        return index, line - self._tops[index]

    def at_position(self, position: int) -> tuple[int, int]:
        """(paragraph, offset within it) of a character."""
        index = max(0, bisect_right(self.starts, position) - 1)
        return index, min(position - self.starts[index], len(self._texts[index]))

    def line_of(self, position: int) -> int:
        """The visual line a character stands on."""
        index, offset = self.at_position(position)
        line = self.layout(index).lineForTextPosition(offset)
        return self.top_of(index) + (line.lineNumber() if line.isValid() else 0)

    def _refresh(self) -> None:
        if self._stale:
            self._tops = list(accumulate(self._lines, initial=0))[:-1]
            self._stale = False
