"""Send what concerns teaching copies: requests, and how they moved on; the Task is read again before it is changed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from workstation.cache import teaching
from workstation.cache.outbox import Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.errors import Conflict, MalformedAnswer, ServerBusy, ServerRefused
from workstation.fhir import systems
from workstation.fhir.answers import RefusedForReason
from workstation.fhir.belonging import with_identifier
from workstation.fhir.client import FhirClient
from workstation.fhir.incoming import version
from workstation.fhir.reading import text
from workstation.fhir.teaching import approved, completed, ended, teaching_task
from workstation.ids import uuid7
from workstation.sync.on_record import Ended, deliver

Resource = dict[str, Any]
TRIES = 3


class TeachingPusher:
    """Delivers letters about teaching copies; what it writes is the mirror of requests and the letter's end."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client

    def deliver(self, letter: Outgoing) -> bool:
        """One letter, on record. False when it has to wait. Raises ServerTrouble that concerns all."""
        request_id = uuid7()
        what = f"Task/{letter.task_id}" if letter.task_id else ""
        intent = Intent(Act.SEND, Subject(what=what), letter.kind.value, request_id, uuid7())
        ended = deliver(self._desk, letter, intent, lambda: self._ended(letter, request_id))
        if ended:
            self._desk.changed(Changes(outbox=True, teaching=True))
        return ended

    def _ended(self, letter: Outgoing, rid: str) -> Ended:
        try:
            task = teaching_task(self._sent(letter, rid))
        except ServerRefused as refused:
            return Ended(Post.REFUSED, {"reason": _why(refused)})
        return Ended(Post.CONFIRMED, {}, lambda db: teaching.put_task(db, task, self._desk.now()))

    def _sent(self, letter: Outgoing, rid: str) -> Resource:
        body = json.loads(letter.body)
        if letter.kind is Letter.TEACHING_ASKED:
            identifier = f"{systems.SID_TEACHING}|{body['key']}"
            stored = self._client.create(body["task"], if_none_exist=f"identifier={identifier}", request_id=rid)
            ours = with_identifier([stored.resource], systems.SID_TEACHING, body["key"])
            if ours and stored.resource.get("id") and version(stored.resource):
                return stored.resource
            asked = self._client.search("Task", [("identifier", identifier)], request_id=rid)
            found = with_identifier(asked, systems.SID_TEACHING, body["key"])
            if not found:
                raise MalformedAnswer("It does not say where the request lies.")
            return found[0]
        return self._changed(str(letter.task_id), body["change"], rid)

    def _changed(self, task_id: str, change: Resource, rid: str) -> Resource:
        for attempt in range(TRIES):
            held = self._client.read(f"Task/{task_id}", request_id=rid)
            if self._is_there(held.resource, change):
                return held.resource
            moved = _moved(held.resource, change, self._desk.now())
            try:
                stored = self._client.update(moved, if_match=held.version, request_id=rid)
            except Conflict:
                if attempt == TRIES - 1:
                    raise ServerBusy("It changes all the time.", status=409) from None
                continue
            now = stored.resource
            if not (now.get("resourceType") == "Task" and version(now)):
                now = self._client.read(f"Task/{task_id}", request_id=rid).resource
            if not self._is_there(now, change):
                raise MalformedAnswer("It does not show what was written.")
            return now
        raise AssertionError("unreachable")

    @staticmethod
    def _is_there(task: Resource, change: Resource) -> bool:
        """An earlier try has reached the server, and only its answer was lost."""
        owner = change.get("owner")
        same = owner is None or text(task, "owner", "reference") == f"Practitioner/{owner}"
        return text(task, "status") == change["status"] and same


def _moved(task: Resource, change: Resource, now: datetime) -> Resource:
    if change["status"] == "accepted":
        return approved(task, change, now)
    if change["status"] == "completed":
        return completed(task, change["counts"], now)
    return ended(task, change["status"], change["reason"], now)


def _why(refused: ServerRefused) -> str:
    if isinstance(refused, RefusedForReason) and refused.reason:
        return refused.reason
    return refused.detail or str(refused)
