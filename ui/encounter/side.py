"""What stands left of the text: the chart's list, the hits of a search, what the books say of a code, or a procedure's axes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from ui.encounter.axes import AxesBuilder
from ui.encounter.chart_list import ChartList
from ui.encounter.code_view import CodeView
from ui.encounter.coding_pane import CodingPane
from ui.encounter.hits import HitList
from ui.room import Room
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.encounter import Encounter
from workstation.operations.codes import OwnCode, own_codes, toggle_favourite


class ChartSide(QStackedWidget):
    """One of four at a time; codes go from here into the coding pane."""

    left_codes = Signal()  # the books are closed: back to the finder

    def __init__(self, room: Room, coding: CodingPane) -> None:
        super().__init__()
        self._room, self._coding = room, coding
        self._encounter: Encounter | None = None
        self._own: tuple[OwnCode, ...] = ()
        self.list = ChartList(room.theme)
        self.hits = HitList(lambda: room.theme)
        self.code_view = CodeView(room.codebook)
        self.axes = AxesBuilder(room.codebook)
        for part in (self.list, self.hits, self.code_view, self.axes):
            self.addWidget(part)
        self.hits.closed.connect(self.show_list)
        self.code_view.add.connect(coding.add_code)
        self.code_view.favourite.connect(self._favour)
        self.code_view.closed.connect(self._leave_codes)
        self.code_view.is_favourite = lambda code: any(o.code == code and o.is_favourite for o in self._own)
        self.axes.chosen.connect(self._built)
        self.axes.closed.connect(self._leave_codes)

    def show_encounter(self, encounter: Encounter) -> None:
        """A chart is opened: its list first."""
        self._encounter = encounter
        self.list.show_encounter(encounter)
        self.code_view.set_encounter(encounter.service_date, inpatient=encounter.is_inpatient)
        self.axes.set_encounter(encounter.service_date)
        self._load_own()
        self.show_list()

    def forget(self) -> None:
        """Nothing of a chart stays."""
        self._encounter = None
        self.hits.forget()
        self.list.clear()

    def show_list(self) -> None:
        self.setCurrentWidget(self.list)

    def show_hits(self) -> None:
        self.setCurrentWidget(self.hits)
        self.hits.begin()

    def put_books_away(self) -> None:
        """What the books say of a code tells of CC and MCC too: not beside a query."""
        if self.currentWidget() in (self.code_view, self.axes):
            self.show_list()

    def about_code(self) -> None:
        """What the books say of the code in hand: the finder's, else that of the chosen line."""
        code = self._coding.code_in_hand()
        if code is None:
            self._room.notices.say("Find or choose a code first; F2 then shows what the books say of it.")
        else:
            self.code_view.show_code(code)
            self.setCurrentWidget(self.code_view)
            self.code_view.setFocus()

    def build_procedure(self) -> None:
        """An ICD-10-PCS code by its axes, from the one in hand or from scratch."""
        if self._encounter is None or not self._encounter.is_inpatient:
            self._room.notices.say("ICD-10-PCS is for inpatient procedures.")
            return
        code = self._coding.code_in_hand()
        self.axes.start(code.bare if code is not None and code.system is CodeSystem.ICD10PCS else "")
        self.setCurrentWidget(self.axes)
        self.axes.field.setFocus()

    def _built(self, code: Code) -> None:
        self._coding.add_code(code)
        self._leave_codes()

    def _leave_codes(self) -> None:
        self.show_list()
        self.left_codes.emit()

    def _favour(self, code: Code, title: str) -> None:
        done = toggle_favourite(self._room.open_desk, code, title)
        self._room.when_done(done, lambda _: self._load_own(), of=self)

    def _load_own(self) -> None:
        self._room.when_done(own_codes(self._room.open_desk), self._show_own, of=self)

    def _show_own(self, own: tuple[OwnCode, ...]) -> None:
        if self._encounter is None:
            return  # the chart was left meanwhile
        self._own = own
        self._coding.finder.own_codes(own)
        if self.currentWidget() is self.code_view and self.code_view.code is not None:
            self.code_view.show_code(self.code_view.code)
