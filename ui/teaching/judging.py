"""The residual-risk checklist beside the copy's text: eleven questions, each settled before the copy can be read."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ui.parts import banner, button, card, label, row, say, shortcut
from ui.room import Room
from ui.sealed.fields import SealedLine
from ui.sealed.tables import Column, SealedTable, ValueModel
from ui.sealed.viewer import Viewer
from ui.teaching.words import SHORT, answer_words, removed_words, show_copy, tone
from workstation.domain.teaching.copy import TeachingCopy
from workstation.domain.teaching.risk import ONLY_MENDED, QUESTIONS, Answer, Risk
from workstation.errors import WorkstationError
from workstation.operations import teaching_copies

_LEFT = 430
Row = tuple[Risk, Answer | None]


class JudgingPane(QWidget):
    """Shows a copy that is not released yet."""

    released = Signal(str)  # copy id
    left = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._copy: TeachingCopy | None = None
        self._shown_text: object = None
        self._text = ""
        self._sure = False
        self._model: ValueModel[Row] = ValueModel(self._columns(), self)
        self._build()
        for keys, call, name in (
            ("N", lambda: self.say(yes=False), "No"),
            ("Y", lambda: self.say(yes=True), "Yes"),
            ("X", self.take_out, "Take the marked words out"),
            ("Ctrl+Return", self.release, "Release the copy"),
            ("Ctrl+D", self._list_focus, "To the questions"),
            ("Ctrl+T", self._text_focus, "To the text"),
            ("Escape", self.leave, "Back to the requests"),
        ):
            shortcut(self, keys, call, name)

    def _columns(self) -> tuple[Column[Row], ...]:
        def look(shown: Row, role: int) -> Any:
            if role == Qt.ItemDataRole.ForegroundRole:
                settled = shown[1] is not None and shown[1].settled
                return self._room.theme.colour("success" if settled else "warning")
            return None

        return (
            Column("Could it point to a person?", lambda r: SHORT[r[0]], says=lambda r: QUESTIONS[r[0]]),
            Column("Answer", lambda r: answer_words(r[1]), look=look, width=170),
        )

    def _build(self) -> None:
        self.table = SealedTable("Questions about what is left")
        self.table.fit(self._model)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self._title = label("", "subheading", wrap=True)
        self._about = label("", "muted", wrap=True)
        frame, column = card(spacing=6, margin=14)
        self._question = label("", "strong", wrap=True)
        self._question.setMinimumHeight(40)
        self.no, self.yes = button("No (N)", "secondary"), button("Yes (Y)", "secondary")
        self.no.clicked.connect(lambda: self.say(yes=False))
        self.yes.clicked.connect(lambda: self.say(yes=True))
        self._out = button("Take the marked words out (X)", "quiet")
        self._out.clicked.connect(self.take_out)
        self.reason = SealedLine()
        self.reason.setPlaceholderText("Or say why nobody can be found by it, then Enter")
        self.reason.setAccessibleName("Why nobody can be found by it")
        self.reason.returnPressed.connect(self._give_reason)
        self._trouble = banner("danger")
        column.addWidget(self._question)
        column.addLayout(row(self.no, self.yes, self._out, None))
        column.addWidget(self.reason)
        column.addWidget(self._trouble)
        self.go = button("Release the copy", "primary")
        self.go.setToolTip("Ctrl+Enter")
        self.go.clicked.connect(self.release)
        self._discard = button("Discard", "quiet")
        self._discard.clicked.connect(self.discard)
        self._open = label("", "muted")
        left = QWidget()
        side = QVBoxLayout(left)
        side.setContentsMargins(0, 0, 8, 0)
        side.setSpacing(8)
        for part in (self._title, self._about):
            side.addWidget(part)
        side.addWidget(self.table, 1)
        side.addWidget(frame)
        side.addLayout(row(self.go, self._open, None, self._discard))
        self.viewer = Viewer()
        self.viewer.setAccessibleName("The copy")
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(self.viewer)
        split.setStretchFactor(1, 1)
        split.setSizes([_LEFT, 900])
        split.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)

    # ------------------------------------------------------------------ showing

    def begin(self, copy_id: str) -> None:
        self.forget()
        self._room.when_done(teaching_copies.judge(self._room.open_desk, copy_id), self._begun, self._lost, of=self)

    def _begun(self, copy: TeachingCopy) -> None:
        self._show(copy)
        self._list_focus()

    def _show(self, copy: TeachingCopy) -> None:
        here = self.risk()
        self._copy, self._sure = copy, False
        self._discard.setText("Discard")
        self._title.setText(copy.topic)
        scans = f" {copy.left_out} scans or PDFs are left out." if copy.left_out else ""
        self._about.setText(f"Taken out: {removed_words(copy)}. Read {copy.passes} times, nothing found.{scans}")
        if self._shown_text != copy.sections:
            first = self.viewer.first_character()
            self._text, _ = show_copy(self.viewer, copy, self._room)
            self.viewer.go_to(first)
            self._shown_text = copy.sections
        self._model.show([(risk, copy.answer(risk)) for risk in QUESTIONS])
        risks = list(QUESTIONS)
        at = risks.index(here) if here is not None else 0
        if here is not None and here not in copy.open_risks and copy.open_risks:
            at = risks.index(next((r for r in copy.open_risks if risks.index(r) > at), copy.open_risks[0]))
        self.table.selectRow(at)
        count = len(copy.open_risks)
        self._open.setText(f"{count} to settle" if count else "All settled")
        self.go.setEnabled(not count)

    def _current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        del before
        shown = self._model.value(now)
        if shown is None:
            return
        risk, answer = shown
        self._question.setText(QUESTIONS[risk])
        self.reason.setText(answer.reason if answer else "")
        is_open = answer is not None and answer.yes
        self.reason.setVisible(is_open and risk not in ONLY_MENDED)
        self._out.setVisible(is_open)
        say(self._trouble, "")
        if is_open and answer is not None and not answer.settled:
            words = "Mark what gives it away in the text and press X"
            words += "." if risk in ONLY_MENDED else ", or say below why nobody can be found by it."
            say(self._trouble, words, "warning")

    def risk(self) -> Risk | None:
        """The question shown."""
        shown = self._model.value(self.table.currentIndex())
        return shown[0] if shown else None

    # ------------------------------------------------------------------ acting

    def say(self, *, yes: bool, reason: str = "") -> None:
        risk = self.risk()
        if self._copy is None or risk is None:
            return
        done = teaching_copies.answer(self._room.query_board, self._copy.id, risk, yes=yes, reason=reason)
        self._room.when_done(done, self._answered, self._refused, of=self)

    def _answered(self, copy: TeachingCopy) -> None:
        risk = self.risk()
        answer = copy.answer(risk) if risk else None
        self._show(copy)
        if answer is not None and not answer.settled:
            if answer.risk in ONLY_MENDED:
                self._text_focus()
        else:
            self._list_focus()

    def _give_reason(self) -> None:
        self.say(yes=True, reason=self.reason.text())

    def take_out(self) -> None:
        """What is marked goes, everywhere in the copy, for the question shown."""
        risk = self.risk()
        if self._copy is None or risk is None:
            return
        start, end = self.viewer.passage
        words = self._text[start:end]
        try:
            done = teaching_copies.mend(self._room.query_board, self._copy.id, risk, words)
        except WorkstationError as refused:
            self._refused(refused)
            return
        self._room.when_done(done, self._show, self._refused, of=self)

    def release(self) -> None:
        if self._copy is not None and self.go.isEnabled():
            self.go.setEnabled(False)
            self._open.setText("Read once more…")
            done = teaching_copies.release(self._room.query_board, self._copy.id)
            self._room.when_done(done, self._released, self._refused, of=self)

    def discard(self) -> None:
        """Twice: the second press means it."""
        if self._copy is None:
            return
        if not self._sure:
            self._sure = True
            self._discard.setText("Discard for good?")
            return
        done = teaching_copies.discard(self._room.open_desk, self._copy.id)
        self._room.when_done(done, lambda _: self.leave(), self._refused, of=self)

    def leave(self) -> None:
        self.forget()
        self.left.emit()

    def forget(self) -> None:
        """Nothing of a copy stays in the pane."""
        self._copy, self._shown_text, self._text, self._sure = None, None, "", False
        self.viewer.show_text("")
        self._model.show(())
        for part in (self._title, self._about, self._question, self._open):
            part.clear()
        self.reason.clear()
        say(self._trouble, "")
        self.go.setEnabled(False)

    def themed(self) -> None:
        tone(self.viewer, self._room)

    def _released(self, copy: TeachingCopy) -> None:
        self._room.notices.say("Released. The copy is ready to read here.", "success")
        self.forget()
        self.released.emit(copy.id)

    def _refused(self, trouble: WorkstationError) -> None:
        if self._copy is not None:
            self._show(self._copy)
        say(self._trouble, f"{trouble.detail or trouble} {trouble.remedy}", "danger")

    def _lost(self, trouble: WorkstationError) -> None:
        self._room.notices.trouble(trouble)
        self.leave()

    def _list_focus(self) -> None:
        self.table.setFocus()

    def _text_focus(self) -> None:
        self.viewer.setFocus()
