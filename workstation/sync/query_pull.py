"""Watch what became of queries: seen, answered, moved on; and the peer reviews asked for or done."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from workstation.cache import encounters, queries, query_mirror
from workstation.cache.query_mirror import AskedReview
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import EncounterId
from workstation.domain.queries.life import Decision, QueryFile, Theirs, verdict
from workstation.errors import MalformedAnswer, ServerRefused
from workstation.fhir import systems
from workstation.fhir.belonging import with_identifier
from workstation.fhir.client import FhirClient
from workstation.fhir.incoming import resource_id, version
from workstation.fhir.query_in import review, theirs
from workstation.fhir.query_out import REVIEWERS
from workstation.fhir.reading import at, codes, each, reference, text
from workstation.ids import uuid7
from workstation.sealed_db import Connection

Resource = dict[str, Any]
AT_ONCE = 20  # queries asked about in one request


@dataclass
class Marks:
    """The versions the server has of one query: enough to know whether there is anything new to read."""

    request: str | None = None  # None while the server lists none
    task: str = ""
    answers: set[str] = field(default_factory=set)


class QueryWatcher:
    """Reads small marks of all open queries each round, and the whole only of what has moved, on record."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client
        self._seen: dict[str, frozenset[str]] = {}  # answers read, by query, for this process
        self._missed: set[str] = set()  # queries the server did not list, asked for by name once

    def run(self) -> frozenset[EncounterId]:
        """One look; the encounters whose queries were answered, whose charts may hold new documentation."""
        sent = self._read(lambda db: queries.decided(db, Decision.SENT))
        watched = [file for file in sent if file.theirs.request]
        answered: set[EncounterId] = set()
        for start in range(0, len(watched), AT_ONCE):
            part = watched[start : start + AT_ONCE]
            marks = self._marks(part)
            for file in part:
                if self._moved(file, marks[file.id]):
                    with suppress(MalformedAnswer):  # one that cannot be read keeps no other from being read
                        answered |= self._fetch(file)
        self._own_reviews()
        self._reviews_asked()
        return frozenset(answered)

    # ---------------------------------------------------------------- own queries

    def _marks(self, files: list[QueryFile]) -> dict[str, Marks]:
        """Versions and ids alone: nothing of a chart comes with them."""
        found: dict[str, Marks] = {file.id: Marks() for file in files}
        by_request: dict[str, str] = {file.theirs.request: file.id for file in files}
        by_task: dict[str, str] = {file.theirs.task: file.id for file in files if file.theirs.task}
        for kind, names in (("CommunicationRequest", by_request), ("Task", by_task)):
            ids = ",".join(name.partition("/")[2] for name in names)
            if not ids:
                continue
            for resource in self._client.search(kind, [("_id", ids), ("_elements", "status")]):
                owner = names.get(f"{kind}/{text(resource, 'id')}")
                if owner is not None:
                    setattr(found[owner], "request" if kind == "CommunicationRequest" else "task", version(resource))
        params = [("based-on", ",".join(by_request)), ("_elements", "status,basedOn"), ("_count", "100")]
        for resource in self._client.search("Communication", params):
            for based in each(resource, "basedOn"):
                owner = by_request.get(text(based, "reference"))
                if owner is not None:
                    found[owner].answers.add(f"{text(resource, 'id')}/{version(resource)}")
        return found

    def _moved(self, file: QueryFile, marks: Marks) -> bool:
        before = self._seen.get(file.id)
        answers = frozenset(marks.answers)
        known = before if before is not None else (frozenset() if file.theirs.answer is None else answers)
        self._seen[file.id] = answers
        is_missed = marks.request is None and file.id not in self._missed
        if marks.request is None:
            self._missed.add(file.id)
        else:
            self._missed.discard(file.id)
        return (
            is_missed
            or (marks.request not in (None, "", file.theirs.request_version))
            or (marks.task not in ("", file.theirs.task_version))
            or answers != known
        )

    def _fetch(self, file: QueryFile) -> frozenset[EncounterId]:
        """Read one query's request, task and answers, on record as a fetch."""
        request_id = uuid7()
        patient = self._read(lambda db: encounters.patient_of(db, file.encounter_id))
        subject = Subject(
            f"Patient/{patient or ''}",
            f"Encounter/{file.encounter_id}",
            f"Communication?based-on={file.theirs.request}",
        )

        def prepare() -> Callable[[Connection], Theirs]:
            request = self._client.read(file.theirs.request, request_id=request_id).resource
            task = self._client.read(file.theirs.task, request_id=request_id).resource if file.theirs.task else None
            asked = self._client.search("Communication", [("based-on", file.theirs.request)], request_id=request_id)
            answers = [one for one in asked if file.theirs.request in map(reference, each(one, "basedOn"))]
            options = [option.text for option in file.query.options]

            def write(db: Connection) -> Theirs:
                before = query_mirror.get(db, file.id)
                now = theirs(request, task, answers, options, before)
                query_mirror.put(db, file.id, file.encounter_id, now, self._desk.now())
                return now

            return write

        try:
            now = self._desk.act_after(Intent(Act.FETCH, subject, request_id=request_id), prepare)
        except ServerRefused as refused:
            self._seen.pop(file.id, None)
            if refused.status == 410:
                self._judged(file, replace(file.theirs, request_status="entered-in-error"))  # deleted: nobody answers
            if refused.status in (403, 404, 410):
                return frozenset()  # no longer this coder's to see; the chart's own sync says so
            raise
        self._desk.changed(Changes(True, frozenset({file.encounter_id}), queries=True))
        return frozenset({file.encounter_id} if now.answer is not None else ())

    # ---------------------------------------------------------------- peer reviews

    def _own_reviews(self) -> None:
        """The verdicts on this coder's drafts."""
        for file in self._read(lambda db: queries.decided(db, Decision.IN_REVIEW)):
            if not file.standing.review_id or verdict(file.standing, file.theirs) is not None:
                continue
            identifier = f"{systems.SID_QUERY_REVIEW}|{file.standing.review_id}"
            asked = self._client.search("Task", [("identifier", identifier)])
            for task in with_identifier(asked, systems.SID_QUERY_REVIEW, file.standing.review_id):
                said = review(task)
                if said is not None and said.reviewer not in ("", self._desk.coder.practitioner_id):
                    self._judged(file, replace(file.theirs, review=said))

    def _judged(self, file: QueryFile, now: Theirs) -> None:
        self._write(lambda db: query_mirror.put(db, file.id, file.encounter_id, now, self._desk.now()))
        self._desk.changed(Changes(True, frozenset({file.encounter_id}), queries=True))

    def _reviews_asked(self) -> None:
        """Colleagues' drafts that wait for somebody with this coder's role."""
        if not self._desk.coder.roles & set(REVIEWERS):
            return
        asked = [("code", f"{systems.CODING_TASK}|review-provider-query"), ("status", "requested"), ("_count", "50")]
        mine = f"Practitioner/{self._desk.coder.practitioner_id}"
        found = [
            task
            for task in self._client.search("Task", asked)
            if _asks_review(task) and text(task, "requester", "reference") != mine
        ]
        held = {review.task_id: review for review in self._read(query_mirror.reviews)}
        there = {resource_id(task): task for task in found}
        arrived = [task for name, task in there.items() if name not in held or held[name].version != version(task)]
        gone = [name for name in held if name not in there]
        if not arrived and not gone:
            return

        def write(db: Connection) -> None:
            for task in arrived:
                draft = next(iter(each(task, "contained")), {})
                put = AskedReview(
                    resource_id(task), version(task), text(task, "status"), _json(task), _json(draft)
                )  # fmt: skip
                query_mirror.put_review(db, put, self._desk.now())
            for name in gone:
                query_mirror.drop_review(db, name)

        self._write(write)
        self._desk.changed(Changes(queries=True))

    # ---------------------------------------------------------------- small words

    def _read(self, look: Callable[[Connection], Any]) -> Any:
        return self._desk.db.read(look).result()

    def _write(self, change: Callable[[Connection], Any]) -> Any:
        return self._desk.db.write(change).result()


def _asks_review(task: Resource) -> bool:
    kinds = codes(at(task, "code"), systems.CODING_TASK)
    return bool(text(task, "id")) and "review-provider-query" in kinds and text(task, "status") == "requested"


def _json(resource: Resource) -> str:
    return json.dumps(resource, ensure_ascii=False)
