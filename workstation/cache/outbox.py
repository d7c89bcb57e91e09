"""The outbox table: what the server has yet to hear, in order per encounter (by operations; settled by sync)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import EncounterId, TaskId
from workstation.sealed_db import Connection


class Letter(StrEnum):
    """What a letter asks of the server."""

    RESULT = "result"  # the coded result and the completed task
    TASK = "task"  # a change of the task alone: opened, held, released, handed back
    QUERY = "query"  # a provider query: the request and the provider's task
    QUERY_CHANGE = "query-change"  # a sent query moved on: cancelled, closed, escalated, retracted
    REVIEW_ASKED = "review-asked"  # a draft for a colleague to read
    REVIEW_DONE = "review-done"  # this coder's verdict on a colleague's draft
    HAND_OVER = "hand-over"  # to the leads: what the server will not take, or an assignment that was withdrawn
    HAND_OVER_CHANGE = "hand-over-change"  # a lead took one, or settled it
    TEACHING_ASKED = "teaching-asked"  # a request for a teaching copy
    TEACHING_CHANGE = "teaching-change"  # one moved on: approved, refused, withdrawn, recalled, made


#: Letters about queries; the others concern the coding task itself.
ABOUT_QUERIES = frozenset({Letter.QUERY, Letter.QUERY_CHANGE, Letter.REVIEW_ASKED, Letter.REVIEW_DONE})

#: Letters about teaching copies: each request is a row of its own, under `teaching/<key>` in place of an encounter.
ABOUT_TEACHING = frozenset({Letter.TEACHING_ASKED, Letter.TEACHING_CHANGE})


#: Letters to and from the leads: they wait for no other letter, since they tell of those that do not pass.
ABOUT_HAND_OVERS = frozenset({Letter.HAND_OVER, Letter.HAND_OVER_CHANGE})


class Post(StrEnum):
    """Where a letter is."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter. `id` is its idempotency key, `base` the task as it was when the coder decided."""

    seq: int
    id: str
    kind: Letter
    encounter_id: EncounterId
    task_id: TaskId
    based_on: str
    base: str
    body: str
    state: Post
    attempts: int
    not_before: datetime | None
    answer: str  # JSON: the server's reason, or its side of a conflict, or what it stored


_COLUMNS = "seq, id, kind, encounter_id, task_id, based_on, base, body, state, attempts, not_before, answer"
_OPEN = "state <> 'confirmed'"


def put(
    db: Connection, row_id: str, kind: Letter, encounter_id: EncounterId, task_id: TaskId, based_on: str, base: str,
    body: str, at: datetime,
) -> None:  # fmt: skip
    """Add a letter behind the others of its encounter."""
    db.execute(
        """insert into outbox (id, kind, encounter_id, task_id, based_on, base, body, state, created_at)
           values (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)""",
        (row_id, kind.value, encounter_id, task_id, based_on, base, body, moment(at)),
    )


def sendable(db: Connection, now: datetime) -> tuple[Outgoing, ...]:
    """The first unsettled letter of each encounter, if it waits and its time has come, oldest first."""
    return tuple(letter for letter in _first(db) if letter.not_before is None or letter.not_before <= now)


def _first(db: Connection) -> tuple[Outgoing, ...]:
    """The first unsettled letter of each encounter, if it waits, oldest first.

    What was refused of a query is no reason for the coding, or another query, to wait. Nothing waits for what is handed
    to a lead, nor that for anything.
    """
    to_leads = ", ".join(f"'{kind.value}'" for kind in sorted(ABOUT_HAND_OVERS))
    about_queries = ", ".join(f"'{kind.value}'" for kind in sorted(ABOUT_QUERIES))
    rows = db.execute(
        f"""select {_COLUMNS} from outbox where state = 'waiting' and (kind in ({to_leads}) or seq in
            (select min(seq) from outbox where {_OPEN} and not (state = 'refused' and kind in ({about_queries}))
             and kind not in ({to_leads}) group by encounter_id)) order by seq"""  # noqa: S608  our own names
    )
    return tuple(_outgoing(row) for row in rows)


def open_of(db: Connection, encounter_id: EncounterId) -> tuple[Outgoing, ...]:
    """What is not confirmed yet of one encounter, in order."""
    rows = db.execute(f"select {_COLUMNS} from outbox where encounter_id = ? and {_OPEN} order by seq", (encounter_id,))  # noqa: S608  our own names
    return tuple(_outgoing(row) for row in rows)


def waits_about_queries(db: Connection, encounter_id: EncounterId) -> bool:
    """Whether a letter about a query, or to a lead, has still to reach the server, or may have reached it."""
    alone = ABOUT_QUERIES | ABOUT_HAND_OVERS
    return any(each.kind in alone and each.state is Post.WAITING for each in open_of(db, encounter_id))


def open_of_kinds(db: Connection, kinds: Iterable[Letter]) -> tuple[Outgoing, ...]:
    """What is not confirmed yet of some kinds, in order."""
    wanted = {kind.value for kind in kinds}
    rows = db.execute(f"select {_COLUMNS} from outbox where {_OPEN} order by seq")  # noqa: S608  our own names
    return tuple(_outgoing(row) for row in rows if row[2] in wanted)


def drop(db: Connection, row_id: str) -> None:
    """Take a letter away that the server has refused, with what waits behind it."""
    db.execute(
        """delete from outbox where state <> 'confirmed' and encounter_id =
           (select encounter_id from outbox where id = ?)""",
        (row_id,),
    )


def get(db: Connection, row_id: str) -> Outgoing | None:
    row = db.execute(f"select {_COLUMNS} from outbox where id = ?", (row_id,)).fetchone()  # noqa: S608  our own names
    return _outgoing(row) if row else None


def last_confirmed_result(db: Connection, encounter_id: EncounterId) -> Outgoing | None:
    row = db.execute(
        f"""select {_COLUMNS} from outbox where encounter_id = ? and kind = 'result' and state = 'confirmed'
            order by seq desc limit 1""",  # noqa: S608  our own names
        (encounter_id,),
    ).fetchone()
    return _outgoing(row) if row else None


def last_of_kind(db: Connection, encounter_id: EncounterId, kind: Letter) -> Outgoing | None:
    """The latest letter of a kind, wherever it is."""
    row = db.execute(
        f"select {_COLUMNS} from outbox where encounter_id = ? and kind = ? order by seq desc limit 1",  # noqa: S608  our own names
        (encounter_id, kind.value),
    ).fetchone()
    return _outgoing(row) if row else None


def confirmed_of_kind(db: Connection, kind: Letter) -> tuple[Outgoing, ...]:
    """What the server has of a kind, in order."""
    rows = db.execute(
        f"select {_COLUMNS} from outbox where kind = ? and state = 'confirmed' order by seq",  # noqa: S608  our own names
        (kind.value,),
    )
    return tuple(_outgoing(row) for row in rows)


def learn(db: Connection, row_id: str, answer: str) -> None:
    """What has become since of something the server has."""
    db.execute("update outbox set answer = ? where id = ? and state = 'confirmed'", (answer, row_id))


def settle(db: Connection, row_id: str, state: Post, answer: str, at: datetime) -> None:
    """Say what the server answered; a letter taken back in the meantime stays as it is."""
    db.execute(
        "update outbox set state = ?, answer = ?, settled_at = ? where id = ? and state = 'waiting'",
        (state.value, answer, moment(at), row_id),
    )


def wait(db: Connection, row_id: str, until: datetime) -> None:
    """Send it again, not before a moment."""
    db.execute(
        "update outbox set attempts = attempts + 1, not_before = ? where id = ? and state = 'waiting'",
        (moment(until), row_id),
    )


def rebase(db: Connection, encounter_id: EncounterId, based_on: str, base: str) -> None:
    """What waits of an encounter is now based on the version the server just confirmed."""
    db.execute(
        "update outbox set based_on = ?, base = ? where encounter_id = ? and state = 'waiting'",
        (based_on, base, encounter_id),
    )


def requeue(db: Connection, row_id: str, based_on: str, base: str) -> None:
    """Send a conflicting or refused letter again, now knowing the server's version."""
    db.execute(
        """update outbox set state = 'waiting', based_on = ?, base = ?, attempts = 0, not_before = null, answer = ''
           where id = ? and state in ('conflict', 'refused')""",
        (based_on, base, row_id),
    )


def withdraw(db: Connection, encounter_id: EncounterId) -> bool:
    """Take back what an encounter's coding has not told the server yet; whether there was any. Queries stay."""
    gone = db.execute(
        f"delete from outbox where encounter_id = ? and kind in ('result', 'task') and {_OPEN}",  # noqa: S608  our own names
        (encounter_id,),
    )
    return bool(gone.rowcount)


def take_away(db: Connection, row_id: str) -> None:
    """Take one letter away that the server has refused; what waits behind it stays."""
    db.execute("delete from outbox where id = ? and state = 'refused'", (row_id,))


def drop_refused(db: Connection, encounter_id: EncounterId, query_id: str) -> bool:
    """Take away a query the server has refused: it never left, and holds up what comes after it."""
    gone = db.execute(
        """delete from outbox where encounter_id = ? and kind = 'query' and state = 'refused'
           and json_extract(body, '$.query') = ?""",
        (encounter_id, query_id),
    )
    return bool(gone.rowcount)


def counts(db: Connection) -> tuple[int, int]:
    """(waiting, refused or in conflict)."""
    row = db.execute(
        "select count(*) filter (where state = 'waiting'), count(*) filter (where state in ('refused', 'conflict')) "
        "from outbox"
    ).fetchone()
    return int(row[0]), int(row[1])


def next_due(db: Connection) -> datetime | None:
    """When the earliest postponed letter may go; one that stands behind a refused one is not waited for."""
    return min((letter.not_before for letter in _first(db) if letter.not_before is not None), default=None)


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    seq, row_id, kind, encounter, task, based_on, base, body, state, attempts, not_before, answer = row
    return Outgoing(
        seq, row_id, Letter(kind), EncounterId(encounter), TaskId(task), based_on, base, body, Post(state), attempts,
        moment_of(not_before), answer,
    )  # fmt: skip
