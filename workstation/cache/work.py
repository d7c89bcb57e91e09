"""The work table: where a coder stands with an encounter (written by operations)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workstation.cache import outbox
from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import WorkState
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """The coder's own state of one encounter. `result_id` identifies the coded result through all its versions."""

    state: WorkState = WorkState.NOT_STARTED
    hold_reason: str = ""
    finalized_at: datetime | None = None
    result_id: str = ""


def get(db: Connection, encounter_id: EncounterId) -> Standing:
    row = db.execute(
        "select state, hold_reason, finalized_at, result_id from work where encounter_id = ?", (encounter_id,)
    ).fetchone()
    return Standing(WorkState(row[0]), row[1], moment_of(row[2]), row[3]) if row else Standing()


def all_of(db: Connection) -> dict[EncounterId, Standing]:
    """Each encounter the coder has begun."""
    rows = db.execute("select encounter_id, state, hold_reason, finalized_at, result_id from work")
    return {
        EncounterId(name): Standing(WorkState(state), why, moment_of(at), own) for name, state, why, at, own in rows
    }


def put(db: Connection, encounter_id: EncounterId, standing: Standing, at: datetime) -> None:
    db.execute(
        """insert or replace into work (encounter_id, state, hold_reason, finalized_at, result_id, changed_at)
           values (?, ?, ?, ?, ?, ?)""",
        (
            encounter_id, standing.state.value, standing.hold_reason, moment(standing.finalized_at),
            standing.result_id, moment(at),
        ),
    )  # fmt: skip


def exists(db: Connection, encounter_id: EncounterId) -> bool:
    """Whether anything of the coder's would be lost with this encounter."""
    row = db.execute(
        """select exists (select 1 from summaries where encounter_id = :e and revision > 0)
            or exists (select 1 from drafts where encounter_id = :e and trim(body) <> '')
            or exists (select 1 from queries where encounter_id = :e and decision in ('draft', 'in-review', 'sent'))
            or exists (select 1 from outbox where encounter_id = :e and state <> 'confirmed')""",
        {"e": encounter_id},
    ).fetchone()
    return bool(row[0])


def forget(db: Connection, encounter_id: EncounterId) -> None:
    """Take the coder's work on an encounter away, once it is no longer theirs to keep."""
    tables = ("work", "summaries", "undo", "drafts", "reads", "places", "outbox", "captures", "queries", "query_mirror")
    for table in tables:
        db.execute(f"delete from {table} where encounter_id = ?", (encounter_id,))  # noqa: S608  our own names


def forget_but_letters(db: Connection, encounter_id: EncounterId) -> None:
    """The same, but for what the server has still to hear of queries that left."""
    for table in ("work", "summaries", "undo", "drafts", "reads", "places", "captures"):
        db.execute(f"delete from {table} where encounter_id = ?", (encounter_id,))  # noqa: S608  our own names
    db.execute("delete from queries where encounter_id = ? and decision in ('draft', 'in-review')", (encounter_id,))
    outbox.withdraw(db, encounter_id)


def only_here(db: Connection) -> int:
    """How many encounters have work of the coder's that the server does not have: half coded, or not yet confirmed."""
    row = db.execute(
        """select count(*) from (
             select s.encounter_id from summaries s left join work w using (encounter_id)
              where s.revision > 0 and coalesce(w.state, '') not in ('finalized', 'withdrawn')
             union
             select d.encounter_id from drafts d left join work w using (encounter_id)
              where d.field <> 'finder' and trim(d.body) <> ''
                and coalesce(w.state, '') not in ('finalized', 'withdrawn')
             union
             select encounter_id from queries where decision in ('draft', 'in-review')
             union
             select encounter_id from outbox where state <> 'confirmed')"""
    ).fetchone()
    return int(row[0])


def unsent(db: Connection, encounter_id: EncounterId) -> bool:
    """Whether the server has yet to confirm something of an encounter."""
    row = db.execute(
        "select exists (select 1 from outbox where encounter_id = ? and state <> 'confirmed')", (encounter_id,)
    ).fetchone()
    return bool(row[0])
