"""The coding summary: principal first, then secondary diagnoses, procedures and service lines, all by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.encounter.line_card import LineCard
from ui.parts import label
from ui.theme import Theme, dress
from workstation.domain.coding import CodingSummary, LineId
from workstation.domain.edits import Finding
from workstation.domain.encounter import Encounter, Passage
from workstation.domain.own_words import finder

if TYPE_CHECKING:
    from collections.abc import Callable


class SummaryView(QScrollArea):
    """All lines of a summary, rebuilt from a value; keeps the chosen line and what is being typed."""

    line_chosen = Signal(str)
    poa = Signal(str, object)
    performed = Signal(str, object)
    rationale = Signal(str, str)
    jump = Signal(object)
    uncite = Signal(str, object)
    verb = Signal(str, str)
    service = Signal(str, tuple, int, str)  # line, modifiers, units, National Drug Code

    def __init__(self, theme: Callable[[], Theme]) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "bare")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._cards: dict[LineId, LineCard] = {}
        self._order: list[LineId] = []
        self.current: LineId | None = None
        self._show_inside(QWidget())

    def show_summary(self, summary: CodingSummary, encounter: Encounter, *, editable: bool) -> None:
        held, had_focus = self.current, any(card.hasFocus() for card in self._cards.values())
        at = self.verticalScrollBar().value()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        former, self._cards, self._order = self._cards, {}, []
        typing: LineCard | None = None
        find = finder(encounter.patient, encounter.account_number)
        first = "Principal diagnosis" if encounter.is_inpatient else "First-listed diagnosis"
        groups = (
            (first, (summary.principal,) if summary.principal else (), "Find the code and press Shift+Enter."),
            ("Secondary diagnoses", summary.secondary, ""),
            ("Procedures", summary.procedures, ""),
            ("Services", summary.services, ""),
        )
        for title, lines, empty in groups:
            if not lines and not empty:
                continue
            column.addWidget(label(f"{title}  ({len(lines)})" if len(lines) > 1 else title, "subheading"))
            if not lines:
                column.addWidget(label(empty, "muted", wrap=True))
            for number, line in enumerate(lines, 1):
                role = title if line.id == summary.principal_id else f"{number}"
                card = LineCard(
                    self._theme(), line, role, inpatient=encounter.is_inpatient, editable=editable, find=find
                )
                self._join(card)
                self._cards[line.id] = card
                if line.id in former and card.go_on_typing(former[line.id]):
                    typing = card
                self._order.append(line.id)
                column.addWidget(card)
        column.addStretch()
        self._show_inside(inside)
        self.current = held if held in self._cards else (self._order[-1] if self._order else None)
        self._tint()
        self.verticalScrollBar().setValue(at)
        if typing is not None:
            typing.write_rationale()
        elif had_focus and self.current is not None:
            self._cards[self.current].setFocus()

    def forget(self) -> None:
        """Nothing of a coding stays in the view."""
        self._cards, self._order, self.current = {}, [], None
        self._show_inside(QWidget())

    def _show_inside(self, inside: QWidget) -> None:
        inside.setObjectName("summary")
        self.setWidget(inside)
        inside.show()  # a scroll area that is on the screen does not show what is put into it

    def _join(self, card: LineCard) -> None:
        card.chosen.connect(self._choose)
        for mine, theirs in (
            (self.poa, card.poa), (self.performed, card.performed), (self.rationale, card.rationale),
            (self.jump, card.jump), (self.uncite, card.uncite), (self.service, card.service),
        ):  # fmt: skip
            theirs.connect(mine)
        card.verb.connect(self._verb)

    def _verb(self, line_id: str, verb: str) -> None:
        if verb in ("before", "after"):
            at = self._order.index(LineId(line_id)) + (1 if verb == "after" else -1)
            if 0 <= at < len(self._order):
                self._cards[self._order[at]].setFocus()
        else:
            self.verb.emit(line_id, verb)

    def _choose(self, line_id: str) -> None:
        self.current = LineId(line_id)
        self._tint()
        self.ensureWidgetVisible(self._cards[self.current], 0, 24)
        self.line_chosen.emit(line_id)

    def choose(self, line_id: LineId | None) -> None:
        """Make a line the current one without taking the keyboard."""
        if line_id in self._cards:
            self.current = line_id
            self._tint()

    def focus_current(self) -> None:
        if self.current in self._cards:
            self._cards[self.current].setFocus()

    def write_rationale(self, line_id: LineId) -> None:
        if line_id in self._cards:
            self._cards[line_id].write_rationale()

    def focus_code(self, code: str) -> bool:
        """Give the keyboard to the line of a code."""
        for card in self._cards.values():
            if str(card.line.code) == code:
                card.setFocus()
                return True
        return False

    def _tint(self) -> None:
        for line_id, card in self._cards.items():
            dress(card, current="true" if line_id == self.current else "false")

    def show_findings(self, found: tuple[Finding, ...]) -> None:
        for line_id, card in self._cards.items():
            card.show_findings(tuple(f for f in found if f.line_id == line_id))

    def commit(self) -> None:
        for card in self._cards.values():
            card.commit()

    def evidence(self) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
        """Passages of the current line, and those of all others."""
        mine = self._cards[self.current].line.evidence if self.current in self._cards else ()
        others = tuple(p for i, card in self._cards.items() if i != self.current for p in card.line.evidence)
        return mine, others
