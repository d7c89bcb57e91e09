"""A damaged cache is set aside, the coder's work is salvaged from it, and the mirror comes back from the server."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workstation.cache.database import Database
from workstation.errors import CacheDamaged, DiskTrouble
from workstation.sealed_db import Connection, DatabaseError, open_sealed

#: Only the coder's own work: everything else the server still has.
WORK_TABLES = ("work", "summaries", "undo", "drafts", "places", "outbox", "acts", "recent_codes")
_PARTS = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was rescued: (table, columns, rows) in an order that can be put back."""

    tables: tuple[tuple[str, tuple[str, ...], tuple[tuple[Any, ...], ...]], ...] = ()
    aside: Path | None = None

    @property
    def letters(self) -> int:
        """How many unsent letters were rescued."""
        for name, columns, rows in self.tables:
            if name == "outbox":
                at = columns.index("state")
                return sum(row[at] != "confirmed" for row in rows)
        return 0


def open_or_rebuild(path: Path, key: bytearray, now: datetime) -> tuple[Database, Salvage | None]:
    """Open the cache; a damaged one is set aside and replaced by a new one that holds the salvaged work.

    The second value is None when nothing was wrong. Raises CacheTooNew, DiskTrouble.
    """
    try:
        return Database(path, key), None
    except CacheDamaged:
        salvage = _salvage(path, key, now)
    database = Database(path, key)
    try:
        database.write(lambda db: _restore(db, salvage)).result()
    except BaseException:
        database.close()
        raise
    return database, salvage


def _salvage(path: Path, key: bytearray, now: datetime) -> Salvage:
    tables: list[tuple[str, tuple[str, ...], tuple[tuple[Any, ...], ...]]] = []
    try:
        db = open_sealed(path, key)
    except (CacheDamaged, DiskTrouble):
        return Salvage((), _set_aside(path, now))
    try:
        for name in WORK_TABLES:
            columns = _columns(db, name)
            if columns:
                tables.append((name, columns, _rows(db, name, columns)))
    finally:
        db.close()
    return Salvage(tuple(tables), _set_aside(path, now))


def _columns(db: Connection, name: str) -> tuple[str, ...]:
    try:
        return tuple(row[1] for row in db.execute(f"pragma table_info({name})"))
    except DatabaseError:
        return ()


def _rows(db: Connection, name: str, columns: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    """Every row that can still be read, from both ends of the table towards the damage."""
    found: dict[tuple[Any, ...], None] = {}
    listed = ", ".join(columns)
    for order in ("asc", "desc"):
        with suppress(DatabaseError):
            query = f"select {listed} from {name} order by {columns[0]} {order}"  # noqa: S608  our own names
            for row in db.execute(query):
                found[tuple(row)] = None
    at = columns.index("seq") if "seq" in columns else 0
    return tuple(sorted(found, key=lambda row: (str(type(row[at])), row[at])))


def _restore(db: Connection, salvage: Salvage) -> None:
    for name, columns, rows in salvage.tables:
        marks = ", ".join("?" * len(columns))
        statement = f"insert or ignore into {name} ({', '.join(columns)}) values ({marks})"  # noqa: S608  our own names
        for row in rows:
            with suppress(DatabaseError):  # one row that breaks a rule must not cost the others
                db.execute(statement, row)


def _set_aside(path: Path, now: datetime) -> Path:
    """Move the database out of the way, still encrypted, for the organisation to look at."""
    aside = path.with_name(f"{path.stem}.damaged-{now:%Y%m%dT%H%M%S}{path.suffix}")
    try:
        for part in _PARTS:
            source = path.with_name(path.name + part)
            if source.exists():
                source.replace(aside.with_name(aside.name + part))
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None
    return aside
