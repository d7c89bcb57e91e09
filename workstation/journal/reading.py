"""Reading the journal: what is open, what waits to be sent, a coder's own trail, what a cache must have."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.audit import KEPT_IN_CACHE, Act, Outcome
from workstation.domain.trail import AuditSend, Checkpoint, JournalEntry, Phase
from workstation.errors import AuditUnavailable
from workstation.ids import moment_of
from workstation.journal.rows import coder_from, entry_from
from workstation.sealed_db import Connection, DatabaseError

_NO_ENTRY = (ValueError, KeyError, TypeError)  # what a row raises that somebody wrote over
_LOOKED_BACK = 2_000  # entries of a coder among which their last act is looked for


def open_intents(connection: Connection) -> tuple[JournalEntry, ...]:
    """Acts without an outcome: under way, or cut short by a crash and to be settled at the next start."""
    rows = connection.execute(
        "select position, chain, seq, cast(body as blob), h from entries "
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
    return sends_of(connection, [row[0] for row in rows])


def counts(connection: Connection) -> tuple[int, int]:
    """(waiting, acknowledged) events."""
    waiting, acknowledged = connection.execute(
        "select (select waiting from ratchet), (select acknowledged from totals)"
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
        "select position, chain, seq, cast(body as blob), h from "
        "(select e.* from trail t join entries e on e.position = t.position where t.user = ? "
        "order by t.position desc limit ?) where phase = 'outcome' order by position desc",
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
        "select e.position, e.chain, e.seq, cast(e.body as blob), e.h from trail t join entries e on e.position = t.position "
        "where t.user = ? and t.position < ? order by t.position desc limit ?",
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
            "select position, chain, seq, cast(body as blob), h from entries where id = ? and phase = ?",
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
        "select 0, chain, seq, cast(body as blob), h from salvaged where id = ? order by phase", (intent_id,)
    ).fetchall()
    found = {entry.phase: entry for entry in map(entry_from, rows)}
    return found.get(Phase.INTENT), found.get(Phase.OUTCOME)


def sends_of(connection: Connection, ids: list[str]) -> tuple[AuditSend, ...]:
    """Events as they are sent, in the order asked for: a few statements however many they are. Raises AuditUnavailable."""
    found = {(entry.id, entry.phase): entry for entry in _entries(connection, ids)}
    both = [
        (found[name, Phase.INTENT], found.get((name, Phase.OUTCOME)))
        if (name, Phase.INTENT) in found
        else _both(connection, name)
        for name in ids
    ]
    coders = _coders(connection)
    sends = []
    for intent, outcome in both:
        if intent is None:
            raise AuditUnavailable("An entry that waits to be sent is gone.")
        sends.append((intent, outcome))
    signed = _signatures(connection, [outcome or intent for intent, outcome in sends])
    return tuple(
        AuditSend(intent.id, intent, outcome, coders.get(intent.user), checkpoint)
        for (intent, outcome), checkpoint in zip(sends, signed, strict=True)
    )


def _entries(connection: Connection, ids: list[str]) -> Iterator[JournalEntry]:
    try:
        rows = connection.execute(
            "select position, chain, seq, cast(body as blob), h from entries where id in (select value from json_each(?))",
            (json.dumps(ids),),
        ).fetchall()
    except DatabaseError:
        raise AuditUnavailable("It cannot be read.") from None
    return map(entry_from, rows)


def _coders(connection: Connection) -> dict[str, Coder]:
    rows = connection.execute("select user, practitioner_id, name, credential, roles from coders").fetchall()
    return {row[0]: coder for row in rows if (coder := coder_from(row)) is not None}


def _signatures(connection: Connection, last: list[JournalEntry]) -> list[Checkpoint | None]:
    """For each entry the first signature that covers it."""
    held: dict[int, list[Checkpoint]] = {}
    for chain in {entry.chain for entry in last}:
        seqs = [entry.seq for entry in last if entry.chain == chain]
        rows = connection.execute(
            "select chain, size, head, body, signature from checkpoints where chain = ?1 and size >= ?2 and size <= "
            "coalesce((select min(size) from checkpoints where chain = ?1 and size >= ?3), ?3) order by size",
            (chain, min(seqs), max(seqs)),
        ).fetchall()
        held[chain] = [Checkpoint(*row) for row in rows]
    found: list[Checkpoint | None] = []
    for entry in last:
        at = bisect_left(held[entry.chain], entry.seq, key=lambda checkpoint: checkpoint.size)
        found.append(held[entry.chain][at] if at < len(held[entry.chain]) else None)
    return found


def keep_receipt(connection: Connection, now: float, jws: str) -> int:
    """Inside a transaction: the number under which a receipt lies."""
    row = connection.execute("insert into receipts(taken_at, jws) values (?, ?) returning number", (now, jws))
    return int(row.fetchone()[0])


def hash_at(connection: Connection, chain: int, seq: int) -> bytes | None:
    row = connection.execute(
        "select h from entries where chain = ?1 and seq = ?2 "
        "union all select h from salvaged where chain = ?1 and seq = ?2",
        (chain, seq),
    ).fetchone()
    return None if row is None else bytes(row[0])
