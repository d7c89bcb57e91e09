"""What the server says against the coding here: a conflict to decide, a refusal, or an assignment that was withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.encounter.three_way import ThreeWay
from ui.encounter.to_lead import ToLead
from ui.parts import button, label, row
from ui.room import Room
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import SendState
from workstation.operations import conflicts, letters, tasks
from workstation.operations.conflicts import Conflict
from workstation.operations.encounters import OpenEncounter


class ConflictBar(QFrame):
    """Between strip and chart, so that both sides are read while the chart stays open."""

    decided = Signal()
    let_go = Signal()  # the coder gave up what they had coded: the encounter is to be left

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._of: EncounterId | None = None
        self.setProperty("kind", "banner")
        self.setProperty("tone", "danger")
        self._words = label(role="strong", wrap=True)
        self._more = label(role="muted", wrap=True)
        self.sides = ThreeWay()
        self.sides.chosen.connect(self._all_chosen)
        self._combine = button("Take what is chosen", "primary")
        self._combine.setToolTip("The encounter opens again with these lines, to be looked through and finalized")
        self._mine = button("Keep all of mine", "secondary")
        self._theirs = button("Take all of theirs", "secondary")
        self._again = button("Send again", "secondary")
        self._combine.clicked.connect(lambda: self._do(self._take_chosen, _COMBINED))
        self._mine.clicked.connect(lambda: self._do(conflicts.keep_mine))
        self._theirs.clicked.connect(lambda: self._do(conflicts.take_theirs))
        self._again.clicked.connect(lambda: self._do(letters.send_again))
        self._go = button("Let it go…", "secondary")
        self._go.clicked.connect(self._ask_to_let_go)
        self.to_lead = ToLead(room)
        self.to_lead.done.connect(self.decided)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 10, 16, 10)
        for part in (self._words, self._more, self.sides):
            whole.addWidget(part)
        verbs = (self._combine, self._mine, self._theirs, self._again, self.to_lead.begin, self._go)
        whole.addLayout(row(*verbs, None))
        whole.addWidget(self.to_lead)
        self.hide()

    def show_conflict(self, opened: OpenEncounter) -> None:
        """Hidden when there is nothing to decide."""
        self._of = opened.encounter.id
        conflict = None if opened.withdrawn else opened.conflict
        refused = opened.send_state is SendState.REFUSED and conflict is None and not opened.withdrawn
        self._go.setText("Let it go…")
        self._go.setVisible(bool(opened.withdrawn))
        self.to_lead.show_encounter(opened)
        for verb in (self._mine, self._theirs):
            verb.setVisible(conflict is not None)
        self._again.setVisible(refused)
        by_line = conflict is not None and bool(conflict.rows)
        self.sides.setVisible(by_line)
        self._combine.setVisible(by_line)
        self.sides.show_rows(conflict.rows if conflict is not None else ())
        if conflict is not None:
            self._words.setText(_heading(conflict))
            self._more.setText(_standing(conflict))
            self._all_chosen()
        elif refused:
            self._words.setText(f"The server refused it: {opened.refusal}")
            self._more.setText("Your work is kept here. Send it again once the reason is gone, or hand it to a lead.")
        elif opened.withdrawn:
            self._words.setText(f"This encounter is no longer yours: {_GONE.get(opened.withdrawn, opened.withdrawn)}.")
            self._more.setText(
                "What you coded is kept on this computer and is not sent. Hand it to a lead if it should count, or let it go."
            )
        self.setVisible(conflict is not None or refused or bool(opened.withdrawn))

    def forget(self) -> None:
        """Nothing of this encounter stays."""
        self._of = None
        for words in (self._words, self._more):
            words.clear()
        self.sides.show_rows(())
        self.to_lead.forget()
        self.hide()

    def _ask_to_let_go(self) -> None:
        """The second press means it."""
        if self._go.text() != _SURE:
            self._go.setText(_SURE)
        elif self._of is not None:
            done = tasks.let_go(self._room.open_desk, self._of)
            self._room.when_done(done, lambda _: self.let_go.emit(), of=self)

    def _take_chosen(self, desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
        return conflicts.combine(desk, encounter_id, self.sides.choices)

    def _do(self, verb: Callable[[Desk, EncounterId], Future[Changes]], words: str = "") -> None:
        if self._of is not None:
            self._room.when_done(verb(self._room.open_desk, self._of), lambda _: self._done(words), of=self)

    def _done(self, words: str) -> None:
        if words:
            self._room.notices.say(words)
        self.decided.emit()

    def _all_chosen(self) -> None:
        self._combine.setEnabled(self.sides.is_decided)


_SURE = "Yes: throw my coding away"
_GONE = {
    "reassigned": "it was given to another coder",
    "removed": "the server has it no longer",
    "cancelled": "it was cancelled",
    "entered-in-error": "it was assigned by mistake",
    "rejected": "it was handed back",
    "failed": "it was ended on the server",
}
_COMBINED = "Taken as chosen. Look it through and finalize it with Ctrl+Enter."


def _heading(conflict: Conflict) -> str:
    when = f" on {conflict.changed_at:%b} {conflict.changed_at.day}" if conflict.changed_at else ""
    return f"Somebody changed this encounter on the server{when}, after you began. Which coding stands?"


def _standing(conflict: Conflict) -> str:
    status = conflict.their_business_status or conflict.their_status
    words = f"There the assignment is: {status or 'not said'}."
    if conflict.theirs is None:
        return f"{words} No coding lies there that you may see. Keep yours, or take their state and leave yours here."
    if not conflict.rows or all(one.is_same for one in conflict.rows):
        return f"{words} The coding is the same on both sides."
    return f"{words} Before is what both began with; a side is chosen where one alone changed something."
