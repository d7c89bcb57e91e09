"""What is done with a query: sent, shown to a colleague, discarded, cancelled, closed, retracted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.query.preview import stops_words
from ui.room import Room
from workstation.domain.encounter import DocumentId
from workstation.domain.incident import RetractReason
from workstation.domain.queries.life import Closing
from workstation.operations import queries, query_life
from workstation.operations.query_bench import Prepared

if TYPE_CHECKING:
    from ui.query.dock import QueryDock


class Acts:
    """Each asks `operations` about the query in the dock's hand, then says how it went and has the dock look again."""

    def __init__(self, room: Room, dock: QueryDock) -> None:
        self._room, self._dock = room, dock

    def send(self) -> None:
        file, encounter = self._dock.file, self._dock.encounter
        if file is not None and encounter is not None:
            asked = query_life.send(self._room.query_board, encounter.id, file.id)
            self._room.when_done(asked, self._sent, of=self._dock)

    def _sent(self, answer: query_life.Sent | Prepared) -> None:
        if isinstance(answer, Prepared):
            self._dock.show_prepared(answer)
            self._dock.back_to_writing()
            self._room.notices.say(f"Not sent: {stops_words(answer)} first.", "warning")
            return
        self._room.notices.say("On its way. The encounter is on hold until the answer comes.", "success")
        self._dock.file = answer.file
        self._dock.reload()

    def ask_review(self) -> None:
        file, encounter = self._dock.file, self._dock.encounter
        if file is not None and encounter is not None:
            asked = query_life.ask_review(self._room.query_board, encounter.id, file.id)
            self._room.when_done(asked, self._review_asked, of=self._dock)

    def _review_asked(self, answer: query_life.Sent | Prepared) -> None:
        if isinstance(answer, Prepared):
            self._dock.show_prepared(answer)
            self._dock.builder.focus_doubt()
            self._room.notices.say("Settle the marked words first: a colleague sees only what is redacted.", "warning")
            return
        self._room.notices.say("A colleague will read it. It comes back here with their word.", "success")
        self._dock.file = answer.file
        self._dock.reload()

    def discard(self) -> None:
        if self._dock.file is not None:
            done = queries.discard(self._room.open_desk, self._dock.file.id)
            self._room.when_done(done, lambda _: self._discarded(), of=self._dock)

    def _discarded(self) -> None:
        self._dock.file = None
        self._dock.builder.query = None
        self._dock.reload()

    def cancel(self) -> None:
        if self._dock.file is not None:
            self._dock.take(query_life.cancel(self._room.open_desk, self._dock.file.encounter_id, self._dock.file.id))

    def close_as(self, closing: Closing, document_id: DocumentId | None) -> None:
        if self._dock.file is not None:
            desk, file = self._room.open_desk, self._dock.file
            self._dock.take(query_life.close(desk, file.encounter_id, file.id, closing, document_id))

    def retract(self, reason: RetractReason, replaced: bool) -> None:
        file = self._dock.file
        if file is None:
            return

        def go_on() -> None:
            asked = query_life.retract(self._room.open_desk, file.encounter_id, file.id, reason, replaced=replaced)
            self._room.when_done(asked, self._retracted, of=self._dock)

        self._room.after_step_up("retract", go_on)

    def _retracted(self, done: query_life.Retracted) -> None:
        self._room.notices.say(
            "Retracted. An incident draft holds what was in it: see Queries, Incidents.", "warning"
        )  # fmt: skip
        if done.replacement is not None:
            self._dock.file = done.replacement
        self._dock.reload()
