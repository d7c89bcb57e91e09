"""Hand what cannot be sent to a lead: a short note of the coder's own, and nothing else that was typed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.identifier_check import IdentifierCheck
from ui.parts import button, label, row
from ui.room import Room
from ui.sealed.fields import SealedLine
from workstation.domain.hand_over import LONGEST_NOTE, HandOver, Stage
from workstation.domain.own_words import finder, nobody
from workstation.operations import hand_overs
from workstation.operations.encounters import OpenEncounter


class ToLead(QWidget):
    """A button; pressed, a line for the note. Once handed over, how far it is."""

    done = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._opened: OpenEncounter | None = None
        self._stands = label(role="muted", wrap=True)
        self.begin = button("Hand to a lead…", "secondary")
        self.begin.setToolTip("A lead gets the ids of this encounter and what failed, and your note; no chart")
        self._form = QWidget()
        self.note = SealedLine()
        self.note.setPlaceholderText("A few words for the lead, without naming the patient (may be empty)")
        self.note.setAccessibleName("Note for the lead")
        self.note.setMaxLength(LONGEST_NOTE)
        self.check = IdentifierCheck(self.note, lambda: room.theme)
        self.send = button("Hand it over", "primary")
        cancel = button("Cancel", "quiet")
        column = QVBoxLayout(self._form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row(self.note, self.send, cancel))
        column.addWidget(self.check.hint)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        for part in (self._stands, self._form):
            whole.addWidget(part)
        self._form.hide()
        self.begin.clicked.connect(lambda: self._ask(asking=True))
        cancel.clicked.connect(lambda: self._ask(asking=False))
        self.note.returnPressed.connect(self.send.click)
        self.send.clicked.connect(self._send)
        self.check.changed.connect(lambda blocks: self.send.setEnabled(not blocks))

    def show_encounter(self, opened: OpenEncounter) -> None:
        """A note half typed stays while the same encounter is shown anew."""
        if self._opened is None or self._opened.encounter.id != opened.encounter.id:
            self.note.clear()
            self._ask(asking=False)
            self.check.use(finder(opened.encounter.patient, opened.encounter.account_number))
        self._opened = opened
        handed = opened.hand_over
        on_its_way = handed is not None and handed.stage in (Stage.SENDING, Stage.WAITING, Stage.TAKEN)
        self.begin.setVisible(opened.may_hand_over and not on_its_way and not self._form.isVisibleTo(self))
        self._stands.setText("" if handed is None else _stands(handed))
        self._stands.setVisible(handed is not None)
        if on_its_way:
            self._form.hide()

    def forget(self) -> None:
        self.note.clear()
        self._stands.clear()
        self.check.use(nobody)
        self._opened = None
        self._form.hide()

    def _ask(self, *, asking: bool) -> None:
        self._form.setVisible(asking)
        self.begin.setVisible(not asking)
        if asking:
            self.note.setFocus()

    def _send(self) -> None:
        self.check.look()
        if self._opened is None or self.check.blocks:
            return
        asked = hand_overs.hand_over(self._room.open_desk, self._opened.encounter.id, self.note.text())
        self._room.when_done(asked, lambda _: self._sent(), of=self)

    def _sent(self) -> None:
        self.note.clear()
        self._form.hide()
        self.done.emit()


def _stands(handed: HandOver) -> str:
    when = (
        f" on {handed.at.astimezone():%b} {handed.at.astimezone().day}, {handed.at.astimezone():%H:%M}"
        if handed.at
        else ""
    )
    words = f"Handed to a lead{when}: it {handed.stage.value}."
    if handed.stage in (Stage.TAKEN, Stage.SETTLED):
        words = f"Handed to a lead{when}: {handed.stage.value}."
    if handed.stage is Stage.UNSENT:
        return f"{words} {handed.why} Tell your lead another way, or hand it over again."
    return f"{words} Send it again, or go on." if handed.stage is Stage.SETTLED else words
