"""The recent_codes table: what this coder assigned lately, for the encoder's empty field (written by operations)."""

from __future__ import annotations

from datetime import datetime

from workstation.domain.codes import Code, CodeSystem
from workstation.sealed_db import Connection

KEPT = 200


def put(db: Connection, code: Code, title: str, at: datetime) -> None:
    db.execute(
        """insert into recent_codes (system, value, title, used_at, uses) values (?, ?, ?, ?, 1)
           on conflict (system, value) do update
           set title = excluded.title, used_at = excluded.used_at, uses = uses + 1""",
        (code.system.value, code.value, title, at.isoformat()),
    )
    db.execute(
        """delete from recent_codes where (system, value) not in
           (select system, value from recent_codes order by used_at desc limit ?)""",
        (KEPT,),
    )


def latest(db: Connection, limit: int = 20) -> tuple[tuple[Code, str], ...]:
    rows = db.execute("select system, value, title from recent_codes order by used_at desc, value limit ?", (limit,))
    return tuple((Code(CodeSystem(system), value), title) for system, value, title in rows)


def used_since(db: Connection, since: datetime) -> tuple[tuple[Code, int], ...]:
    """(code, how often) of what was used since a moment."""
    rows = db.execute("select system, value, used_at, uses from recent_codes order by value")
    return tuple(
        (Code(CodeSystem(system), value), uses)
        for system, value, used_at, uses in rows
        if datetime.fromisoformat(used_at) >= since
    )
