"""The drafts table: what is being typed, kept at every keystroke (written by operations)."""

from __future__ import annotations

from datetime import datetime

from workstation.domain.encounter import EncounterId
from workstation.sealed_db import Connection


def put(db: Connection, encounter_id: EncounterId, field: str, text: str, at: datetime) -> None:
    """Keep the text of one field; an empty text forgets it."""
    if text:
        db.execute(
            "insert or replace into drafts (encounter_id, field, body, kept_at) values (?, ?, ?, ?)",
            (encounter_id, field, text, at.isoformat()),
        )
    else:
        db.execute("delete from drafts where encounter_id = ? and field = ?", (encounter_id, field))


def of_encounter(db: Connection, encounter_id: EncounterId) -> dict[str, str]:
    rows = db.execute("select field, body from drafts where encounter_id = ? order by field", (encounter_id,))
    return dict(rows)
