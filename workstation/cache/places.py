"""The places table: where the coder was in each encounter (written by operations)."""

from __future__ import annotations

from datetime import datetime

from workstation.domain.encounter import EncounterId
from workstation.sealed_db import Connection


def put(db: Connection, encounter_id: EncounterId, body: str, at: datetime) -> None:
    db.execute(
        "insert or replace into places (encounter_id, body, at) values (?, ?, ?)", (encounter_id, body, at.isoformat())
    )


def get(db: Connection, encounter_id: EncounterId) -> str | None:
    row = db.execute("select body from places where encounter_id = ?", (encounter_id,)).fetchone()
    return str(row[0]) if row else None


def last(db: Connection) -> str | None:
    """Where the coder was last, in an encounter that is still here."""
    row = db.execute(
        "select body from places where encounter_id in (select id from encounters) order by at desc limit 1"
    ).fetchone()
    return str(row[0]) if row else None
