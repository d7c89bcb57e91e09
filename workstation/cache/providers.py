"""The providers table: who took part in an encounter (written by sync)."""

from __future__ import annotations

from collections.abc import Iterable

from workstation.domain.encounter import EncounterId, Provider, ProviderId
from workstation.sealed_db import Connection


def replace_all(db: Connection, encounter_id: EncounterId, providers: Iterable[Provider]) -> None:
    db.execute("delete from providers where encounter_id = ?", (encounter_id,))
    db.executemany(
        """insert or replace into providers (encounter_id, id, position, name, credential, role)
           values (?, ?, ?, ?, ?, ?)""",
        [(encounter_id, p.id, at, p.name, p.credential, p.role) for at, p in enumerate(providers)],
    )


def of_encounter(db: Connection, encounter_id: EncounterId) -> tuple[Provider, ...]:
    rows = db.execute(
        "select id, name, credential, role from providers where encounter_id = ? order by position", (encounter_id,)
    )
    return tuple(Provider(ProviderId(row[0]), *row[1:]) for row in rows)
