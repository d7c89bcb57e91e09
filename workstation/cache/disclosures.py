"""The log of disclosures: what left for whom, when and why (written by sync as it happens; outlives its encounter)."""

from __future__ import annotations

from workstation.cache.columns import moment, moment_of
from workstation.domain.disclosure import Disclosure
from workstation.domain.encounter import EncounterId
from workstation.domain.queries.query import QueryId
from workstation.sealed_db import Connection

_COLUMNS = (
    "id, query_id, encounter_id, account_number, at, recipient, recipient_name, description, purpose, accountable, note"
)


def put(db: Connection, disclosure: Disclosure) -> None:
    db.execute(
        f"insert or replace into disclosures ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  our own names
        (
            disclosure.id, disclosure.query_id, disclosure.encounter_id, disclosure.account_number,
            moment(disclosure.at), disclosure.recipient, disclosure.recipient_name, disclosure.description,
            disclosure.purpose, int(disclosure.accountable), disclosure.note,
        ),
    )  # fmt: skip


def all_of(db: Connection) -> tuple[Disclosure, ...]:
    """The whole log, newest first."""
    rows = db.execute(f"select {_COLUMNS} from disclosures order by at desc, id desc")  # noqa: S608  our own names
    found = []
    for row in rows:
        name, query_id, encounter_id, account, at, recipient, called, description, purpose, accountable, note = row
        moment_at = moment_of(at)
        if moment_at is None:
            raise ValueError("a disclosure without its time")
        found.append(
            Disclosure(
                name, QueryId(query_id), EncounterId(encounter_id), account, moment_at, recipient, called,
                description, purpose, bool(accountable), note,
            )
        )  # fmt: skip
    return tuple(found)
