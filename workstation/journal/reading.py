"""Reading the journal: what is open, what waits to be sent, a coder's own trail."""

from __future__ import annotations

import json

from workstation.domain.trail import AuditSend, JournalEntry, Phase
from workstation.errors import AuditUnavailable
from workstation.journal.rows import checkpoint_from, coder_from, entry_from
from workstation.sealed_db import Connection, DatabaseError


def open_intents(connection: Connection) -> tuple[JournalEntry, ...]:
    """Acts without an outcome: under way, or cut short by a crash and to be settled at the next start."""
    rows = connection.execute(
        "select position, chain, seq, body, h from entries "
        "where position in (select position from open_intents) order by position"
    )
    return tuple(entry_from(row) for row in rows)


def unsent(connection: Connection, limit: int = 100) -> tuple[AuditSend, ...]:
    """Events the server has not confirmed, oldest first."""
    rows = connection.execute(
        "select id from uploads where acknowledged_at is null order by position limit ?", (limit,)
    ).fetchall()
    return tuple(_send_of(connection, row[0]) for row in rows)


def counts(connection: Connection) -> tuple[int, int]:
    """(waiting, acknowledged) events."""
    waiting, acknowledged = connection.execute(
        "select count(*) filter (where acknowledged_at is null), count(acknowledged_at) from uploads"
    ).fetchone()
    return waiting, acknowledged


def page(connection: Connection, user: str, before: int | None = None, limit: int = 200) -> tuple[JournalEntry, ...]:
    """A coder's own entries, newest first; `before` is the last page's smallest position."""
    rows = connection.execute(
        "select position, chain, seq, body, h from entries where user = ? and position < ? "
        "order by position desc limit ?",
        (user, before if before is not None else 1 << 62, limit),
    )
    return tuple(entry_from(row) for row in rows)


def acknowledged(connection: Connection, ids: tuple[str, ...]) -> frozenset[str]:
    """Those of some events the server has confirmed."""
    rows = connection.execute(
        "select id from uploads where acknowledged_at is not null "
        "and id in (select value from json_each(?)) order by id",
        (json.dumps(ids),),
    )
    return frozenset(row[0] for row in rows)


def entry_of(connection: Connection, intent_id: str, phase: Phase) -> JournalEntry | None:
    try:
        row = connection.execute(
            "select position, chain, seq, body, h from entries where id = ? and phase = ?",
            (intent_id, phase.value),
        ).fetchone()
    except DatabaseError:
        raise AuditUnavailable("It cannot be read.") from None
    return None if row is None else entry_from(row)


def _send_of(connection: Connection, intent_id: str) -> AuditSend:
    intent, outcome = (
        entry_of(connection, intent_id, Phase.INTENT),
        entry_of(connection, intent_id, Phase.OUTCOME),
    )
    if intent is None:
        raise AuditUnavailable("An entry that waits to be sent is gone.")
    last = outcome or intent
    signed = connection.execute(
        "select chain, size, head, body, signature from checkpoints where chain = ? and size >= ? "
        "order by size limit 1",
        (last.chain, last.seq),
    ).fetchone()
    coder = connection.execute(
        "select user, practitioner_id, name, credential, roles from coders where user = ?",
        (intent.user,),
    ).fetchone()
    return AuditSend(intent.id, intent, outcome, coder_from(coder), checkpoint_from(signed))
