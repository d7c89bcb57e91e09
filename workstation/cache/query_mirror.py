"""The query mirror: what the server says of this coder's queries, and the peer reviews asked of them (by sync)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workstation.cache.columns import moment
from workstation.cache.query_json import theirs_json, theirs_of
from workstation.domain.encounter import EncounterId
from workstation.domain.queries.life import Theirs
from workstation.domain.queries.query import QueryId
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class AskedReview:
    """A colleague's draft this coder is asked to read. `task` and `request` are the resources as sent."""

    task_id: str
    version: str
    status: str
    task: str
    request: str


def put(db: Connection, query_id: QueryId, encounter_id: EncounterId, theirs: Theirs, at: datetime) -> None:
    db.execute(
        "insert or replace into query_mirror (query_id, encounter_id, body, fetched_at) values (?, ?, ?, ?)",
        (query_id, encounter_id, theirs_json(theirs), moment(at)),
    )


def get(db: Connection, query_id: QueryId) -> Theirs:
    row = db.execute("select body from query_mirror where query_id = ?", (query_id,)).fetchone()
    return theirs_of(row[0]) if row else Theirs()


def forget(db: Connection, encounter_id: EncounterId) -> None:
    db.execute("delete from query_mirror where encounter_id = ?", (encounter_id,))


def put_review(db: Connection, review: AskedReview, at: datetime) -> None:
    db.execute(
        """insert or replace into peer_reviews (task_id, version, status, task, request, fetched_at)
           values (?, ?, ?, ?, ?, ?)""",
        (review.task_id, review.version, review.status, review.task, review.request, moment(at)),
    )


def reviews(db: Connection) -> tuple[AskedReview, ...]:
    """The reviews asked of this coder, oldest first."""
    rows = db.execute("select task_id, version, status, task, request from peer_reviews order by fetched_at, task_id")
    return tuple(AskedReview(*row) for row in rows)


def review(db: Connection, task_id: str) -> AskedReview | None:
    row = db.execute(
        "select task_id, version, status, task, request from peer_reviews where task_id = ?", (task_id,)
    ).fetchone()
    return AskedReview(*row) if row else None


def drop_review(db: Connection, task_id: str) -> None:
    db.execute("delete from peer_reviews where task_id = ?", (task_id,))
