"""The observations table: laboratory results and vital signs (written by sync)."""

from __future__ import annotations

from collections.abc import Iterable

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import EncounterId, Result
from workstation.sealed_db import Connection

LAB, VITAL = "lab", "vital"


def replace_all(db: Connection, encounter_id: EncounterId, labs: Iterable[Result], vitals: Iterable[Result]) -> None:
    db.execute("delete from observations where encounter_id = ?", (encounter_id,))
    rows = [(LAB, result) for result in labs] + [(VITAL, result) for result in vitals]
    db.executemany(
        """insert into observations (encounter_id, position, kind, name, value, unit, reference, flag, taken_at, panel,
           source) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (
                encounter_id,
                at,
                kind,
                r.name,
                r.value,
                r.unit,
                r.reference,
                r.flag,
                moment(r.taken_at),
                r.panel,
                r.source,
            )
            for at, (kind, r) in enumerate(rows)
        ],
    )


def of_encounter(db: Connection, encounter_id: EncounterId, kind: str) -> tuple[Result, ...]:
    rows = db.execute(
        """select name, value, unit, reference, flag, taken_at, panel, source from observations
           where encounter_id = ? and kind = ? order by position""",
        (encounter_id, kind),
    )
    return tuple(
        Result(name, value, unit, reference, flag, moment_of(taken), panel, source)
        for name, value, unit, reference, flag, taken, panel, source in rows
    )
