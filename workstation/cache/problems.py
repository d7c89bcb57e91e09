"""The problems table: the problem list (written by sync)."""

from __future__ import annotations

from collections.abc import Iterable

from workstation.domain.encounter import EncounterId, Problem
from workstation.sealed_db import Connection


def replace_all(db: Connection, encounter_id: EncounterId, problems: Iterable[Problem]) -> None:
    db.execute("delete from problems where encounter_id = ?", (encounter_id,))
    db.executemany(
        "insert into problems (encounter_id, position, text, onset, clinical_status) values (?, ?, ?, ?, ?)",
        [(encounter_id, at, p.text, p.onset, p.clinical_status) for at, p in enumerate(problems)],
    )


def of_encounter(db: Connection, encounter_id: EncounterId) -> tuple[Problem, ...]:
    rows = db.execute(
        "select text, onset, clinical_status from problems where encounter_id = ? order by position", (encounter_id,)
    )
    return tuple(Problem(*row) for row in rows)
