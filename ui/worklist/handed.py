"""At a lead's desk: what coders handed over, each with what failed, whose it is, and the next step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.parts import button, label, row
from ui.room import Room
from workstation.domain.hand_over import Handed, Stage, Trouble
from workstation.operations import hand_overs

TALLEST = 220  # pixels: the worklist stays below
_TROUBLES = {
    Trouble.REFUSED.value: "The server refuses a coded result",
    Trouble.CONFLICT.value: "A coded result conflicts with the server's",
    Trouble.WITHDRAWN.value: "An assignment was withdrawn while it was worked on",
}


class HandedToLeads(QScrollArea):
    """Hidden where there is nothing, and for whoever is no lead."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._shown: tuple[Handed, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Handed to leads")
        self.hide()

    def load(self) -> None:
        """Looked at, on record."""
        if self._concerns:
            self._room.when_done(hand_overs.waiting(self._room.open_desk), self.show_handed, of=self)

    def reload(self) -> None:
        if self._concerns:
            self._room.when_done(hand_overs.refresh(self._room.open_desk), self.show_handed, of=self)

    @property
    def _concerns(self) -> bool:
        return self._room.desk is not None and "lead" in self._room.desk.coder.roles

    def show_handed(self, found: tuple[Handed, ...]) -> None:
        """The oldest first; what another lead has taken comes last and without a verb."""
        me = self._room.open_desk.coder.practitioner_id
        ordered = sorted(found, key=lambda one: (one.owner not in ("", me), str(one.at or ""), one.task_id))
        self._shown = tuple(ordered)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        column.addWidget(label(f"Handed to leads ({len(ordered)})", "subheading"))
        for one in ordered:
            column.addWidget(self._card(one, mine=one.owner == me, free=not one.owner))
        column.addStretch()
        self.setWidget(inner)
        self.setFixedHeight(min(TALLEST, inner.sizeHint().height() + 8))
        self.setVisible(bool(ordered))

    def _card(self, one: Handed, *, mine: bool, free: bool) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        status = f" ({one.http_status})" if one.http_status else ""
        title = label(f"{_TROUBLES.get(one.trouble, 'Something is to be settled')}{status}", "strong")
        parts: list[QWidget | None] = [title, None]
        if free or mine:
            verb = button("Settled" if mine and one.stage is Stage.TAKEN else "Take it", "secondary")
            settles = verb.text() == "Settled"
            verb.setAccessibleName(f"{verb.text()}: {title.text()}, encounter {one.encounter_id}")
            verb.clicked.connect(lambda: self._move(one.task_id, settles=settles))
            parts.append(verb)
        column.addLayout(row(*parts))
        column.addWidget(label(_about(one, mine=mine), "muted", wrap=True))
        if one.note:
            column.addWidget(label(f"“{one.note}”", wrap=True))
        return card

    def _move(self, task_id: str, *, settles: bool) -> None:
        verb = hand_overs.settle if settles else hand_overs.take
        self._room.when_done(
            verb(self._room.open_desk, task_id), lambda _: self._room.notices.say(_SAID[settles]), of=self
        )


_SAID = {True: "The coder is told that it is settled.", False: "Taken: the other leads see that it is yours."}


def _about(one: Handed, *, mine: bool) -> str:
    when = f"{one.at.astimezone():%b} {one.at.astimezone().day}, {one.at.astimezone():%H:%M}" if one.at else "no time"
    parts = [
        f"by coder {one.requester or 'unknown'}",
        when,
        f"encounter {one.encounter_id}",
        f"assignment {one.coding_task}",
    ]
    if one.result:
        parts.append(f"coded result {one.result}")
    if mine:
        parts.append("taken by you")
    elif one.owner:
        parts.append(f"taken by {one.owner}")
    return " · ".join(parts)
