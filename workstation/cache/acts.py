"""The acts table: which intents were carried out, written with the act itself (by whoever acts)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workstation.sealed_db import Connection


def put(db: Connection, intent_id: str, at: datetime) -> None:
    db.execute("insert or ignore into acts (intent_id, at) values (?, ?)", (intent_id, at.isoformat()))


def done(db: Connection, intent_ids: Iterable[str]) -> frozenset[str]:
    """Those of the intents whose act is in the cache."""
    return frozenset(
        intent for intent in intent_ids if db.execute("select 1 from acts where intent_id = ?", (intent,)).fetchone()
    )


def newest(db: Connection) -> str:
    """The last act carried out here, by the time in its id; empty when there is none."""
    row = db.execute("select max(intent_id) from acts").fetchone()
    return str(row[0] or "")


def forget_before(db: Connection, at: datetime) -> None:
    """Acts settled long ago; the journal has their outcomes."""
    db.execute("delete from acts where at < ?", (at.isoformat(),))
