"""A cache that cannot be trusted is set aside, the coder's work salvaged from it; the mirror comes back from the server."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from workstation.cache import acts
from workstation.cache.database import Database
from workstation.errors import CacheDamaged, DiskTrouble
from workstation.sealed_db import Connection, DatabaseError
from workstation.wreck import Wreck, read_wreck

#: Only the coder's own work, each table with its key: everything else the server still has.
WORK_TABLES = (
    ("work", ("encounter_id",)),
    ("summaries", ("encounter_id",)),
    ("undo", ("encounter_id", "position")),
    ("drafts", ("encounter_id", "field")),
    ("places", ("encounter_id",)),
    ("reads", ("document_id",)),
    ("acts", ("intent_id",)),
    ("recent_codes", ("system", "value")),
    ("queries", ("id",)),
    ("disclosures", ("id",)),
    ("incidents", ("id",)),
    ("teaching_copies", ("id",)),
)
#: Those with numbered rows: there a lost page costs its own rows alone.
NUMBERED_TABLES = (("outbox", "seq"), ("captures", "rowid"))
_PARTS = ("", "-wal", "-shm")

Table = tuple[str, tuple[str, ...], tuple[tuple[Any, ...], ...]]


class Why(StrEnum):
    """What was the matter with a cache."""

    DAMAGED = "damaged"
    OLDER = "older than the journal"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was rescued: (table, columns, rows) in an order that can be put back."""

    tables: tuple[Table, ...] = ()
    aside: Path | None = None
    why: Why = Why.DAMAGED

    @property
    def letters(self) -> int:
        """How many unsent letters were rescued."""
        for name, columns, rows in self.tables:
            if name == "outbox":
                at = columns.index("state")
                return sum(row[at] != "confirmed" for row in rows)
        return 0

    def __str__(self) -> str:
        """For the journal: counts alone."""
        return f"{self.why.value}: {self.letters} unsent letters rescued"


def open_or_rebuild(
    path: Path, key: bytearray, now: datetime, *, must_hold: str = ""
) -> tuple[Database, Salvage | None]:
    """Open the cache; one that cannot be trusted is set aside and replaced by a new one that holds the salvaged work.

    `must_hold` is the last act the journal knows to be done here: a cache without it was put back to an earlier
    state, or taken away. The second value is None when nothing was wrong. Raises CacheTooNew, DiskTrouble.
    """
    rebuilt = path.with_name(f"{path.stem}.rebuilt{path.suffix}")
    if not path.exists() and rebuilt.exists():
        _adopt(rebuilt, path)  # the program ended between setting the old one aside and this
    was_there = path.exists()
    try:
        database = Database(path, key)
    except CacheDamaged:
        return _rebuild(path, rebuilt, key, now, Why.DAMAGED, must_hold)
    if not must_hold or database.read(lambda db: acts.done(db, [must_hold])).result():
        return database, None
    if not was_there:
        database.write(lambda db: acts.put(db, must_hold, now)).result()
        return database, Salvage((), None, Why.GONE)
    database.close()
    return _rebuild(path, rebuilt, key, now, Why.OLDER, must_hold)


def _rebuild(
    path: Path, rebuilt: Path, key: bytearray, now: datetime, why: Why, must_hold: str
) -> tuple[Database, Salvage]:
    """The new cache is whole before the old one leaves its place: a crash at any step loses nothing."""
    for part in _files(rebuilt):
        part.unlink(missing_ok=True)
    salvage = _salvage(path, key)
    beside = Database(rebuilt, key)
    try:
        beside.write(lambda db: _restore(db, salvage.tables)).result()
        if must_hold:
            beside.write(lambda db: acts.put(db, must_hold, now)).result()
    finally:
        beside.close()
    aside = _set_aside(path, now)
    _adopt(rebuilt, path)
    return Database(path, key), replace(salvage, aside=aside, why=why)


def _salvage(path: Path, key: bytearray) -> Salvage:
    tables: list[Table] = []

    def read(wreck: Wreck) -> None:
        for name, number in NUMBERED_TABLES:
            columns = wreck.columns(name)
            if columns:
                tables.append((name, columns, tuple(wreck.numbered(name, number, columns))))
        for name, keys in WORK_TABLES:
            columns = wreck.columns(name)
            if columns:
                tables.append((name, columns, tuple(wreck.named(name, keys, columns))))

    read_wreck(path, key, read)
    return Salvage(tuple(tables))


def _restore(db: Connection, tables: tuple[Table, ...]) -> None:
    for name, columns, rows in tables:
        marks = ", ".join("?" * len(columns))
        statement = f"insert or ignore into {name} ({', '.join(columns)}) values ({marks})"  # noqa: S608  our own names
        for row in rows:
            with suppress(DatabaseError):  # one row that breaks a rule must not cost the others
                db.execute(statement, row)


def _files(path: Path) -> list[Path]:
    """A database, what SQLite keeps beside it, and its mark."""
    return [*(path.with_name(path.name + part) for part in _PARTS), path.with_suffix(".mark")]


def _set_aside(path: Path, now: datetime) -> Path:
    """Move the database out of the way, still encrypted, for the organisation to look at."""
    aside = path.with_name(f"{path.stem}.damaged-{now:%Y%m%dT%H%M%S}{path.suffix}")
    try:
        for source, target in zip(_files(path), _files(aside), strict=True):
            if source.exists():
                source.replace(target)
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None
    return aside


def _adopt(rebuilt: Path, path: Path) -> None:
    """The new cache takes its place, the database before its mark; nothing of the old one may be taken for its own."""
    try:
        for left_over in _files(path)[1:]:
            left_over.unlink(missing_ok=True)
        for source, target in zip(_files(rebuilt), _files(path), strict=True):
            if source.exists():
                source.replace(target)
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None
