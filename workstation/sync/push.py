"""Send the outbox: in order per encounter, each letter once in effect, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workstation.cache import encounters, outbox, tasks, work
from workstation.cache.outbox import ABOUT_HAND_OVERS, ABOUT_QUERIES, ABOUT_TEACHING, Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.errors import Conflict, MalformedAnswer, ServerBusy, ServerRefused
from workstation.fhir import systems
from workstation.fhir.answers import RefusedForReason, trouble_of_status
from workstation.fhir.belonging import with_identifier
from workstation.fhir.client import EntryAnswer, FhirClient, Stored
from workstation.fhir.incoming import claim_of_task, coding_task, version
from workstation.fhir.outgoing import (
    CODED,
    TaskChange,
    changed_claim_entry,
    changed_task,
    claim_query,
    new_claim_entry,
    transaction,
)
from workstation.ids import uuid7
from workstation.sealed_db import Connection
from workstation.sync.hand_over import HandOverPusher
from workstation.sync.on_record import Ended, deliver
from workstation.sync.query_push import QueryPusher
from workstation.sync.teaching_push import TeachingPusher
from workstation.sync.three_way import Verdict, compare, says

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server confirmed: the task as it is now, and the coded result."""

    task: Resource
    claim: str = ""  # Claim/id
    claim_version: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a letter ends."""

    state: Post
    answer: dict[str, Any]
    sent: Sent | None = None
    withdrawn: str = ""


class Pusher:
    """Sends letters; it settles rows of the outbox and mirrors what the server answers."""

    def __init__(self, desk: Desk, client: FhirClient, going_on: Callable[[], bool] = lambda: True) -> None:
        self._desk = desk
        self._client = client
        self._going_on = going_on
        self._queries = QueryPusher(desk, client)
        self._teaching = TeachingPusher(desk, client)
        self._hand_overs = HandOverPusher(desk, client)

    def run(self) -> int:
        """Send everything whose time has come; how many were settled. Raises ServerTrouble that concerns all."""
        settled = 0
        tried: set[str] = set()
        while self._going_on():
            sendable = self._desk.db.read(lambda db: outbox.sendable(db, self._desk.now())).result()
            letters = [letter for letter in sendable if letter.id not in tried]
            if not letters:
                return settled
            for letter in letters:
                if not self._going_on():
                    break
                tried.add(letter.id)
                settled += self._deliver(letter)
        return settled

    def _deliver(self, letter: Outgoing) -> bool:
        """One letter, on record. False when it has to wait."""
        if letter.kind in ABOUT_QUERIES:
            return self._queries.deliver(letter)
        if letter.kind in ABOUT_HAND_OVERS:
            return self._hand_overs.deliver(letter)
        if letter.kind in ABOUT_TEACHING:
            return self._teaching.deliver(letter)
        request_id = uuid7()
        patient = self._desk.db.read(lambda db: encounters.patient_of(db, letter.encounter_id)).result()
        subject = Subject(
            f"Patient/{patient or ''}", f"Encounter/{letter.encounter_id}", f"Task/{letter.task_id}", letter.based_on
        )
        intent = Intent(Act.SEND, subject, letter.kind.value, request_id, uuid7())
        ended = deliver(self._desk, letter, intent, lambda: self._ended(letter, request_id))
        if ended:
            self._desk.changed(Changes(True, frozenset({letter.encounter_id}), True))
        return ended

    def _ended(self, letter: Outgoing, request_id: str) -> Ended:
        settled = self._settle(letter, request_id)
        return Ended(settled.state, settled.answer, lambda db: _mirror(db, letter, settled))

    # ---------------------------------------------------------------- deciding

    def _settle(self, letter: Outgoing, request_id: str) -> Settled:
        body = json.loads(letter.body)
        change = TaskChange.of_json(body["task"])
        base, based_on = json.loads(letter.base), letter.based_on
        for last_try in (False, True):
            try:
                return self._confirmed(self._send(letter, change, body["claim"], base, based_on, request_id))
            except Conflict:
                pass
            except ServerRefused as refused:
                if refused.status not in (404, 410) or last_try:
                    return _parked(refused)
            try:
                theirs = self._client.read(f"Task/{letter.task_id}", request_id=request_id)
            except ServerRefused as refused:
                return self._lost("removed") if refused.status in (404, 410) else _parked(refused)
            known = self._known_claim(letter, body["claim"], request_id)
            verdict = compare(base, theirs.resource, change, self._desk.coder.practitioner_id, known)
            if verdict is Verdict.ALREADY_THERE and self._holds(known, body["claim"], request_id):
                return self._confirmed(Sent(theirs.resource, known))
            if verdict is Verdict.CONFLICT and self._is_own(letter, theirs.resource, request_id):
                verdict = Verdict.REAPPLY
            if verdict is Verdict.WITHDRAWN:
                return self._lost(_why(theirs.resource))
            if verdict is Verdict.CONFLICT:
                return self._kept(theirs, request_id)
            if last_try:  # others keep writing it: let them finish
                raise ServerBusy("It changes all the time.", status=409)
            base, based_on = theirs.resource, theirs.version
        raise AssertionError("unreachable")

    def _confirmed(self, sent: Sent) -> Settled:
        return Settled(Post.CONFIRMED, {"claim": sent.claim, "claim_version": sent.claim_version}, sent)

    def _lost(self, why: str) -> Settled:
        return Settled(Post.REFUSED, {"reason": "The encounter was withdrawn from you."}, withdrawn=why)

    def _kept(self, theirs: Stored, request_id: str) -> Settled:
        """Both sides: mine lies in the letter, theirs goes beside it."""
        claim: Resource | None = None
        reference = claim_of_task(theirs.resource)
        if reference:
            try:
                claim = self._client.read(reference, request_id=request_id).resource
            except ServerRefused:
                claim = None  # their coding may be hidden from this role; their state is still shown
        answer = {
            "task": theirs.resource,
            "version": theirs.version,
            "claim": claim,
            "reason": "It was changed on the server in the meantime.",
        }
        return Settled(Post.CONFLICT, answer)

    # ---------------------------------------------------------------- sending

    def _send(
        self, letter: Outgoing, change: TaskChange, claim: Resource | None, base: Resource, based_on: str, rid: str
    ) -> Sent:
        at = self._desk.now()
        if letter.kind is Letter.TASK or claim is None:
            stored = self._client.update(changed_task(base, change, at), if_match=based_on, request_id=rid)
            return Sent(self._written(stored.resource, letter, change, rid))
        result_id = str(claim["identifier"][0]["value"])
        confirmed = self._desk.db.read(lambda db: outbox.last_confirmed_result(db, letter.encounter_id)).result()
        known = json.loads(confirmed.answer).get("claim", "") if confirmed else ""
        if known:
            held = self._client.read(known, request_id=rid)
            entry = changed_claim_entry(claim, known.partition("/")[2], held.version)
            reference = known
        else:
            entry, reference = new_claim_entry(claim, result_id), f"urn:uuid:{result_id}"
        task = changed_task(base, change, at, reference)
        answers = self._client.bundle(transaction(entry, task, based_on), request_id=rid)
        first, second = answers
        for answer in answers:
            if answer.status >= 400:
                raise trouble_of_status(answer.status, answer.reason, answer.wait)
        stored_claim, claim_version = self._stored_claim(first, claim, result_id, rid)
        now = self._current(second.resource, letter, rid)
        if claim_of_task(now) != stored_claim:
            # a server that ran the transaction as a batch leaves the urn in the task
            mended = changed_task(now, change, at, stored_claim)
            stored = self._client.update(mended, if_match=version(now), request_id=rid)
            now = self._written(stored.resource, letter, change, rid)
        elif not says(now, change):
            raise MalformedAnswer("It does not show what was written.")
        return Sent(now, stored_claim, claim_version)

    def _stored_claim(self, answer: EntryAnswer, claim: Resource, result_id: str, rid: str) -> tuple[str, str]:
        """Where the result lies. When an older version was already there, it is replaced by this one.

        Only an answer that shows our own result says so: one that belongs to another request does not confirm this.
        """
        if answer.status == 201 and answer.location.startswith("Claim/") and _is_result(answer.resource, result_id):
            return answer.location, answer.version
        reference = self._find_claim(result_id, rid)
        if not reference:
            raise MalformedAnswer("It does not say where the coded result lies.")
        held = self._client.read(reference, request_id=rid)
        if _says_all(held.resource, claim):
            return reference, held.version
        corrected = {**claim, "id": reference.partition("/")[2]}
        stored = self._client.update(corrected, if_match=held.version, request_id=rid)
        return reference, stored.version

    def _holds(self, known: str, claim: Resource | None, rid: str) -> bool:
        """Whether the server's result says what this letter says: it may be that of a letter before, finalized alike."""
        if claim is None:
            return True
        return bool(known) and _says_all(self._client.read(known, request_id=rid).resource, claim)

    def _is_own(self, letter: Outgoing, theirs: Resource, rid: str) -> bool:
        """Whether the server has this coder's own finalized result: its letter was taken back, its answer lost before."""
        standing = self._desk.db.read(lambda db: work.get(db, letter.encounter_id)).result()
        if not standing.result_id or not says(theirs, CODED):
            return False
        reference = claim_of_task(theirs)
        return bool(reference) and reference == self._find_claim(standing.result_id, rid)

    def _known_claim(self, letter: Outgoing, claim: Resource | None, rid: str) -> str:
        return "" if claim is None else self._find_claim(str(claim["identifier"][0]["value"]), rid)

    def _find_claim(self, result_id: str, rid: str) -> str:
        name, _, value = claim_query(result_id).partition("=")
        asked = self._client.search("Claim", [(name, value)], request_id=rid)
        found = with_identifier(asked, systems.SID_CODED_RESULT, result_id)
        ids = sorted(str(c.get("id")) for c in found if c.get("id"))  # equal identifiers are one result
        return f"Claim/{ids[0]}" if ids else ""

    def _current(self, resource: Resource, letter: Outgoing, rid: str) -> Resource:
        """The task after a write: as it was answered, else read."""
        is_ours = resource.get("resourceType") == "Task" and resource.get("id") == letter.task_id
        if is_ours and version(resource):
            return resource
        return self._client.read(f"Task/{letter.task_id}", request_id=rid).resource

    def _written(self, resource: Resource, letter: Outgoing, change: TaskChange, rid: str) -> Resource:
        """The task after a write, showing what was written. Raises MalformedAnswer: a success may be another's."""
        now = self._current(resource, letter, rid)
        if not says(now, change):
            raise MalformedAnswer("It does not show what was written.")
        return now


def _says_all(held: Resource, claim: Resource) -> bool:
    return all(held.get(name) == value for name, value in claim.items())


def _mirror(db: Connection, letter: Outgoing, settled: Settled) -> None:
    if settled.sent is not None and settled.sent.task:
        task = coding_task(settled.sent.task)
        tasks.put(db, task)
        outbox.rebase(db, letter.encounter_id, task.version, task.raw)
    if settled.withdrawn:
        tasks.withdraw(db, letter.task_id, settled.withdrawn)


def _is_result(claim: Resource, result_id: str) -> bool:
    return claim.get("resourceType") == "Claim" and bool(with_identifier([claim], systems.SID_CODED_RESULT, result_id))


def _parked(refused: ServerRefused) -> Settled:
    reason = refused.reason if isinstance(refused, RefusedForReason) and refused.reason else refused.detail
    return Settled(Post.REFUSED, {"reason": reason, "status": refused.status})


def _why(task: Resource) -> str:
    status = str(task.get("status") or "")
    return status if status in ("cancelled", "entered-in-error", "failed", "rejected") else "reassigned"
