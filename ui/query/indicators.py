"""Clinical indicators of a query as cards: where each stands, its words with identifiers covered, and doubts to settle."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from ui.icons import icon, pixmap
from ui.parts import badge, button, label, row
from ui.sealed.viewer import Mark, MarkKind, Viewer
from ui.theme import Theme
from workstation.domain.queries.indicators import source_line
from workstation.domain.queries.query import ClinicalIndicator, IndicatorSource, Span
from workstation.domain.redaction.cover import covered
from workstation.operations.query_bench import Excerpt

_LINE = 21  # pixels of a line of the excerpt
_MOST_LINES = 6


class IndicatorCard(QFrame):
    """One indicator. Delete takes it away, J jumps to it, X takes marked words out, Y and N settle the first doubt."""

    removed = Signal(str)
    jump = Signal(str)
    taken_out = Signal(str, tuple)  # indicator, span of the source
    settled = Signal(str, tuple, bool)  # indicator, span, whether it is an identifier

    def __init__(self, theme: Theme, number: int, excerpt: Excerpt, *, editable: bool) -> None:
        super().__init__()
        self.excerpt = excerpt
        self._editable = editable
        self._theme = theme
        self.setProperty("kind", "assigned")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        indicator = excerpt.indicator
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 8, 8)
        column.setSpacing(4)
        tools = []
        for picture, name, call in (
            ("corner-down-right", "Jump to it (J)", lambda: self.jump.emit(indicator.id)),
            ("trash-2", "Take it away (Delete)", lambda: self.removed.emit(indicator.id)),
        ):
            tool = button("", "quiet")
            tool.setIcon(icon(picture, theme, 14, role="muted"))
            tool.setToolTip(name)
            tool.setAccessibleName(f"{name}: indicator {number}")
            tool.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            tool.clicked.connect(call)
            tools.append(tool)
        if not editable:
            tools[1].hide()
        where = label(source_line(indicator) or "No source", "caption", wrap=True)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(badge(str(number), "accent"))
        top.addWidget(where, 1)
        for tool in tools:
            top.addWidget(tool)
        column.addLayout(top)
        self._viewer: Viewer | None = None
        if indicator.source is IndicatorSource.IMAGE:
            sign = label()
            sign.setPixmap(pixmap("image", theme, 20, role="muted"))
            column.addLayout(row(sign, label("Redacted region of a scanned page", "muted"), None))
        else:
            column.addWidget(self._words(excerpt))
        gone = len(excerpt.removals)
        if gone:
            kinds = ", ".join(sorted({removal.shown for removal in excerpt.removals}))
            column.addWidget(label(f"Taken out: {kinds}", "caption", wrap=True))
        for doubt in excerpt.unsure if editable else ():
            column.addLayout(self._doubt(indicator, (doubt.start, doubt.end), doubt.why))
        doubts = f", {len(excerpt.unsure)} to settle" if excerpt.unsure else ""
        self.setAccessibleName(f"Clinical indicator {number}: {source_line(indicator)}{doubts}")

    def _words(self, excerpt: Excerpt) -> Viewer:
        text = excerpt.indicator.text
        viewer = Viewer()
        viewer.setFrameShape(QFrame.Shape.NoFrame)
        viewer.setAccessibleName("Words of the indicator")
        viewer.show_text(covered(text, tuple((r.start, r.end) for r in excerpt.removals)))
        viewer.color_marks({MarkKind.HIT: self._theme.colour("hit"), MarkKind.EVIDENCE: self._theme.colour("evidence")})
        viewer.show_marks([Mark(doubt.start, doubt.end, MarkKind.HIT) for doubt in excerpt.unsure])
        lines = sum(1 + len(line) // 52 for line in text.split("\n"))
        viewer.setFixedHeight(_LINE * min(max(lines, 1), _MOST_LINES) + 10)
        viewer.setToolTip("Mark words with Shift and the arrows; X takes them out of the query")
        self._viewer = viewer
        return viewer

    def _doubt(self, indicator: ClinicalIndicator, span: Span, why: str) -> QHBoxLayout:
        words = " ".join(indicator.text[span[0] : span[1]].split())
        asked = label(f"“{words}” {why}", wrap=True)
        asked.setAccessibleName(f"Is “{words}” an identifier? {why}")
        yes, no = button("Take out (Y)", "secondary"), button("Leave (N)", "secondary")
        for made, answer in ((yes, True), (no, False)):
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _=False, answer=answer: self.settled.emit(indicator.id, span, answer))
        made_row = row(spacing=6)
        made_row.addWidget(asked, 1)
        made_row.addWidget(yes)
        made_row.addWidget(no)
        return made_row

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, indicator = event.key(), self.excerpt.indicator
        first = self.excerpt.unsure[0] if self.excerpt.unsure else None
        if key == Qt.Key.Key_J:
            self.jump.emit(indicator.id)
        elif not self._editable:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Delete:
            self.removed.emit(indicator.id)
        elif key == Qt.Key.Key_X and not event.modifiers() and self._viewer is not None:
            start, end = self._viewer.passage
            if start < end:
                self.taken_out.emit(indicator.id, (start, end))
        elif key in (Qt.Key.Key_Y, Qt.Key.Key_N) and first is not None:
            self.settled.emit(indicator.id, (first.start, first.end), key == Qt.Key.Key_Y)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            parent.update()
