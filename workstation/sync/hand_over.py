"""Send what is handed to the leads and what they do with it; look what became of it, and at a lead's desk what has come."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from workstation.cache import encounters, hand_overs, outbox
from workstation.cache.outbox import Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.hand_over import Stage, stage_of
from workstation.errors import Conflict, MalformedAnswer, ServerBusy, ServerRefused
from workstation.fhir import systems
from workstation.fhir.answers import RefusedForReason
from workstation.fhir.belonging import with_identifier
from workstation.fhir.client import FhirClient
from workstation.fhir.hand_over import CODE, OPEN, handed, is_hand_over, moved
from workstation.fhir.reading import text
from workstation.ids import uuid7
from workstation.sealed_db import Connection
from workstation.sync.on_record import Ended, deliver

T = TypeVar("T")
Resource = dict[str, Any]
TRIES = 3


class HandOverPusher:
    """Delivers letters to and from the leads."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client

    def deliver(self, letter: Outgoing) -> bool:
        """One letter, on record. False when it has to wait. Raises ServerTrouble that concerns all."""
        rid = uuid7()
        patient = self._desk.db.read(lambda db: encounters.patient_of(db, letter.encounter_id)).result()
        subject = Subject(
            f"Patient/{patient}" if patient else "",
            f"Encounter/{letter.encounter_id}" if patient else "",
            f"Task/{letter.task_id}",
        )
        intent = Intent(Act.SEND, subject, letter.kind.value, rid, uuid7())
        ended = deliver(self._desk, letter, intent, lambda: self._ended(letter, rid))
        if ended:
            self._desk.changed(Changes(outbox=True, handed=True, encounters=frozenset({letter.encounter_id})))
        return ended

    def _ended(self, letter: Outgoing, rid: str) -> Ended:
        body = json.loads(letter.body)
        try:
            if letter.kind is Letter.HAND_OVER:
                return Ended(Post.CONFIRMED, _known(self._created(body, rid)))
            task = self._changed(str(letter.task_id), body["change"], rid)
        except ServerRefused as refused:
            if letter.kind is Letter.HAND_OVER_CHANGE:  # the next look shows how it stands
                return Ended(Post.CONFIRMED, {"reason": "The server did not take it."})
            words = refused.reason if isinstance(refused, RefusedForReason) and refused.reason else str(refused)
            return Ended(Post.REFUSED, {"reason": words})
        return Ended(Post.CONFIRMED, {}, lambda db: hand_overs.put(db, handed(task), self._desk.now()))

    def _created(self, body: Resource, rid: str) -> Resource:
        identifier = f"{systems.SID_HAND_OVER}|{body['key']}"
        stored = self._client.create(body["task"], if_none_exist=f"identifier={identifier}", request_id=rid)
        if with_identifier([stored.resource], systems.SID_HAND_OVER, body["key"]) and stored.resource.get("id"):
            return stored.resource
        asked = self._client.search("Task", [("identifier", identifier)], request_id=rid)
        found = with_identifier(asked, systems.SID_HAND_OVER, body["key"])
        if not found:
            raise MalformedAnswer("It does not say where the Task lies.")
        return min(found, key=lambda task: text(task, "id"))  # equal identifiers are one

    def _changed(self, task_id: str, change: dict[str, str], rid: str) -> Resource:
        """Read anew each time: another lead may have been quicker, and then nothing is changed."""
        for attempt in range(TRIES):
            held = self._client.read(f"Task/{task_id}", request_id=rid)
            owner = handed(held.resource).owner
            if owner not in ("", self._desk.coder.practitioner_id):
                return held.resource
            if text(held.resource, "status") == change["status"]:
                return held.resource
            try:
                stored = self._client.update(
                    moved(held.resource, change, self._desk.now()), if_match=held.version, request_id=rid
                )
            except Conflict:
                if attempt == TRIES - 1:
                    raise ServerBusy("It changes all the time.", status=409) from None
                continue
            now = stored.resource if is_hand_over(stored.resource) else self._client.read(f"Task/{task_id}").resource
            if text(now, "status") != change["status"]:
                raise MalformedAnswer("It does not show what was written.")
            return now
        raise AssertionError("unreachable")


class HandOverWatcher:
    """What became of what this coder handed over; for a lead, what waits in their pool."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client

    def run(self) -> None:
        self._own()
        if "lead" in self._desk.coder.roles:
            self._pool()

    def _own(self) -> None:
        for letter in self._read(lambda db: outbox.confirmed_of_kind(db, Letter.HAND_OVER)):
            known = json.loads(letter.answer or "{}")
            if stage_of(str(known.get("status", ""))) in (Stage.SETTLED, Stage.ENDED) or not known.get("task"):
                continue
            try:
                now = _known(self._client.read(f"Task/{known['task']}").resource)
            except ServerRefused as refused:
                if refused.status not in (403, 404, 410):
                    raise
                now = {**known, "status": "entered-in-error"}
            if now != known:
                self._write(lambda db, letter=letter, now=now: outbox.learn(db, letter.id, json.dumps(now)))  # type: ignore[misc]
                self._desk.changed(Changes(handed=True, encounters=frozenset({letter.encounter_id})))

    def _pool(self) -> None:
        asked = [("code", f"{systems.CODING_TASK}|{CODE}"), ("status", OPEN), ("_count", "100")]
        there = {one.task_id: one for one in map(handed, filter(is_hand_over, self._client.search("Task", asked)))}
        held = {one.task_id: one for one in self._read(hand_overs.everything)}
        arrived = [one for name, one in there.items() if held.get(name) != one]
        gone = [name for name in held if name not in there]
        if not arrived and not gone:
            return

        def write(db: Connection) -> None:
            for one in arrived:
                hand_overs.put(db, one, self._desk.now())
            for name in gone:
                hand_overs.drop(db, name)

        self._write(write)
        self._desk.changed(Changes(handed=True))

    def _read(self, look: Callable[[Connection], T]) -> T:
        return self._desk.db.read(look).result()

    def _write(self, change: Callable[[Connection], None]) -> None:
        self._desk.db.write(change).result()


def _known(task: Resource) -> dict[str, str]:
    return {"task": text(task, "id"), "status": text(task, "status")}
