"""The query dock: beside the chart, never over it; a draft being written, its preview, or a query that has left."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ui.dock import Beside
from ui.icons import icon, pixmap
from ui.parts import button, label, row, say
from ui.query.acts import Acts
from ui.query.builder import Builder
from ui.query.compare import Compare
from ui.query.preview import Preview, share, stops_words
from ui.query.sent import SentView
from ui.query.words import state_words
from ui.room import Room
from workstation.domain.encounter import DocumentId, Encounter, EncounterId, Passage, Result
from workstation.domain.queries.life import Decision, QueryFile, QueryState, is_reviewed, verdict
from workstation.domain.queries.query import ClinicalIndicator, ProviderQuery, QueryId
from workstation.domain.redaction.cover import identifiers
from workstation.errors import WorkstationError
from workstation.operations import captures, queries
from workstation.operations.documents import texts_of
from workstation.operations.query_bench import Prepared

_CHECK_AFTER = 120  # milliseconds of quiet before the rules look again


class QueryDock(QFrame):
    """Asks `operations.queries` and `operations.query_life`; shows no DRG, weight, severity or money, ever."""

    closed = Signal()
    jump = Signal(object)  # Passage
    open_document = Signal(str)  # DocumentId
    widened = Signal(bool)  # the preview needs more room

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        self._room = room
        self.encounter: Encounter | None = None
        self.files: tuple[QueryFile, ...] = ()
        self.file: QueryFile | None = None
        self.prepared: Prepared | None = None
        self.builder = Builder(room)
        self.preview = Preview(room)
        self.sent = SentView()
        self.compare = Compare(room)
        self._acts = Acts(room, self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._title = label("Provider query", "heading")
        self._meter = label(role="muted")
        self._tabs = row(spacing=4)
        self._new = QToolButton()
        self._new.setIcon(icon("message-square-plus", self._room.theme, role="accent"))
        self._new.setToolTip("New query")
        self._new.setAccessibleName("New query")
        self._close = QToolButton()
        self._close.setIcon(icon("x", self._room.theme))
        self._close.setToolTip("Back to the coding (Esc)")
        self._close.setAccessibleName("Close the query dock")
        self._discard = button("Discard", "quiet")
        self._review = button("Ask a colleague", "secondary")
        self._review.setToolTip("A lead or auditor reads the redacted draft and agrees or returns it")
        self._show_preview = button("Preview", "primary", "Ctrl+Return")
        self._show_preview.setToolTip("See exactly what will leave, then send it (Ctrl+Enter)")
        self._state = button("", "quiet", "F8")
        self._state.clicked.connect(lambda _=False: self.builder.focus_finding())
        self._word = label(role="muted", wrap=True)
        footer = QVBoxLayout()
        footer.setSpacing(6)
        footer.addWidget(self._word)
        footer.addLayout(row(self._state, None))
        footer.addLayout(row(self._discard, None, self._review, self._show_preview, spacing=6))
        self._writing = QWidget()
        column = QVBoxLayout(self._writing)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.builder, 1)
        column.addLayout(footer)
        self._none = QWidget()
        empty = QVBoxLayout(self._none)
        picture = label()
        picture.setPixmap(pixmap("message-square", self._room.theme, 36, role="muted"))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = label("Mark a passage in the chart and press Q, or begin a new query.", "muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.addStretch()
        for part in (picture, words):
            empty.addWidget(part)
        empty.addStretch()
        self._stack = QStackedWidget()
        for page in (self._none, self._writing, self.preview, self.sent, self.compare):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 10, 10, 10)
        whole.setSpacing(8)
        whole.addLayout(row(self._title, None, self._meter, self._new, self._close))
        whole.addLayout(self._tabs)
        whole.addWidget(self._stack, 1)
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.setInterval(_CHECK_AFTER)

    def _connect(self) -> None:
        self._new.clicked.connect(self.begin)
        self._close.clicked.connect(self.leave)
        self._discard.clicked.connect(self._acts.discard)
        self._review.clicked.connect(self._acts.ask_review)
        self._show_preview.clicked.connect(self._open_preview)
        self._check.timeout.connect(self._prepare)
        self.builder.changed.connect(self._keep)
        self.builder.jump.connect(self._jump)
        self.preview.back.connect(self.back_to_writing)
        self.preview.send.connect(self._acts.send)
        self.compare.back.connect(self._back_to_sent)
        self.sent.cancel.connect(self._acts.cancel)
        self.sent.close_as.connect(self._acts.close_as)
        self.sent.retract.connect(self._acts.retract)
        self.sent.open_document.connect(self.open_document)
        self.sent.compare.connect(self._compare)
        self.sent.jump.connect(self._jump)

    def as_widget(self) -> QWidget:
        return self

    def stand_beside(self, chart: Beside) -> None:
        """The encounter page that shows the chart this dock asks about."""
        self.closed.connect(chart.close)
        self.jump.connect(chart.jump)
        self.open_document.connect(chart.open_document)
        self.widened.connect(chart.widen)

    # ------------------------------------------------------------------ the encounter

    def show_encounter(self, encounter: Encounter) -> None:
        """The chart beside it; its queries are asked for."""
        same = self.encounter is not None and self.encounter.id == encounter.id
        self.encounter = encounter
        if not same:
            self.file, self.prepared = None, None
        self.reload()

    def reload(self) -> None:
        encounter = self.encounter
        if encounter is not None and self._room.desk is not None:
            asked = queries.of_encounter(self._room.open_desk, encounter.id)
            self._room.when_done(asked, lambda files: self._show_files(encounter.id, files), of=self)

    def _show_files(self, encounter_id: EncounterId, files: tuple[QueryFile, ...]) -> None:
        if self.encounter is None or self.encounter.id != encounter_id:
            return
        self.files = files
        held = self.file.id if self.file else None
        chosen = next((f for f in files if f.id == held), None) or (files[-1] if files else None)
        mine = self.builder.query
        if chosen is not None and mine is not None and mine.id == chosen.id and mine.revision > chosen.query.revision:
            chosen = QueryFile(mine, chosen.standing, chosen.theirs)  # typed since it was asked for
        self._show_tabs()
        self._show_file(chosen)

    def _show_tabs(self) -> None:
        self._clear_tabs()
        now = self._room.open_desk.now()
        if len(self.files) > 1:
            for number, file in enumerate(self.files, 1):
                tab = QToolButton()
                tab.setProperty("kind", "chip")
                tab.setCheckable(True)
                tab.setText(f"{number} {state_words(file.state(now))}")
                tab.setChecked(self.file is not None and file.id == self.file.id)
                tab.clicked.connect(lambda _=False, name=file.id: self.choose(name))
                self._tabs.addWidget(tab)
            self._tabs.addStretch()

    def choose(self, query_id: QueryId) -> None:
        found = next((f for f in self.files if f.id == query_id), None)
        if found is not None:
            self._show_file(found)
            self._show_tabs()

    def _show_file(self, file: QueryFile | None) -> None:
        encounter = self.encounter
        changed = file is None or self.file is None or file.id != self.file.id
        self.file = file
        if changed:
            self.prepared = None
        if file is None or encounter is None:
            self._meter.clear()
            self._switch(self._none)
            return
        now = self._room.open_desk.now()
        state = file.state(now)
        if state is QueryState.DRAFT and file.standing.decision in (Decision.DRAFT, Decision.IN_REVIEW):
            templates = self._room.query_board.books().templates if self._room.books_ready() else ()
            self.builder.show_query(file.query, encounter, templates, editable=True)
            if self._stack.currentWidget() is not self.preview or changed:
                self._switch(self._writing)
            self._say_state()
            self._check.start()
        else:
            self._meter.clear()
            self.sent.show_file(file, encounter, now)
            if self._stack.currentWidget() is not self.compare or changed:
                self._switch(self.sent)

    def forget(self) -> None:
        """Nothing of an encounter stays in the dock."""
        self._check.stop()
        self.encounter, self.file, self.files, self.prepared = None, None, (), None
        for page in (self.builder, self.preview, self.sent, self.compare):
            page.forget()
        self._clear_tabs()
        self._meter.clear()
        self._switch(self._none)

    def _clear_tabs(self) -> None:
        while (old := self._tabs.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def _switch(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        self.widened.emit(page is self.preview or page is self.compare)

    # ------------------------------------------------------------------ writing

    def begin(self) -> None:
        if self.encounter is not None:
            self.take(queries.begin(self._room.open_desk, self.encounter.id))

    def add_passage(self, passage: Passage) -> None:
        """Add a marked passage to the draft in hand, or to a new one."""
        if self.encounter is not None:
            self.take(queries.add_passage(self._room.open_desk, self.encounter.id, passage, self._draft_id()))

    def add_result(self, result: Result, kind: str) -> None:
        if self.encounter is not None:
            desk = self._room.open_desk
            self.take(queries.add_result(desk, self.encounter.id, result, kind, self._draft_id()))

    def add_capture(self, document_id: DocumentId, page: int, png: bytes) -> None:
        """Keep a redacted region of a scan, and add it to the draft in hand or a new one."""
        encounter = self.encounter
        if encounter is None:
            return
        desk, draft = self._room.open_desk, self._draft_id()

        def kept(capture_id: str) -> None:
            self.take(queries.add_capture(desk, encounter.id, document_id, page, capture_id, draft))

        self._room.when_done(captures.keep(desk, encounter.id, document_id, page, png), kept, of=self)

    def _draft_id(self) -> QueryId | None:
        file = self.file
        if file is None or file.standing.decision is not Decision.DRAFT:
            return None
        return file.id

    def take(self, future: object) -> None:
        self._room.when_done(future, self._began, of=self)  # type: ignore[arg-type]

    def _began(self, file: QueryFile) -> None:
        self.file = file
        self.reload()

    def _keep(self, query: ProviderQuery) -> None:
        """Every keystroke is kept; the rules look once it is quiet for a moment."""
        if self.file is not None and self.file.id == query.id:
            self.file = QueryFile(query, self.file.standing, self.file.theirs)
        self._room.when_done(queries.keep(self._room.open_desk, query))
        self._check.start()

    def _prepare(self) -> None:
        query = self.builder.query
        if query is not None and self.file is not None and query.id == self.file.id:
            asked = queries.prepare(self._room.query_board, query)
            self._room.when_done(asked, self.show_prepared, of=self)

    def show_prepared(self, prepared: Prepared) -> None:
        if self.file is None or prepared.file.id != self.file.id or self.encounter is None:
            return
        mine = self.builder.query
        if mine is not None and mine.revision > prepared.file.query.revision:
            return  # typed meanwhile: the next look is on its way
        self.prepared = prepared
        if not self.builder.has_templates() and self._room.books_ready():
            self.builder.show_query(
                prepared.file.query, self.encounter, self._room.query_board.books().templates, editable=True
            )  # fmt: skip
        self.builder.show_prepared(prepared, reviewed=is_reviewed(prepared.file))
        self._meter.setText(f"{share(prepared)} of this chart")
        self._meter.setAccessibleName(f"The excerpts hold {share(prepared)} of this chart")
        self._say_state()
        if self._stack.currentWidget() is self.preview:
            self.preview.show_prepared(prepared, self.encounter)

    def _say_state(self) -> None:
        prepared, file = self.prepared, self.file
        words = ""
        if prepared is not None:
            words = "Ready to send" if prepared.may_leave else f"{stops_words(prepared)} before it can leave (F8)"
        self._state.setText(words)
        self._state.setShortcut("F8")  # a new text takes a button's shortcut away
        self._state.setToolTip("To the next thing that keeps it from leaving (F8)")
        self._state.setVisible(bool(words))
        review = verdict(file.standing, file.theirs) if file else None
        if review is not None and file is not None and file.standing.decision is Decision.IN_REVIEW:
            said = "A colleague agreed." if review.verdict.value == "agreed" else "A colleague returned it:"
            say(self._word, f"{said} {review.comment}".strip())
        else:
            say(self._word, "")

    # ------------------------------------------------------------------ leaving

    def _open_preview(self) -> None:
        if self.prepared is None or self.encounter is None:
            self._prepare()
            return
        if self.prepared.doubts:
            self.builder.focus_doubt()
            self._room.notices.say(
                "Say of each marked word whether it identifies somebody: Y takes it out, N leaves it."
            )
            return
        self.preview.show_prepared(self.prepared, self.encounter)
        self._switch(self.preview)
        self.preview.setFocus()

    def back_to_writing(self) -> None:
        self._switch(self._writing)
        self.builder.focus_first()

    # ------------------------------------------------------------------ a query that has left

    def _compare(self, document_id: str) -> None:
        """The addendum beside the document it follows, or beside the one the query was about."""
        encounter, file = self.encounter, self.file
        if encounter is None or file is None:
            return
        new = next((d for d in encounter.documents if d.id == document_id), None)
        asked = next((i.document_id for i in file.query.indicators if i.document_id), None)
        old_id = (new.replaces or new.appends) if new else None
        old = next((d for d in encounter.documents if d.id == (old_id or asked)), None)
        if new is None:
            return
        wanted = (new.id,) if old is None else (old.id, new.id)

        def show(texts: dict[DocumentId, str]) -> None:
            before = (old.title, texts.get(old.id, "")) if old is not None else ("Nothing before", "")
            passages = tuple(
                (i.start, i.end) for i in file.query.indicators if old is not None and i.document_id == old.id
            )  # fmt: skip
            known = identifiers(encounter.patient, encounter.account_number)
            self.compare.show_texts(
                before, (new.title, texts.get(new.id, "")), known, passages, addendum=new.replaces is None
            )
            self._switch(self.compare)

        self._room.when_done(texts_of(self._room.open_desk, encounter.id, wanted), show, of=self)

    def _back_to_sent(self) -> None:
        self._switch(self.sent)

    def _jump(self, indicator: ClinicalIndicator) -> None:
        if indicator.document_id is not None and indicator.start < indicator.end:
            self.jump.emit(Passage(indicator.document_id, indicator.start, indicator.end, indicator.text))
        elif indicator.document_id is not None:
            self.open_document.emit(indicator.document_id)

    def leave(self) -> None:
        """Back to the coding; the draft is kept as it is."""
        self.widened.emit(False)
        self.closed.emit()

    def trouble(self, trouble: WorkstationError) -> None:
        self._room.notices.trouble(trouble)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self._stack.currentWidget() is self.preview:
                self.back_to_writing()
            elif self._stack.currentWidget() is self.compare:
                self._back_to_sent()
            else:
                self.leave()
        else:
            super().keyPressEvent(event)
