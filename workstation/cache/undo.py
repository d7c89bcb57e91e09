"""The undo table: each summary's former states, so that a lock or a crash takes no step back away (by operations)."""

from __future__ import annotations

from workstation.cache.summaries import from_json, to_json
from workstation.domain.coding import CodingSummary
from workstation.domain.encounter import EncounterId
from workstation.sealed_db import Connection

DEEPEST = 200  # steps kept of one encounter


def push(db: Connection, before: CodingSummary) -> None:
    db.execute(
        """insert into undo (encounter_id, position, body)
           select :e, coalesce(max(position), 0) + 1, :body from undo where encounter_id = :e""",
        {"e": before.encounter_id, "body": to_json(before)},
    )
    db.execute(
        """delete from undo where encounter_id = :e
           and position <= (select max(position) from undo where encounter_id = :e) - :deepest""",
        {"e": before.encounter_id, "deepest": DEEPEST},
    )


def pop(db: Connection, encounter_id: EncounterId) -> CodingSummary | None:
    """The state before the last change, taken off the pile; None when there is none."""
    row = db.execute(
        """delete from undo where encounter_id = :e
           and position = (select max(position) from undo where encounter_id = :e) returning body""",
        {"e": encounter_id},
    ).fetchone()
    return from_json(row[0]) if row else None


def depth(db: Connection, encounter_id: EncounterId) -> int:
    return int(db.execute("select count(*) from undo where encounter_id = ?", (encounter_id,)).fetchone()[0])
