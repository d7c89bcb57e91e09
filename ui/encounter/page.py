"""One encounter: chart on the left, reader in the middle, coding on the right; left and found again as it was."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ui.dock import Beside, Dock
from ui.encounter.chart_list import Chosen
from ui.encounter.coding_pane import CodingPane
from ui.encounter.conflict import ConflictBar
from ui.encounter.reader import Reader
from ui.encounter.side import ChartSide
from ui.encounter.strip import Strip
from ui.parts import shortcut
from ui.room import Room
from workstation.changes import Changes
from workstation.domain.access import RevealReason
from workstation.domain.encounter import DocumentId, EncounterId, Passage, Patient
from workstation.domain.queries.query import QueryId
from workstation.domain.redaction.cover import identifiers
from workstation.errors import WorkstationError
from workstation.operations import documents, encounters, place, results
from workstation.operations import identifiers as reveals
from workstation.operations.documents import DocumentContent, Hit
from workstation.operations.encounters import OpenEncounter
from workstation.operations.place import Place

COVER_AGAIN = 120_000  # milliseconds a reveal lasts


class EncounterPage(QWidget):
    """Every view is on record before it is shown: the page only asks and shows what comes back."""

    left = Signal()
    opened = Signal(str)  # EncounterId

    def __init__(self, room: Room, dock: Dock) -> None:
        super().__init__()
        self._room = room
        self.dock = dock
        self._then_query: QueryId | None = None
        self._opened: OpenEncounter | None = None
        self._wanted: EncounterId | None = None
        self._document: DocumentId | None = None
        self._section = ""
        self._then_jump: Passage | None = None
        self._then_top: int | None = None
        self._strip = Strip(room.theme)
        self._conflict = ConflictBar(room)
        self.reader = Reader(room)
        self.coding = CodingPane(room)
        self._side = ChartSide(room, self.coding)
        self._list, self._hits = self._side.list, self._side.hits
        self._build()
        self._connect()
        self._remember = QTimer(self)
        self._remember.setSingleShot(True)
        self._remember.setInterval(300)
        self._remember.timeout.connect(self._keep_place)
        self._cover_again = QTimer(self)
        self._cover_again.setSingleShot(True)
        self._cover_again.setInterval(COVER_AGAIN)
        self._cover_again.timeout.connect(self._cover)

    def _build(self) -> None:
        self._right = QStackedWidget()  # the coding, or the query dock in its place: never both
        self._right.addWidget(self.coding)
        self._right.addWidget(self.dock.as_widget())
        split = QSplitter(Qt.Orientation.Horizontal)
        self._split = split
        split.setChildrenCollapsible(False)
        for part, least, grows in ((self._side, 200, 0), (self.reader, 320, 1), (self._right, 340, 0)):
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, grows)
            part.setMinimumWidth(least)
        split.setSizes([248, 660, 410])
        split.setHandleWidth(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._strip)
        whole.addWidget(self._conflict)
        whole.addWidget(split, 1)
        shortcut(self, "Ctrl+F", self.reader.focus_find, "Find in the document")
        shortcut(self, "Ctrl+Shift+F", self._show_search, "Search the whole chart")
        shortcut(self, "Ctrl+K", self._focus_finder, "Find a code")
        shortcut(self, "F2", self._about_code, "About the code")
        shortcut(self, "Ctrl+B", self._build_procedure, "Build a procedure by its axes")
        shortcut(self, "Ctrl+D", self._list.setFocus, "Documents")
        shortcut(self, "Ctrl+T", self.reader.viewer.setFocus, "Text")
        shortcut(self, "Ctrl+G", self.coding.view.focus_current, "Coding summary")
        shortcut(self, "Ctrl+Down", lambda: self._list.step(1), "Next document")
        shortcut(self, "Ctrl+Up", lambda: self._list.step(-1), "Previous document")
        shortcut(self, "Ctrl+Q", self.toggle_query, "Provider query")
        shortcut(self, "F3", lambda: self.reader.step_hit(1), "Next hit")
        shortcut(self, "Shift+F3", lambda: self.reader.step_hit(-1), "Previous hit")

    def _connect(self) -> None:
        self._strip.back.connect(self.leave)
        self._strip.reveal.connect(self.reveal)
        self._strip.cover.connect(self._cover)
        self._list.opened.connect(self._open_part)
        self._hits.searched.connect(self._search)
        self._hits.chosen.connect(self._go_to_hit)
        self._side.left_codes.connect(self._focus_finder)
        self.reader.passage_marked.connect(self.coding.passage_marked)
        self.reader.viewer.scrolled.connect(lambda _: self._remember.start())
        self.reader.viewer.passage_changed.connect(lambda *_: self._remember.start())
        self.coding.jump.connect(self._jump)
        self.coding.evidence_changed.connect(self._show_evidence)
        self.coding.reopen_wanted.connect(self._reload)
        self.coding.finalized.connect(self._reload)
        self.coding.query_wanted.connect(self.open_query)
        self.dock.stand_beside(Beside(self.close_query, self._jump, self._open_document, self._widen))
        self.reader.region_captured.connect(self._captured)
        self._conflict.decided.connect(self._reload)
        self._conflict.let_go.connect(self._let_go)

    # ------------------------------------------------------------------ page

    @property
    def is_open(self) -> bool:
        return self._opened is not None or self._wanted is not None

    def encounter_id(self) -> str:
        return self._opened.encounter.id if self._opened else ""

    def document_id(self) -> str:
        return self._document or ""

    def enter(self) -> None:
        """Nothing to do until an encounter is chosen."""

    def open(self, encounter_id: EncounterId, where: Place | None) -> None:
        """Open an encounter, at the place given or where it was left."""
        if self._opened is not None and self._opened.encounter.id != encounter_id:
            self._forget()
        self._wanted = encounter_id
        self._room.when_done(
            encounters.open(self._room.open_desk, encounter_id), lambda opened: self._show(opened, where), of=self
        )

    def changed(self, changes: Changes) -> None:
        if self._opened is not None and self._opened.encounter.id in changes.encounters:
            self._reload()
            if changes.queries:
                self.dock.reload()

    def themed(self) -> None:
        self.reader.themed()
        self._show_evidence()

    def flush(self) -> None:
        """What is typed and not yet committed; drafts are there already."""
        if self._opened is not None:
            self.coding.commit()
            self._keep_place()

    def leave(self) -> None:
        """Back to the worklist: nothing of this chart stays in the page."""
        self.flush()
        if self._opened is not None:
            here = Place(self._opened.encounter.id, self._document, self.reader.viewer.first_character())
            self._room.when_done(place.remember(self._room.open_desk, here_on_worklist(here)))
        self._forget()
        self.left.emit()

    def _forget(self) -> None:
        self._remember.stop()
        self._cover_again.stop()
        self.coding.forget()
        self.reader.forget()
        self.dock.forget()
        self._right.setCurrentWidget(self.coding)
        self._strip.forget()
        self._conflict.forget()
        self._side.forget()
        self._opened, self._wanted, self._document, self._section = None, None, None, ""

    # ------------------------------------------------------------------ showing

    def _reload(self) -> None:
        if self._opened is not None:
            encounter_id = self._opened.encounter.id
            self._room.when_done(encounters.refresh(self._room.open_desk, encounter_id), self._refresh, of=self)

    def _refresh(self, opened: OpenEncounter) -> None:
        if self._opened is None or opened.encounter.id != self._opened.encounter.id:
            return
        self._opened = opened
        self._strip.show_encounter(opened)
        self._list.show_encounter(opened.encounter)
        self.coding.show_encounter(opened)
        self.dock.show_encounter(opened.encounter)
        self._conflict.show_conflict(opened)

    def _show(self, opened: OpenEncounter, where: Place | None) -> None:
        if opened.encounter.id != self._wanted:
            return
        self._opened = opened
        self.opened.emit(opened.encounter.id)
        encounter = opened.encounter
        self.reader.know(identifiers(encounter.patient, encounter.account_number))
        self._strip.show_encounter(opened)
        self.coding.show_encounter(opened)
        self.dock.show_encounter(encounter)
        self._side.show_encounter(encounter)
        if self._room.queries is not None:
            self._room.queries.warm()
        self._conflict.show_conflict(opened)
        at = where or opened.place
        if at is not None and at.document_id is not None:
            self._then_top, self._then_jump = at.first_line, None
            self._list.choose(Chosen(document_id=at.document_id))
            if at.passage is not None:
                self._then_jump = None
        elif at is not None and at.panel in ("labs", "vitals", "medications", "problems"):
            self._list.choose(Chosen(section=at.panel))
        else:
            first = self._list.first_document()
            if first is None:
                self.reader.say("No documents yet", "They appear as soon as the server sends them. Ctrl+R asks now.")
            else:
                self._list.choose(first)
        if at is not None and at.focus == "finder":
            self.coding.finder.field.setFocus()
        else:
            self._list.setFocus()

    def _open_part(self, chosen: Chosen) -> None:
        opened = self._opened
        if opened is None:
            return
        if chosen.document_id is not None:
            self._document, self._section = chosen.document_id, ""
            self._room.when_done(
                documents.open(self._room.open_desk, chosen.document_id), self._show_document, self._no_document
            )
        else:
            self._document, self._section = None, chosen.section
            section = chosen.section
            self._room.when_done(
                results.look(self._room.open_desk, opened.encounter.id, section), lambda _: self._show_section(section)
            )
        self._remember.start()

    def _show_section(self, section: str) -> None:
        if self._opened is not None and self._section == section:
            self.reader.show_section(section, self._opened.encounter)

    def _show_document(self, content: DocumentContent) -> None:
        if content.document.id != self._document:
            return
        self.reader.show_document(content)
        self._list.mark_read(content.document.id)
        jump, self._then_jump = self._then_jump, None
        top, self._then_top = self._then_top, None
        self._show_evidence()
        if jump is not None:
            self.reader.jump(jump)
        elif top:
            self.reader.viewer.go_to(top)

    def _no_document(self, trouble: WorkstationError) -> None:
        self.reader.say_trouble(trouble)

    def _show_evidence(self) -> None:
        mine, others = self.coding.view.evidence()
        self.reader.show_evidence(mine, others)

    # ------------------------------------------------------------------ verbs

    def _jump(self, passage: Passage) -> None:
        if passage.document_id == self._document:
            self.reader.jump(passage)
        else:
            self._then_jump = passage
            self._list.choose(Chosen(document_id=passage.document_id))

    def reveal(self, reason: str) -> None:
        """Uncover the identifiers of the encounter that is open now, and of no other that is opened meanwhile."""
        opened = self._opened
        if opened is None:
            return
        wanted = opened.encounter.id

        def still_open() -> bool:
            return self._opened is not None and self._opened.encounter.id == wanted

        def go_on() -> None:
            if still_open():
                asked = reveals.reveal(self._room.open_desk, wanted, RevealReason(reason))
                self._room.when_done(asked, lambda patient: self._revealed(patient) if still_open() else None)

        self._room.after_step_up("reveal", go_on)

    def _revealed(self, patient: Patient) -> None:
        self._strip.show_revealed(patient)
        self.reader.cover(False)
        self._cover_again.start()

    def _cover(self) -> None:
        self._cover_again.stop()
        if self._opened is not None:
            self._strip.show_masked(self._opened.encounter.patient)
            self.reader.cover(True)

    def _let_go(self) -> None:
        self._room.notices.say("Let go. The chart leaves this computer with the next look at the server.")
        self._forget()
        self.left.emit()

    # ------------------------------------------------------------------ the query dock

    @property
    def query_is_open(self) -> bool:
        return self._right.currentWidget() is self.dock.as_widget()

    def toggle_query(self) -> None:
        if self.query_is_open:
            self.close_query()
        else:
            self.open_query()

    def open_query(self) -> None:
        """The dock takes the coding's place, so that no DRG, weight or severity stands where a query is written."""
        if self._opened is None:
            return
        self._right.setCurrentWidget(self.dock.as_widget())
        self._side.put_books_away()
        self.dock.as_widget().setFocus()

    def close_query(self) -> None:
        self._widen(False)
        self._right.setCurrentWidget(self.coding)
        self.reader.viewer.setFocus()

    def show_query(self, query_id: QueryId) -> None:
        """Open the dock at one query, once the chart is here."""
        self._then_query = query_id
        self.open_query()
        self.dock.choose(query_id)

    def _ask(self) -> None:
        """Add the marked passage, or the chosen result, to a query."""
        if self._opened is None:
            return
        passage, result = self.reader.passage(), self.reader.result()
        if passage is not None:
            self.open_query()
            self.dock.add_passage(passage)
        elif result is not None:
            self.open_query()
            self.dock.add_result(result, self._section)
        else:
            self._room.notices.say("Mark a passage, or choose a result, then press Q to ask about it.")

    def _captured(self, document_id: str, page: int, png: bytes) -> None:
        self.open_query()
        self.dock.add_capture(DocumentId(document_id), page, png)

    def _open_document(self, name: str) -> None:
        self._list.choose(Chosen(document_id=DocumentId(name)))

    def _widen(self, wide: bool) -> None:
        """The preview and the comparison need two columns; the chart keeps its place beside them."""
        total = sum(self._split.sizes())
        if wide:
            self._split.setSizes([200, max(320, total - 200 - 720), 720])
        elif self._split.sizes()[2] > 600:
            self._split.setSizes([248, total - 248 - 420, 420])

    def _focus_finder(self) -> None:
        if self.query_is_open:
            self.close_query()
        self.coding.finder.field.setFocus()
        self.coding.finder.field.selectAll()

    # ------------------------------------------------------------------ codes beside the chart

    def _about_code(self) -> None:
        if not self._beside_a_query():
            self._side.about_code()

    def _build_procedure(self) -> None:
        if not self._beside_a_query():
            self._side.build_procedure()

    def _beside_a_query(self) -> bool:
        """Codes, their CC and MCC, and DRGs are never on the screen where a query is written."""
        if self.query_is_open:
            self._room.notices.say("Close the query first (Esc): codes and DRGs are not shown beside one.")
        return self.query_is_open

    # ------------------------------------------------------------------ search in the whole chart

    def _show_search(self) -> None:
        self._side.show_hits()

    def _search(self, words: str) -> None:
        opened = self._opened
        if opened is not None:
            self._room.when_done(
                documents.search(self._room.open_desk, opened.encounter.id, words),
                lambda found: self._show_hits(found, words),
                of=self,
            )

    def _show_hits(self, found: tuple[Hit, ...], words: str) -> None:
        if self._opened is not None:
            titles = {document.id: document.title for document in self._opened.encounter.documents}
            self._hits.show_hits(found, words, titles, identifiers(self._opened.encounter.patient))

    def _go_to_hit(self, hit: Hit) -> None:
        self._jump(Passage(hit.document_id, hit.start, hit.end))

    # ------------------------------------------------------------------ place

    def _keep_place(self) -> None:
        opened = self._opened
        if opened is not None:
            focus = "finder" if self.coding.finder.field.hasFocus() else ""
            here = Place(
                opened.encounter.id,
                self._document,
                self.reader.viewer.first_character() if self._document else 0,
                self.reader.passage(),
                focus,
                self._section or "encounter",
            )
            self._room.when_done(place.remember(self._room.open_desk, here))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_E and not event.modifiers():
            self.coding.cite()
        elif event.key() == Qt.Key.Key_Q and not event.modifiers():
            self._ask()
        elif event.key() == Qt.Key.Key_Escape:
            self.reader.viewer.setFocus()
        else:
            super().keyPressEvent(event)


def here_on_worklist(at: Place) -> Place:
    """The coder went back to the worklist: the next unlock shows that, the encounter remembers its document."""
    return Place(at.encounter_id, at.document_id, at.first_line, panel="worklist")
