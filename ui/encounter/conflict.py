"""A conflict: what the server has beside what is here, and the two ways out of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from ui.parts import button, label, row
from workstation.domain.coding import CodingSummary
from workstation.domain.worklist import SendState
from workstation.operations.encounters import OpenEncounter


class ConflictBar(QFrame):
    """Between strip and chart, so that both sides are read while the chart stays open."""

    keep_mine = Signal()
    take_theirs = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self.setProperty("tone", "danger")
        self._words = label(role="strong", wrap=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._mine = button("Keep mine", "primary")
        self._theirs = button("Take theirs", "secondary")
        self._mine.clicked.connect(self.keep_mine)
        self._theirs.clicked.connect(self.take_theirs)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 10, 16, 10)
        whole.addWidget(self._words)
        whole.addLayout(self._grid)
        self._verbs = row(self._mine, self._theirs, None)
        whole.addLayout(self._verbs)
        self.hide()

    def show_conflict(self, opened: OpenEncounter) -> None:
        """Hidden when there is nothing to decide."""
        while (old := self._grid.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        conflict = opened.conflict
        refused = opened.send_state is SendState.REFUSED
        for verb in (self._mine, self._theirs):
            verb.setVisible(conflict is not None)
        if conflict is not None:
            when = f" on {conflict.changed_at:%b} {conflict.changed_at.day}" if conflict.changed_at else ""
            self._words.setText(f"The server's copy changed{when}. {conflict.why}")
            status = conflict.their_business_status or conflict.their_status
            sides = (("Mine", conflict.mine, ""), ("On the server", conflict.theirs, f"Assignment: {status}"))
            for at, (title, summary, more) in enumerate(sides):
                self._grid.addWidget(label(title, "subheading"), 0, at)
                self._grid.addWidget(label(_codes(summary), "code", wrap=True), 1, at)
                if more:
                    self._grid.addWidget(label(more, "muted"), 2, at)
        elif refused:
            self._words.setText(f"The server refused it: {opened.refusal} Your work is kept here.")
        self.setVisible(conflict is not None or refused)


def _codes(summary: CodingSummary | None) -> str:
    if summary is None or not summary.lines:
        return "no codes"
    principal = summary.principal
    words = [f"principal {principal.code}"] if principal else []
    rest = [str(line.code) for line in summary.lines if line is not principal]
    return ", ".join([*words, *rest])
