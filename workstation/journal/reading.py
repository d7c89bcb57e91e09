"""Reading the journal: what is open, what waits to be sent, a coder's own trail, what a cache must have."""

from __future__ import annotations

import json
from typing import Any

from workstation.domain.audit import KEPT_IN_CACHE, Act, Outcome
from workstation.domain.trail import AuditSend, JournalEntry, Phase
from workstation.errors import AuditUnavailable
from workstation.ids import moment_of
from workstation.journal.rows import checkpoint_from, coder_from, entry_from
from workstation.sealed_db import Connection, DatabaseError

_NO_ENTRY = (ValueError, KeyError, TypeError)  # what a row raises that somebody wrote over
_LOOKED_BACK = 2_000  # entries of a coder among which their last act is looked for


def open_intents(connection: Connection) -> tuple[JournalEntry, ...]:
    """Acts without an outcome: under way, or cut short by a crash and to be settled at the next start."""
    rows = connection.execute(
        "select position, chain, seq, body, h from entries "
        "where position in (select position from open_intents) order by position"
    )
    return tuple(entry_from(row) for row in rows)


def under_way(connection: Connection, chain: int) -> list[int]:
    """The numbers of a chain's open intents, as a checkpoint names them. Raises AuditUnavailable."""
    try:
        rows = connection.execute(
            "select seq from entries where position in (select position from open_intents) and chain = ? order by seq",
            (chain,),
        ).fetchall()
    except DatabaseError:
        raise AuditUnavailable("It cannot be read.") from None
    return [row[0] for row in rows]


def unsent(connection: Connection, limit: int = 100) -> tuple[AuditSend, ...]:
    """Events the server has not confirmed, oldest first."""
    rows = connection.execute(
        "select id from uploads where acknowledged_at is null order by position limit ?", (limit,)
    ).fetchall()
    return tuple(_send_of(connection, row[0]) for row in rows)


def counts(connection: Connection) -> tuple[int, int]:
    """(waiting, acknowledged) events."""
    waiting, acknowledged = connection.execute(
        "select (select count(*) from uploads where acknowledged_at is null), (select acknowledged from totals)"
    ).fetchone()
    return waiting, acknowledged


def unreadable(connection: Connection) -> tuple[str, ...]:
    """Events that wait or are open and whose entries say nothing any more: somebody wrote over them."""
    waiting = connection.execute(
        "select id from uploads where acknowledged_at is null union select id from open_intents"
    ).fetchall()
    found = []
    for (event_id,) in waiting:
        try:
            whole = _both(connection, event_id)[0] is not None
        except _NO_ENTRY:
            whole = False
        if not whole:
            found.append(event_id)
    return tuple(found)


def _legible(row: tuple[Any, ...]) -> JournalEntry | None:
    try:
        return entry_from(row)
    except _NO_ENTRY:
        return None


def newest_done(connection: Connection, user: str) -> str:
    """The last act of a coder that their cache has kept, since the cache began; empty when there is none."""
    rows = connection.execute(
        "select position, chain, seq, body, h from "
        "(select * from entries where user = ? order by position desc limit ?) where phase = 'outcome'",
        (user, _LOOKED_BACK),
    )
    for entry in map(_legible, rows):
        if entry is None or entry.outcome is not Outcome.DONE:
            continue
        if entry.act is Act.ENROL:
            return ""
        if entry.act in KEPT_IN_CACHE:
            return entry.id
    return ""


def is_missed(connection: Connection, intent_id: str) -> bool:
    """Whether a cache holds an act that this journal should know and does not: it was put back to an earlier state.

    An act older than the journal's first entry is of a journal set aside, or was deleted by retention.
    """
    known = connection.execute(
        "select 1 from entries where id = ?1 union all select 1 from salvaged where id = ?1", (intent_id,)
    ).fetchone()
    if known is not None:
        return False
    first = connection.execute("select json_extract(body, '$.time') from entries order by position limit 1").fetchone()
    return first is not None and moment_of(intent_id) > float(first[0] or 0)


def page(connection: Connection, user: str, before: int | None = None, limit: int = 200) -> tuple[JournalEntry, ...]:
    """A coder's own entries, newest first; `before` is the last page's smallest position."""
    rows = connection.execute(
        "select position, chain, seq, body, h from entries where user = ? and position < ? "
        "order by position desc limit ?",
        (user, before if before is not None else 1 << 62, limit),
    )
    return tuple(entry for row in rows if (entry := _legible(row)) is not None)


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


def _both(connection: Connection, intent_id: str) -> tuple[JournalEntry | None, JournalEntry | None]:
    """Intent and outcome; of this journal, or of one set aside."""
    intent = entry_of(connection, intent_id, Phase.INTENT)
    if intent is not None:
        return intent, entry_of(connection, intent_id, Phase.OUTCOME)
    rows = connection.execute(
        "select 0, chain, seq, body, h from salvaged where id = ? order by phase", (intent_id,)
    ).fetchall()
    found = {entry.phase: entry for entry in map(entry_from, rows)}
    return found.get(Phase.INTENT), found.get(Phase.OUTCOME)


def _send_of(connection: Connection, intent_id: str) -> AuditSend:
    intent, outcome = _both(connection, intent_id)
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
