"""The coverage table: who pays for an encounter (written by sync)."""

from __future__ import annotations

from workstation.domain.encounter import EncounterId
from workstation.sealed_db import Connection


def put(db: Connection, encounter_id: EncounterId, reference: str, name: str) -> None:
    db.execute(
        "insert or replace into coverage (encounter_id, reference, name) values (?, ?, ?)",
        (encounter_id, reference, name),
    )


def get(db: Connection, encounter_id: EncounterId) -> tuple[str, str]:
    """Reference and name; both empty when not known."""
    row = db.execute("select reference, name from coverage where encounter_id = ?", (encounter_id,)).fetchone()
    return (row[0], row[1]) if row else ("", "")
