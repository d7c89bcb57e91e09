"""The medications table: drugs ordered and given (written by sync)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workstation.cache.columns import words, words_of
from workstation.domain.encounter import EncounterId, Medication
from workstation.sealed_db import Connection


def replace_all(db: Connection, encounter_id: EncounterId, medications: Iterable[Medication]) -> None:
    db.execute("delete from medications where encounter_id = ?", (encounter_id,))
    db.executemany(
        """insert into medications (encounter_id, position, name, dose, route, frequency, ordered_status, given_at)
           values (?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (encounter_id, at, m.name, m.dose, m.route, m.frequency, m.ordered_status,
             words(given.isoformat() for given in m.given_at))
            for at, m in enumerate(medications)
        ],
    )  # fmt: skip


def of_encounter(db: Connection, encounter_id: EncounterId) -> tuple[Medication, ...]:
    rows = db.execute(
        """select name, dose, route, frequency, ordered_status, given_at from medications
           where encounter_id = ? order by position""",
        (encounter_id,),
    )
    return tuple(
        Medication(name, dose, route, frequency, ordered, tuple(datetime.fromisoformat(at) for at in words_of(given)))
        for name, dose, route, frequency, ordered, given in rows
    )
