"""Send what concerns queries: the question with its disclosure on record, every later change, and peer reviews."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workstation.cache import disclosures, encounters, queries, query_mirror
from workstation.cache.outbox import Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.access import PurposeOfUse
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.disclosure import Disclosure, description, is_accountable
from workstation.domain.queries.life import Decision, Theirs
from workstation.domain.queries.query import QueryId
from workstation.errors import Conflict, MalformedAnswer, ServerBusy, ServerRefused
from workstation.fhir import systems
from workstation.fhir.answers import RefusedForReason, trouble_of_status
from workstation.fhir.belonging import with_identifier
from workstation.fhir.client import EntryAnswer, FhirClient
from workstation.fhir.incoming import version
from workstation.fhir.query_in import theirs
from workstation.fhir.query_out import changed_provider_task, changed_request, ended_review, sending
from workstation.fhir.reading import at, text
from workstation.ids import uuid7
from workstation.sealed_db import Connection
from workstation.sync.on_record import Ended, deliver, end

Resource = dict[str, Any]
TRIES = 3
#: Decisions after which a question that has not left yet never leaves.
TAKEN_BACK = frozenset({Decision.CANCELLED, Decision.RETRACTED, Decision.EXPIRED})


class QueryPusher:
    """Delivers the letters about queries; what it writes is the mirror, the log of disclosures and the letter's end."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client

    def deliver(self, letter: Outgoing) -> bool:
        """One letter, on record. False when it has to wait. Raises ServerTrouble that concerns all."""
        request_id = uuid7()
        if letter.kind is Letter.QUERY and self._taken_back(letter, request_id):
            end(self._desk, letter, Ended(Post.CONFIRMED, {"reason": "It was taken back before it left."}))
            self._tell(letter)
            return True
        intent = self._intent(letter, request_id)
        ended = deliver(self._desk, letter, intent, lambda: self._sent(letter, request_id))
        if ended:
            self._tell(letter)
        return ended

    def _taken_back(self, letter: Outgoing, rid: str) -> bool:
        """Whether it must not leave: taken back by the coder, and no earlier try has reached the server."""
        body = json.loads(letter.body)
        file = self._desk.db.read(lambda db: queries.get(db, QueryId(body["query"]))).result()
        if file is not None and file.standing.decision not in TAKEN_BACK:
            return False
        value = str(body["request"]["identifier"][0]["value"])
        return not self._reference("CommunicationRequest", systems.SID_PROVIDER_QUERY, value, rid)

    def _reference(self, kind: str, system: str, value: str, rid: str) -> str:
        """What the server keeps under an identifier of ours, as `kind/id`; "" when it keeps nothing."""
        if not value:
            return ""
        asked = self._client.search(kind, [("identifier", f"{system}|{value}")], request_id=rid)
        found = with_identifier(asked, system, value)
        return min((f"{kind}/{each['id']}" for each in found if text(each, "id")), default="")

    def _intent(self, letter: Outgoing, request_id: str) -> Intent:
        patient = self._desk.db.read(lambda db: encounters.patient_of(db, letter.encounter_id)).result()
        whose = f"Patient/{patient}" if patient else ""
        encounter = f"Encounter/{letter.encounter_id}" if letter.encounter_id else ""
        if letter.kind is Letter.QUERY:
            request = json.loads(letter.body)["request"]
            subject = Subject(
                whose,
                encounter,
                recipient=text(request, "recipient", 0, "reference"),
                sources=" ".join(text(each, "reference") for each in request.get("about", [])),
            )
            return Intent(Act.DISCLOSE, subject, PurposeOfUse.CODING.value, request_id, uuid7())
        return Intent(Act.SEND, Subject(whose, encounter), letter.kind.value, request_id, uuid7())

    def _tell(self, letter: Outgoing) -> None:
        named = frozenset({letter.encounter_id} if letter.encounter_id else ())
        self._desk.changed(Changes(True, named, True, queries=True))

    # ---------------------------------------------------------------- each kind

    def _sent(self, letter: Outgoing, rid: str) -> Ended:
        body = json.loads(letter.body)
        send = {
            Letter.QUERY: self._send_query,
            Letter.QUERY_CHANGE: self._send_change,
            Letter.REVIEW_ASKED: self._ask_review,
            Letter.REVIEW_DONE: self._send_verdict,
        }[letter.kind]
        try:
            return send(letter, body, rid)
        except ServerRefused as refused:
            reason = refused.reason if isinstance(refused, RefusedForReason) and refused.reason else refused.detail
            return Ended(Post.REFUSED, {"reason": reason, "status": refused.status})

    def _send_query(self, letter: Outgoing, body: Resource, rid: str) -> Ended:
        request, result_id = body["request"], str(body["request"]["identifier"][0]["value"])
        first, second = self._client.bundle(sending(request, body["task"], result_id), request_id=rid)
        if first.status < 400:  # it has left, whatever becomes of the rest
            self._desk.db.write(lambda db: disclosures.put(db, self._disclosure(db, letter, body))).result()
        for answer in (first, second):
            if answer.status >= 400:
                raise trouble_of_status(answer.status, answer.reason)
        stored = self._stored(first, "CommunicationRequest", systems.SID_PROVIDER_QUERY, result_id, rid)
        task = self._stored(second, "Task", systems.SID_PROVIDER_TASK, result_id, rid)
        reference = f"CommunicationRequest/{stored['id']}"
        if text(task, "focus", "reference") != reference:
            # a server that ran the transaction as a batch leaves the urn in the task
            mended = {**{k: v for k, v in task.items() if k != "meta"}, "focus": {"reference": reference}}
            task = self._client.update(mended, if_match=version(task), request_id=rid).resource
        name, encounter_id = QueryId(body["query"]), letter.encounter_id

        def write(db: Connection) -> None:
            file = queries.get(db, name)
            if file is None:
                return
            options = [option.text for option in file.query.options]
            query_mirror.put(
                db, name, encounter_id, theirs(stored, task, (), options, file.theirs), self._desk.now()
            )  # fmt: skip

        return Ended(Post.CONFIRMED, {"request": reference}, write)

    def _disclosure(self, db: Connection, letter: Outgoing, body: Resource) -> Disclosure:
        file = queries.get(db, QueryId(body["query"]))
        encounter = encounters.get(db, letter.encounter_id)
        recipient = text(body["request"], "recipient", 0, "reference")
        called = next(
            (p.name for p in (encounter.providers if encounter else ()) if recipient == f"Practitioner/{p.id}"),
            recipient,
        )
        purpose = PurposeOfUse.CODING.value
        return Disclosure(
            id=letter.id,
            query_id=QueryId(body["query"]),
            encounter_id=letter.encounter_id,
            account_number=encounter.account_number if encounter else "",
            at=self._desk.now(),
            recipient=recipient,
            recipient_name=called,
            description=description(file.query) if file else "Provider query",
            purpose=purpose,
            accountable=is_accountable(purpose),
        )

    def _stored(self, answer: EntryAnswer, kind: str, system: str, value: str, rid: str) -> Resource:
        """What the server keeps under an identifier, read as it stands."""
        if answer.location.startswith(f"{kind}/"):
            stored = self._client.read(answer.location, request_id=rid).resource
            if with_identifier([stored], system, value):  # else the answer belongs to another request
                return stored
        asked = self._client.search(kind, [("identifier", f"{system}|{value}")], request_id=rid)
        found = with_identifier(asked, system, value)
        if not found:
            raise MalformedAnswer(f"It does not say where the {kind} lies.")
        return min(found, key=lambda r: str(r.get("id")))  # equal identifiers are one

    def _send_change(self, letter: Outgoing, body: Resource, rid: str) -> Ended:
        """Move request and task on. Whatever the provider did meanwhile stays; only what was decided here changes."""
        if "review" in body:
            return self._end_review(str(body["review"]), rid)
        name = QueryId(body["query"])
        known = self._desk.db.read(lambda db: query_mirror.get(db, name)).result()
        if not known.request:  # refused half way, it may lie at the server all the same
            known = self._found(name, known, rid)
        if not known.request:
            return Ended(Post.CONFIRMED, {"reason": "It never left."})
        change = body["change"]
        try:
            request = self._changed_request(known.request, change, rid)
        except ServerRefused as refused:
            if refused.status not in (404, 410):
                raise
            return Ended(Post.CONFIRMED, {"reason": "The server has it no longer."})
        task: Resource | None = None
        if known.task and (change["task"] or change["priority"]):
            task = self._update(
                known.task,
                rid,
                lambda t: changed_provider_task(
                    t, _task_status(t, change["task"]), change["reason"], self._desk.now(), priority=change["priority"]
                ),
            )

        def write(db: Connection) -> None:
            file = queries.get(db, name)
            before = file.theirs if file else known
            options = [option.text for option in file.query.options] if file else []
            query_mirror.put(
                db, name, letter.encounter_id, theirs(request, task, (), options, before), self._desk.now()
            )  # fmt: skip

        return Ended(Post.CONFIRMED, {}, write)

    def _end_review(self, review_id: str, rid: str) -> Ended:
        """The author took the draft back: no colleague reads it any more, unless one has answered."""
        reference = self._reference("Task", systems.SID_QUERY_REVIEW, review_id, rid)
        if reference and text(self._client.read(reference, request_id=rid).resource, "status") == "requested":
            self._update(reference, rid, lambda task: ended_review(task, self._desk.now()))
        return Ended(Post.CONFIRMED, {})

    def _found(self, name: QueryId, known: Theirs, rid: str) -> Theirs:
        file = self._desk.db.read(lambda db: queries.get(db, name)).result()
        value = file.standing.result_id if file else ""
        request = self._reference("CommunicationRequest", systems.SID_PROVIDER_QUERY, value, rid)
        task = self._reference("Task", systems.SID_PROVIDER_TASK, value, rid)
        return replace(known, request=request, task=task)

    def _changed_request(self, reference: str, change: dict[str, Any], rid: str) -> Resource:
        if not change["request"]:
            return self._client.read(reference, request_id=rid).resource
        return self._update(
            reference,
            rid,
            lambda r: changed_request(
                r, _request_status(r, change["request"], emptied=change["emptied"]), change["reason"],
                emptied=change["emptied"],
            ),
        )  # fmt: skip

    def _update(self, reference: str, rid: str, change: Callable[[Resource], Resource]) -> Resource:
        """Write it as changed; what is there then. Raises MalformedAnswer when that is not what was written."""
        for attempt in range(TRIES):
            held = self._client.read(reference, request_id=rid)
            wanted = change(held.resource)
            try:
                stored = self._client.update(wanted, if_match=held.version, request_id=rid)
            except Conflict:
                if attempt == TRIES - 1:
                    raise ServerBusy("It changes all the time.", status=409) from None
                continue
            now = stored.resource
            if not (now.get("resourceType") == wanted["resourceType"] and version(now)):
                now = self._client.read(reference, request_id=rid).resource
            if text(now, "status") != text(wanted, "status"):
                raise MalformedAnswer("It does not show what was written.")
            return now
        raise AssertionError("unreachable")

    def _ask_review(self, letter: Outgoing, body: Resource, rid: str) -> Ended:
        task = body["task"]
        identifier = f"{systems.SID_QUERY_REVIEW}|{body['review']}"
        stored = self._client.create(task, if_none_exist=f"identifier={identifier}", request_id=rid)
        ours = with_identifier([stored.resource], systems.SID_QUERY_REVIEW, body["review"])
        reference = f"Task/{stored.resource['id']}" if ours and text(stored.resource, "id") else ""
        reference = reference or self._reference("Task", systems.SID_QUERY_REVIEW, body["review"], rid)
        if not reference:
            raise MalformedAnswer("It does not say where the draft lies.")
        name = QueryId(body["query"])

        def write(db: Connection) -> None:
            before = query_mirror.get(db, name)
            after = replace(before, review=None, task=reference)
            query_mirror.put(db, name, letter.encounter_id, after, self._desk.now())

        return Ended(Post.CONFIRMED, {}, write)

    def _send_verdict(self, letter: Outgoing, body: Resource, rid: str) -> Ended:
        task = body["task"]
        try:
            self._client.update(task, if_match=letter.based_on, request_id=rid)
            reason = {}
        except (Conflict, ServerRefused) as refused:
            if isinstance(refused, ServerRefused) and refused.status not in (403, 404, 410):
                raise
            reason = {"reason": "Another colleague has answered it, or it was taken back."}
        return Ended(Post.CONFIRMED, reason, lambda db: query_mirror.drop_review(db, str(task["id"])))


def _task_status(task: Resource, wanted: str) -> str:
    """A task that is over stays what it became; only a standing one is moved."""
    now = str(at(task, "status") or "")
    over = now in ("completed", "cancelled", "failed", "rejected", "entered-in-error")
    return now if over or not wanted else wanted


def _request_status(request: Resource, wanted: str, *, emptied: bool) -> str:
    """A request that was answered meanwhile stays answered, unless it is retracted."""
    now = text(request, "status")
    return now if now == "completed" and not emptied else wanted
