"""The coding pane: finder, summary, findings and the verbs that end the work, beside the chart and never over it."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import date

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout

from ui.encounter.drg import DrgPane
from ui.encounter.line_card import finding_label
from ui.encounter.summary import SummaryView
from ui.finder import Finder
from ui.icons import icon
from ui.identifier_check import IdentifierCheck
from ui.parts import banner, button, label, row, say
from ui.room import Room
from ui.sealed.fields import SealedText
from workstation.domain.codes import Code
from workstation.domain.coding import CodingSummary, Line, LineId, PoaIndicator
from workstation.domain.edits import IDENTIFIER, Finding, Level, blocks
from workstation.domain.encounter import Encounter, EncounterId, Passage
from workstation.domain.own_words import finder, nobody
from workstation.domain.worklist import WorkState
from workstation.errors import WorkstationError
from workstation.operations import coding, drafts, holds, tasks
from workstation.operations.coding import Finalized
from workstation.operations.encounters import OpenEncounter
from workstation.operations.grouping import WorkingDrg, working_drg
from workstation.operations.holds import HoldReason
from workstation.operations.tasks import HandBackReason

_CLOSED = (WorkState.FINALIZED, WorkState.WITHDRAWN)


class CodingPane(QFrame):
    """Asks `operations.coding`, shows the summary that comes back. Decides nothing itself."""

    jump = Signal(object)  # Passage
    evidence_changed = Signal()
    reopen_wanted = Signal()
    finalized = Signal()
    query_wanted = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        self._room = room
        self._encounter: Encounter | None = None
        self.summary: CodingSummary | None = None
        self._editable = False
        self._passage: Passage | None = None
        self._adding = False
        self._found: tuple[Finding, ...] = ()
        self.finder = Finder(room.codebook, lambda: room.theme)
        self.view = SummaryView(lambda: room.theme)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._title = label("Coding summary", "heading")
        self._undo = button("Undo", "quiet", "Ctrl+Z")
        self._undo.setIcon(icon("undo-2", self._room.theme))
        self._more = button("More", "quiet")
        menu = QMenu(self)
        menu.addAction("Ask a &provider…\tCtrl+Q").triggered.connect(lambda _=False: self.query_wanted.emit())
        hold = menu.addMenu("Put on &hold")
        for reason in HoldReason:
            hold.addAction(reason.value.capitalize()).triggered.connect(lambda _=False, r=reason: self._hold(r))
        self._release = menu.addAction("&Resume from hold")
        self._release.triggered.connect(self._resume)
        back = menu.addMenu("Hand &back")
        for why in HandBackReason:
            back.addAction(why.value.capitalize()).triggered.connect(lambda _=False, w=why: self._hand_back(w))
        self._more.setMenu(menu)
        self._mark = banner("info")
        self._general = QVBoxLayout()
        self._general.setSpacing(4)
        self._comment = SealedText()
        self._comment.setPlaceholderText("Comment for the reviewer")
        self._comment.setAccessibleName("Comment for the reviewer")
        self._comment.setFixedHeight(52)
        self.comment_check = IdentifierCheck(self._comment, lambda: self._room.theme)
        self.drg = DrgPane()
        self._count = label(role="muted")
        self._finalize = button("Finalize", "primary", "Ctrl+Return")
        self._finalize.setMinimumHeight(36)
        self._reopen = button("Reopen", "secondary")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 10, 10, 12)
        whole.setSpacing(8)
        whole.addLayout(row(self._title, None, self._undo, self._more))
        whole.addWidget(self.finder)
        whole.addWidget(self._mark)
        whole.addWidget(self.view, 1)
        whole.addWidget(self.drg)
        whole.addLayout(self._general)
        whole.addWidget(self._comment)
        whole.addWidget(self.comment_check.hint)
        whole.addLayout(row(self._count, None, self._reopen, self._finalize))
        self._comment_timer = QTimer(self)
        self._comment_timer.setSingleShot(True)
        self._comment_timer.setInterval(1500)

    def _connect(self) -> None:
        self.finder.chosen.connect(self._add)
        self.finder.answering.connect(self._make_room)
        self.finder.typed.connect(lambda words: self._draft("finder", words))
        self.view.poa.connect(self._set_poa)
        self.view.performed.connect(self._set_performed)
        self.view.rationale.connect(self._set_rationale)
        self.view.uncite.connect(self._uncite)
        self.view.jump.connect(self.jump)
        self.view.verb.connect(self._verb)
        self.view.service.connect(self._set_service)
        self.view.line_chosen.connect(lambda _: self._chosen())
        self._undo.clicked.connect(self.undo)
        self._finalize.clicked.connect(self.finalize)
        self._reopen.clicked.connect(self._reopen_coding)
        self._comment.textChanged.connect(self._comment_typed)
        self._comment_timer.timeout.connect(self.commit)

    # ------------------------------------------------------------------ showing

    def _make_room(self, answering: bool) -> None:
        """While the finder answers, what is not looked at gives its height."""
        self.drg.fold(answering)
        self._comment.setVisible(not answering)

    def show_encounter(self, opened: OpenEncounter) -> None:
        """Everything as it was left, half-typed words included."""
        same = self._encounter is not None and self._encounter.id == opened.encounter.id
        self._encounter = opened.encounter
        self._editable = opened.work_state not in _CLOSED
        self.finder.set_encounter(opened.encounter.service_date, inpatient=opened.encounter.is_inpatient)
        self.finder.setVisible(self._editable)
        if not same:
            self.finder.put(opened.drafts.get("finder", ""))
            self._comment.blockSignals(True)
            self._comment.setPlainText(opened.drafts.get("comment") or opened.summary.comment)
            self._comment.blockSignals(False)
        self._comment.setReadOnly(not self._editable)
        self.comment_check.use(finder(opened.encounter.patient, opened.encounter.account_number))
        self._undo.setEnabled(opened.can_undo and self._editable)
        self._finalize.setVisible(self._editable)
        self._reopen.setVisible(opened.work_state is WorkState.FINALIZED)
        self._more.setEnabled(self._editable)
        self._release.setEnabled(opened.work_state is WorkState.ON_HOLD)
        self._show(opened.summary)
        self._say_mark()

    def _show(self, summary: CodingSummary) -> None:
        encounter = self._encounter
        if encounter is None or summary.encounter_id != encounter.id:
            return
        added = self._adding and self.summary is not None and len(summary.lines) > len(self.summary.lines)
        before = {line.id for line in self.summary.lines} if self.summary else set()
        self._adding = False
        self.summary = summary
        self.view.show_summary(summary, encounter, editable=self._editable)
        if added:
            self.view.choose(next((line.id for line in summary.lines if line.id not in before), None))
        self._undo.setEnabled(self._editable)
        self.evidence_changed.emit()
        self._check()
        self._group()

    def _group(self) -> None:
        """Stays group while they are coded; the answer is dropped when the coding has moved on meanwhile."""
        encounter, summary = self._encounter, self.summary
        if encounter is None or summary is None or not encounter.is_inpatient:
            self.drg.hide()
            return

        def show(found: WorkingDrg) -> None:
            if self.summary is not None and self._encounter is not None and found.encounter_id == self._encounter.id:
                self.drg.show_drg(found, self.summary)
                self.drg.show()

        self._room.when_done(working_drg(self._room.open_desk, encounter.id), show)

    def _check(self) -> None:
        encounter = self._encounter
        if encounter is not None:
            self._room.when_done(coding.check(self._room.open_desk, encounter.id), self._show_findings)

    def _show_general(self, found: tuple[Finding, ...]) -> None:
        """Findings that concern no one line."""
        while (old := self._general.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        for finding in found:
            if finding.rule == IDENTIFIER and self.comment_check.blocks:
                continue  # said below the field already
            self._general.addWidget(finding_label(finding))

    def _show_findings(self, found: tuple[Finding, ...]) -> None:
        if self._encounter is None:
            return  # the chart was left while its coding was checked
        self._found = found
        self.view.show_findings(found)
        self._show_general(tuple(f for f in found if f.line_id is None) if self._editable else ())
        errors = sum(f.level is Level.ERROR for f in found)
        warnings = sum(f.level is Level.WARNING for f in found)
        words = [f"{errors} to mend" if errors else "", f"{warnings} to look at" if warnings else ""]
        self._count.setText(" · ".join(word for word in words if word) or "Nothing to mend")
        self._finalize.setToolTip(
            "Mend what is marked red first" if blocks(found) else "Hand in the coding (Ctrl+Enter)"
        )

    def forget(self) -> None:
        """Nothing of an encounter stays in the pane."""
        self.commit()
        self._encounter, self.summary, self._passage = None, None, None
        self._found = ()
        self.view.forget()
        self.drg.forget()
        self._comment.blockSignals(True)
        self._comment.clear()
        self._comment.blockSignals(False)
        self.comment_check.use(nobody)
        self._show_general(())

    # ------------------------------------------------------------------ evidence

    def passage_marked(self, passage: Passage | None) -> None:
        self._passage = passage
        self._say_mark()

    def _say_mark(self) -> None:
        line = self._current_line()
        if self._passage is None or not self._editable:
            say(self._mark, "")
        elif line is None:
            say(self._mark, "Passage marked. Find a code to cite it for.", "info")
        else:
            say(self._mark, f"Passage marked. Press E to cite it for {line.code}.", "info")

    def cite(self) -> None:
        """Cite the marked passage for the current line."""
        line, passage = self._current_line(), self._passage
        if passage is None:
            self._room.notices.say("Mark a passage in the chart first: drag over it, or Shift with the arrow keys.")
        elif line is None:
            self._room.notices.say("Choose or add the code this passage supports first.")
        elif self._encounter is not None and self._editable:
            self._do(coding.cite(self._room.open_desk, self._encounter.id, line.id, passage))

    def _current_line(self) -> Line | None:
        if self.summary is None or self.view.current is None:
            return None
        return self.summary.line(self.view.current)

    def _chosen(self) -> None:
        self.evidence_changed.emit()
        self._say_mark()

    # ------------------------------------------------------------------ verbs

    def _id(self) -> EncounterId:
        if self._encounter is None:
            raise RuntimeError("a verb without an encounter")
        return self._encounter.id

    def _do(self, future: Future[CodingSummary]) -> None:
        self._room.when_done(future, self._show, self._refused)

    def _refused(self, trouble: WorkstationError) -> None:
        self._adding = False
        self._room.notices.trouble(trouble)

    def code_in_hand(self) -> Code | None:
        """The code Enter would take in the finder, else that of the chosen line."""
        found = self.finder.match_in_hand()
        if found is not None:
            return found.code
        line = self._current_line()
        return line.code if line is not None else None

    def add_code(self, code: Code) -> None:
        """Add a code that was found beside the finder: in a note, or built by its axes."""
        if self._editable and self._encounter is not None:
            self._add(code, principal=False)
            self._room.notices.say(f"{code} added.")

    def _add(self, code: Code, principal: bool) -> None:
        evidence = (self._passage,) if self._passage is not None else ()
        self._adding = True
        desk = self._room.open_desk
        self._do(coding.add(desk, self._id(), code, principal=principal, evidence=evidence))

    def _set_poa(self, line_id: str, poa: object) -> None:
        value = poa if isinstance(poa, PoaIndicator) else None
        self._do(coding.set_poa(self._room.open_desk, self._id(), LineId(line_id), value))

    def _set_performed(self, line_id: str, on: date | None) -> None:
        self._do(coding.set_performed_on(self._room.open_desk, self._id(), LineId(line_id), on))

    def _set_rationale(self, line_id: str, text: str) -> None:
        self._do(coding.set_rationale(self._room.open_desk, self._id(), LineId(line_id), text))

    def _set_service(self, line_id: str, modifiers: tuple[str, ...], units: int, ndc: str) -> None:
        desk, encounter_id, line = self._room.open_desk, self._id(), self._line(line_id)
        if line is None:
            return
        if (modifiers, units) != (line.modifiers, line.units):
            self._do(coding.set_modifiers(desk, encounter_id, line.id, modifiers, units))
        if ndc != line.ndc:
            self._do(coding.set_ndc(desk, encounter_id, line.id, ndc))

    def _line(self, line_id: str) -> Line | None:
        return self.summary.line(LineId(line_id)) if self.summary else None

    def _uncite(self, line_id: str, passage: Passage) -> None:
        self._do(coding.uncite(self._room.open_desk, self._id(), LineId(line_id), passage))

    def _verb(self, line_id: str, verb: str) -> None:
        desk, encounter_id, line = self._room.open_desk, self._id(), LineId(line_id)
        match verb:
            case "remove":
                self._do(coding.remove(desk, encounter_id, line))
                self._room.notices.say("Code removed. Ctrl+Z brings it back.")
            case "principal":
                self._do(coding.make_principal(desk, encounter_id, line))
            case "override":
                self._override(line)
            case _ if verb.startswith("use "):
                self._use(line, verb.removeprefix("use "))
            case "up" | "down":
                self._do(coding.move(desk, encounter_id, line, -1 if verb == "up" else 1))

    def _use(self, line_id: LineId, text: str) -> None:
        """Put a code a finding offers in place of the line's own."""
        line = self.summary.line(line_id) if self.summary else None
        if line is not None:
            code = Code.parse(line.code.system, text)
            self._do(coding.replace_code(self._room.open_desk, self._id(), line_id, code))
            self._room.notices.say(f"{line.code} is now {code}. Ctrl+Z brings it back.")

    def _override(self, line_id: LineId) -> None:
        """Set aside what stands against a line and may be overridden, once a rationale is written."""
        line = self.summary.line(line_id) if self.summary else None
        if line is None:
            return
        stand = tuple(f.rule for f in self._found if f.line_id == line_id and f.overridable and f.level is Level.ERROR)
        if not stand:
            self._room.notices.say("Nothing here can be overridden: mend what is marked red.")
        elif not line.rationale.strip():
            self.view.write_rationale(line_id)
            self._room.notices.say("Write why it stands, then press O again.")
        else:
            self._do(coding.override(self._room.open_desk, self._id(), line_id, stand, line.rationale))
            self._room.notices.say("Overridden with your rationale; it is on record. Ctrl+Z takes it back.")

    def undo(self) -> None:
        if self._encounter is not None and self._editable:
            self._do(coding.undo(self._room.open_desk, self._encounter.id))

    def finalize(self) -> None:
        """Hand in; what blocks is shown where it stands and nothing is written."""
        if self._encounter is None or not self._editable:
            return
        self.commit()
        self._finalize.setEnabled(False)
        self._room.when_done(
            coding.finalize(self._room.open_desk, self._encounter.id), self._finalized, self._not_finalized
        )

    def _finalized(self, answer: Finalized | tuple[Finding, ...]) -> None:
        self._finalize.setEnabled(True)
        if isinstance(answer, Finalized):
            warned = f" {len(answer.warnings)} warnings go along." if answer.warnings else ""
            self._room.notices.say(f"Finalized. It is sent as soon as the server can be reached.{warned}", "success")
            self.finalized.emit()
        else:
            self._show_findings(answer)
            errors = sum(f.level is Level.ERROR for f in answer)
            self.view.focus_current()  # where the mending begins
            self._room.notices.say(
                f"Not handed in: {errors} finding{'s' if errors != 1 else ''} to mend first.", "warning"
            )

    def _not_finalized(self, trouble: WorkstationError) -> None:
        self._finalize.setEnabled(True)
        self._room.notices.trouble(trouble)

    def _reopen_coding(self) -> None:
        wanted = self._id()

        def go_on() -> None:
            asked = coding.reopen(self._room.open_desk, wanted)
            self._room.when_done(asked, lambda _: self.reopen_wanted.emit(), of=self)

        self._room.after_step_up("reopen", go_on)

    def _hold(self, reason: HoldReason) -> None:
        self._room.when_done(holds.hold(self._room.open_desk, self._id(), reason))

    def _resume(self) -> None:
        self._room.when_done(holds.release(self._room.open_desk, self._id()))

    def _hand_back(self, reason: HandBackReason) -> None:
        wanted = self._id()
        self._room.after_step_up(
            "hand-back",
            lambda: self._room.when_done(tasks.hand_back(self._room.open_desk, wanted, reason)),
        )

    # ------------------------------------------------------------------ what is being typed

    def _draft(self, field: str, text: str) -> None:
        if self._encounter is not None and self._room.desk is not None:
            self._room.when_done(drafts.keep(self._room.open_desk, self._encounter.id, field, text))

    def _comment_typed(self) -> None:
        if self._encounter is not None and self._editable:
            self._draft("comment", self._comment.toPlainText())
            self._comment_timer.start()

    def commit(self) -> None:
        """Make what was typed part of the summary."""
        self._comment_timer.stop()
        if self._encounter is None or self.summary is None or not self._editable:
            return
        self.view.commit()
        if self._comment.toPlainText() != self.summary.comment:
            self._do(coding.set_comment(self._room.open_desk, self._encounter.id, self._comment.toPlainText()))
