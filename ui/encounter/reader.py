"""The reader: one document, table or scan at a time, with find, identifiers covered, and passages to mark."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ui.encounter.tables import medication_columns, problem_columns, result_columns, stamp
from ui.icons import icon, pixmap
from ui.parts import label, row
from ui.room import Room
from ui.sealed.capture import CapturePane, Step
from ui.sealed.fields import SealedLine
from ui.sealed.images import ImagePages, PageView, PdfPages
from ui.sealed.tables import SealedTable, ValueModel
from ui.sealed.viewer import Mark, MarkKind, Viewer
from ui.theme import TextRole
from workstation.domain.encounter import Encounter, Medication, Passage, Problem, Result
from workstation.domain.redaction.cover import covered, spans
from workstation.errors import DocumentUnreadable, WorkstationError
from workstation.operations.documents import DocumentContent

MOST_MARKS = 5_000


class Reader(QWidget):
    """Shows what it is given and emits what the coder marks."""

    passage_marked = Signal(object)  # Passage or None
    search_all = Signal(str)
    region_captured = Signal(str, int, object)  # DocumentId, page from 1, the bytes of a redacted PNG

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._content: DocumentContent | None = None
        self._known: tuple[str, ...] = ()
        self._text = ""
        self._covered = ""
        self._is_covered = True
        self._hits: list[tuple[int, int]] = []
        self._hit = -1
        self._evidence: list[Mark] = []
        self._build()

    def _build(self) -> None:
        self._title = label(role="subheading")
        self._about = label(role="muted")
        self.viewer = Viewer()
        self.viewer.passage_changed.connect(self._marked)
        self._pages = PageView()
        self._pages.zoomed.connect(lambda percent: self._zoom.setText(f"{percent} %"))
        self.capture = CapturePane(self._pages)
        self.capture.captured.connect(self._captured)
        self.capture.step_changed.connect(lambda step: self._zoom_tools.setEnabled(step is Step.READING))
        self._labs: ValueModel[Result] = ValueModel(result_columns(lambda: self._room.theme), self)
        self._drugs: ValueModel[Medication] = ValueModel(medication_columns(), self)
        self._problems: ValueModel[Problem] = ValueModel(problem_columns(), self)
        self._tables: dict[str, SealedTable] = {}
        for name, model in (("results", self._labs), ("drugs", self._drugs), ("problems", self._problems)):
            table = SealedTable(name.capitalize())
            table.fit(model)
            self._tables[name] = table
        self._message = QWidget()
        column = QVBoxLayout(self._message)
        picture = label()
        picture.setPixmap(pixmap("file-text", self._room.theme, 40, role="muted"))
        self._message_title = label(role="heading")
        self._message_words = label(role="muted", wrap=True)
        column.addStretch()
        for line in (picture, self._message_title, self._message_words):
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(line)
        column.addStretch()
        self._stack = QStackedWidget()
        for part in (self._message, self.viewer, self.capture, *self._tables.values()):
            self._stack.addWidget(part)
        self._build_find()
        top = QVBoxLayout()
        top.setContentsMargins(16, 10, 12, 8)
        top.setSpacing(2)
        top.addWidget(self._title)
        top.addLayout(row(self._about, None, self._zoom_tools, self._find_tools, spacing=8))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(top)
        whole.addWidget(self._stack, 1)
        self.say("Nothing opened yet", "Choose a document on the left. Up and Down walk through the chart.")

    def _build_find(self) -> None:
        theme = self._room.theme
        self._find = SealedLine()
        self._find.setProperty("kind", "search")
        self._find.setPlaceholderText("Find in this document")
        self._find.setAccessibleName("Find in this document")
        self._find.setToolTip("Find (Ctrl+F); Enter for the next, Shift+Enter for the one before; Ctrl+Shift+F in all")
        self._find.setMinimumWidth(120)
        self._find.setMaximumWidth(220)
        self._find.textChanged.connect(self._find_words)
        self._find.installEventFilter(self)
        self._found = label(role="muted")
        self._find_tools = QFrame()
        line = QHBoxLayout(self._find_tools)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._found)
        line.addWidget(self._find)
        for picture, name, by in (("chevron-up", "Previous hit", -1), ("chevron-down", "Next hit", 1)):
            step = QToolButton()
            step.setIcon(icon(picture, theme))
            step.setToolTip(name)
            step.setAccessibleName(name)
            step.clicked.connect(lambda _=False, by=by: self.step_hit(by))
            line.addWidget(step)
        self._zoom = label("100 %", "muted")
        self._zoom_tools = QFrame()
        line = QHBoxLayout(self._zoom_tools)
        line.setContentsMargins(0, 0, 0, 0)
        for picture, name, call in (
            ("zoom-out", "Smaller (−)", lambda: self._pages.zoom_by(-1)),
            ("scan", "Fit to width (0)", self._pages.fit_width),
            ("zoom-in", "Larger (+)", lambda: self._pages.zoom_by(1)),
            ("scissors", "Capture a region for a query (X)", self.capture.start),
        ):
            tool = QToolButton()
            tool.setIcon(icon(picture, theme))
            tool.setToolTip(name)
            tool.setAccessibleName(name)
            tool.clicked.connect(call)
            line.addWidget(tool)
        line.addWidget(self._zoom)

    # ------------------------------------------------------------------ what is shown

    def know(self, identifiers: tuple[str, ...]) -> None:
        """The identifiers of this patient, covered in every text from now on."""
        self._known = identifiers
        self._is_covered = True

    def show_document(self, content: DocumentContent) -> None:
        """Show a document from its start."""
        self._content = content
        document = content.document
        self._title.setText(document.title)
        written = stamp(document.written_at)
        state = "" if document.status == "final" else document.status
        kind = "" if document.author_is_provider else "not a provider"
        self._about.setText(" · ".join(part for part in (document.author, kind, written, state) if part))
        if content.text is not None:
            self._show_text(content.text)
        else:
            self._show_pages(content)

    def _show_text(self, text: str) -> None:
        self._text = text
        self._covered = covered(text, spans(text, self._known))
        self.viewer.show_text(self._shown_text(), font=self._room.theme.font(TextRole.CHART))
        self._tone()
        self._switch(self.viewer)
        self._find_words(self._find.text(), jump=False)

    def _show_pages(self, content: DocumentContent) -> None:
        body = content.body or b""
        try:
            pages: PdfPages | ImagePages = (
                PdfPages(body) if content.media_type == "application/pdf" else ImagePages(body)
            )
        except DocumentUnreadable as trouble:
            self.say_trouble(trouble)
            return
        self.capture.cancel()
        self._pages.show_pages(pages)
        self._switch(self.capture)

    def show_section(self, name: str, encounter: Encounter) -> None:
        """Show a table of the chart."""
        self._content = None
        titles = {
            "labs": "Laboratory",
            "vitals": "Vital signs",
            "medications": "Medications",
            "problems": "Problem list",
        }
        count = len(getattr(encounter, name))
        self._title.setText(titles[name])
        self._about.setText(f"{count} in this encounter")
        if not count:
            self.say(titles[name], "The server holds none for this encounter.")
        elif name in ("labs", "vitals"):
            self._labs.show(encounter.labs if name == "labs" else encounter.vitals)
            self._switch(self._tables["results"])
        elif name == "medications":
            self._drugs.show(encounter.medications)
            self._switch(self._tables["drugs"])
        else:
            self._problems.show(encounter.problems)
            self._switch(self._tables["problems"])

    def say(self, title: str, words: str) -> None:
        """Words in place of a document."""
        self._message_title.setText(title)
        self._message_words.setText(words)
        self._switch(self._message)

    def say_trouble(self, trouble: WorkstationError) -> None:
        self._content = None
        self.say(str(trouble), trouble.remedy)

    def cover(self, hide: bool) -> None:
        """Cover or uncover the identifiers of the patient in the text."""
        self._is_covered = hide
        if self._content is not None and self._content.text is not None:
            self.viewer.recover(self._shown_text())

    def forget(self) -> None:
        """Nothing of a chart stays in the reader."""
        self._content, self._text, self._covered, self._known = None, "", "", ()
        self._evidence, self._hits, self._hit = [], [], -1
        self.viewer.show_text("")
        self.capture.cancel()
        self._pages.clear()
        self._labs.show(())
        self._drugs.show(())
        self._problems.show(())
        self._find.clear()
        for part in (self._title, self._about):
            part.clear()
        self.say("", "")

    def show_evidence(self, passages: tuple[Passage, ...], others: tuple[Passage, ...]) -> None:
        """Colour what is cited: for the chosen line, and for the others."""
        here = self._content.document.id if self._content else None
        self._evidence = [
            Mark(p.start, p.end, kind)
            for group, kind in ((others, MarkKind.OTHER_EVIDENCE), (passages, MarkKind.EVIDENCE))
            for p in group
            if p.document_id == here
        ]
        self._show_marks()

    def themed(self) -> None:
        self._tone()

    def _tone(self) -> None:
        theme = self._room.theme
        soft = theme.colour("evidence")
        soft.setAlphaF(0.45)
        self.viewer.color_marks(
            {
                MarkKind.EVIDENCE: theme.colour("evidence_current"),
                MarkKind.OTHER_EVIDENCE: soft,
                MarkKind.HIT: theme.colour("hit"),
                MarkKind.CURRENT_HIT: theme.colour("accent_soft"),
            }
        )

    def _shown_text(self) -> str:
        return self._covered if self._is_covered else self._text

    def _captured(self, png: bytes, page: int) -> None:
        if self._content is not None:
            self.region_captured.emit(self._content.document.id, page, png)

    def _switch(self, part: QWidget) -> None:
        if part is not self.capture:
            self.capture.cancel()
        self._stack.setCurrentWidget(part)
        is_text = part is self.viewer
        self._find_tools.setVisible(is_text)
        self._zoom_tools.setVisible(part is self.capture)
        if not is_text:
            self.passage_marked.emit(None)

    # ------------------------------------------------------------------ passages

    def text(self) -> str:
        """The document's own text, identifiers included; the screen shows the covered one."""
        return self._text

    def passage(self) -> Passage | None:
        """The marked passage in characters of the document's own text, trimmed of spaces."""
        if self._content is None or self._stack.currentWidget() is not self.viewer:
            return None
        start, end = self.viewer.passage
        text = self._text[start:end]
        start += len(text) - len(text.lstrip())
        end -= len(text) - len(text.rstrip())
        if start >= end:
            return None
        return Passage(self._content.document.id, start, end, self._text[start:end])

    def result(self) -> Result | None:
        """The result chosen in the table of laboratory results or vital signs."""
        table = self._tables["results"]
        return self._labs.value(table.currentIndex()) if self._stack.currentWidget() is table else None

    def jump(self, passage: Passage) -> None:
        self.viewer.mark_passage(passage.start, passage.end)
        self.viewer.setFocus()

    def _marked(self, start: int, end: int) -> None:
        self.passage_marked.emit(self.passage() if start < end else None)

    # ------------------------------------------------------------------ find

    def focus_find(self) -> None:
        self._find.setFocus()
        self._find.selectAll()

    def find_words(self, words: str) -> None:
        """Show the hits of some words."""
        self._find.setText(words)

    def step_hit(self, by: int) -> None:
        if self._hits:
            self._hit = (self._hit + by) % len(self._hits)
            self._show_hit()

    def _find_words(self, words: str, *, jump: bool = True) -> None:
        self._hits, self._hit = [], -1
        if len(words.strip()) >= 2 and self._text:
            pattern = re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
            for match in pattern.finditer(self._text):
                self._hits.append(match.span())
                if len(self._hits) == MOST_MARKS:
                    break
        if self._hits and jump:
            here = self.viewer.first_character()
            self._hit = next((at for at, hit in enumerate(self._hits) if hit[0] >= here), 0)
            self._show_hit()
        else:
            self._found.setText("" if not words.strip() else f"{len(self._hits)} found" if self._hits else "none")
            self._show_marks()

    def _show_hit(self) -> None:
        self._found.setText(f"{self._hit + 1} of {len(self._hits)}")
        self.viewer.reveal(self._hits[self._hit][0])
        self._show_marks()

    def _show_marks(self) -> None:
        hits = [
            Mark(start, end, MarkKind.CURRENT_HIT if at == self._hit else MarkKind.HIT)
            for at, (start, end) in enumerate(self._hits)
        ]
        self.viewer.show_marks([*self._evidence, *hits])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._find and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.step_hit(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._find.clear()
                self.viewer.setFocus()
                return True
        return super().eventFilter(watched, event)
