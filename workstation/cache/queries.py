"""The queries table: provider queries as the coder wrote and decided them (by operations)."""

from __future__ import annotations

from datetime import datetime

from workstation.cache import query_mirror
from workstation.cache.columns import moment
from workstation.cache.query_json import query_json, query_of, standing_json, standing_of, theirs_of
from workstation.domain.encounter import EncounterId
from workstation.domain.queries.life import Decision, QueryFile, Standing, Theirs
from workstation.domain.queries.query import ProviderQuery, QueryId
from workstation.sealed_db import Connection

_FILES = """select q.body, q.standing, m.body from queries q left join query_mirror m on m.query_id = q.id"""


def put(db: Connection, query: ProviderQuery, standing: Standing, at: datetime) -> None:
    """Keep a query as it stands now."""
    db.execute(
        """insert or replace into queries (id, encounter_id, decision, body, standing, changed_at)
           values (?, ?, ?, ?, ?, ?)""",
        (
            query.id, query.encounter_id, standing.decision.value, query_json(query), standing_json(standing),
            moment(at),
        ),
    )  # fmt: skip


def get(db: Connection, query_id: QueryId) -> QueryFile | None:
    row = db.execute(f"{_FILES} where q.id = ?", (query_id,)).fetchone()
    return _file(*row) if row else None


def of_encounter(db: Connection, encounter_id: EncounterId) -> tuple[QueryFile, ...]:
    """All queries of an encounter, oldest first: ids sort by time."""
    rows = db.execute(f"{_FILES} where q.encounter_id = ? order by q.id", (encounter_id,))
    return tuple(_file(*row) for row in rows)


def all_of(db: Connection) -> tuple[QueryFile, ...]:
    """Every query on this device, newest first."""
    return tuple(_file(*row) for row in db.execute(f"{_FILES} order by q.id desc"))


def decided(db: Connection, *decisions: Decision) -> tuple[QueryFile, ...]:
    """The queries that stand at one of some decisions, oldest first."""
    marks = ", ".join("?" for _ in decisions)
    rows = db.execute(
        f"{_FILES} where q.decision in ({marks}) order by q.id",
        tuple(decision.value for decision in decisions),
    )
    return tuple(_file(*row) for row in rows)


def drop(db: Connection, query_id: QueryId) -> None:
    """Throw a draft away."""
    db.execute("delete from queries where id = ?", (query_id,))


def forget(db: Connection, encounter_id: EncounterId) -> None:
    """Take an encounter's queries away with it; the log of disclosures stays."""
    db.execute("delete from queries where encounter_id = ?", (encounter_id,))
    query_mirror.forget(db, encounter_id)


def _file(body: str, standing: str, theirs: str | None) -> QueryFile:
    return QueryFile(query_of(body), standing_of(standing), theirs_of(theirs) if theirs else Theirs())
