"""What the server says against the coding here: a conflict decided as a whole or line by line, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.encounter.three_way import ThreeWay
from ui.parts import button, label, row
from ui.room import Room
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import SendState
from workstation.operations import conflicts, letters
from workstation.operations.conflicts import Conflict
from workstation.operations.encounters import OpenEncounter


class ConflictBar(QFrame):
    """Between strip and chart, so that both sides are read while the chart stays open."""

    decided = Signal()

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
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 10, 16, 10)
        for part in (self._words, self._more, self.sides):
            whole.addWidget(part)
        whole.addLayout(row(self._combine, self._mine, self._theirs, self._again, None))
        self.hide()

    def show_conflict(self, opened: OpenEncounter) -> None:
        """Hidden when there is nothing to decide."""
        self._of = opened.encounter.id
        conflict = opened.conflict
        refused = opened.send_state is SendState.REFUSED and conflict is None and not opened.withdrawn
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
            self._more.setText("Your work is kept here. Send it again once the reason is gone.")
        self.setVisible(conflict is not None or refused)

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
