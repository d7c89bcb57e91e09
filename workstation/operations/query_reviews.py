"""Read a colleague's draft and say what you think of it: agreed, or returned with a comment."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from workstation.cache import outbox, query_mirror
from workstation.cache.outbox import Letter
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import EncounterId, TaskId
from workstation.domain.queries.life import ReviewVerdict
from workstation.domain.redaction.kinds import Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.redactor import redact
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.query_in import parts_of
from workstation.fhir.query_out import reviewed_task
from workstation.fhir.reading import code, each, moment, text
from workstation.ids import uuid7
from workstation.operations.audit import telling
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class DraftToReview:
    """A colleague's draft: its words in reading order, already redacted, without patient or recipient."""

    task_id: str
    requester: str  # Practitioner/id
    asked_at: datetime | None
    reason: str
    parts: tuple[tuple[str, str], ...]
    answered: bool = False


def waiting(desk: Desk) -> Future[tuple[DraftToReview, ...]]:
    """The drafts that wait for this coder's word, once it is on record that they are looked at."""
    return desk.look(Intent(Act.VIEW_QUERY, reason="review"), _waiting)


def refresh(desk: Desk) -> Future[tuple[DraftToReview, ...]]:
    return desk.db.read(_waiting)


def _waiting(db: Connection) -> tuple[DraftToReview, ...]:
    answered = {letter.task_id for letter in outbox.open_of(db, EncounterId(""))}
    found = []
    for asked in query_mirror.reviews(db):
        task, request = json.loads(asked.task), json.loads(asked.request)
        reasons = [code(reason) for reason in each(request, "reasonCode")]
        found.append(
            DraftToReview(
                asked.task_id,
                text(task, "requester", "reference"),
                moment(task.get("authoredOn")),
                reasons[0] if reasons else "",
                parts_of(request),
                TaskId(asked.task_id) in answered,
            )
        )
    return tuple(found)


def answer(desk: Desk, task_id: str, verdict: ReviewVerdict, comment: str = "") -> Future[Changes]:
    """Say agreed or returned. A return needs a comment. Raises NotAllowed, NotHere."""

    def write(db: Connection) -> Changes:
        if verdict is ReviewVerdict.RETURNED and not comment.strip():
            raise NotAllowed("A draft is returned with a word of why.", remedy="Write what to change, then return it.")
        if redact(comment, Known(), Profile.QUERY).removals:  # whose chart it is, the colleague was never told
            raise NotAllowed("Your comment names or numbers somebody.", remedy="Say it without, then send it.")
        asked = query_mirror.review(db, task_id)
        if asked is None:
            raise NotHere
        task = reviewed_task(json.loads(asked.task), verdict, comment, desk.coder, desk.now())
        body = json.dumps({"task": task}, ensure_ascii=False)
        outbox.put(
            db, uuid7(), Letter.REVIEW_DONE, EncounterId(""), TaskId(task_id), asked.version, "{}", body, desk.now()
        )  # fmt: skip
        return Changes(outbox=True, queries=True)

    done = desk.act(Intent(Act.QUERY_REVIEW, Subject(what=f"Task/{task_id}"), verdict.value), write)
    return telling(desk, done, lambda changes: changes)
