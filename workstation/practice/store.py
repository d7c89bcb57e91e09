"""The practice server's resources in SQLite: versions, search terms, and changes that happen whole or not at all."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from workstation.practice.params import terms

Resource = dict[str, Any]
T = TypeVar("T")

MOST_KEPT = 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, updated TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0, author TEXT NOT NULL DEFAULT '', body TEXT NOT NULL,
  PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resources_by_time ON resources (kind, updated, id);
CREATE TABLE IF NOT EXISTS terms (
  kind TEXT NOT NULL, param TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (kind, param, value, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS terms_of ON terms (kind, id);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One resource as it is stored now."""

    kind: str
    id: str
    version: int
    updated: str
    deleted: bool
    author: str
    body: Resource

    @property
    def reference(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One condition of a search: any of `values` under `param`; with no values, present or `missing`."""

    param: str
    values: tuple[str, ...] = ()
    missing: bool = False


class Store:
    """One connection under one lock: a practice hospital has few visitors."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._depth = 0
        self._changed: list[tuple[str, str]] = []
        self._turns: dict[str, int] = {}
        self._kept: dict[str, tuple[int, Any]] = {}
        self.listeners: list[Callable[[str, str], None]] = []
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript(_SCHEMA)

    def now(self) -> datetime:
        """What the hospital's clock shows."""
        return self._now()

    def close(self) -> None:
        with self._lock:
            self.db.close()

    @contextlib.contextmanager
    def whole(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is stored together; an exception undoes it. Listeners hear of it afterwards."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self.db.execute("BEGIN IMMEDIATE")
                self._changed = []
            self._depth += 1
            try:
                yield self.db
            except BaseException:
                self._depth -= 1
                if outermost:
                    self.db.execute("ROLLBACK")
                    for kind, _ in self._changed:
                        self._turn(kind)
                raise
            self._depth -= 1
            if not outermost:
                return
            self.db.execute("COMMIT")
            changed = list(dict.fromkeys(self._changed))
        for kind, name in changed:
            for listener in self.listeners:
                listener(kind, name)

    # ---------------------------------------------------------------- resources

    def get(self, kind: str, name: str) -> Held | None:
        """The resource, deleted ones included."""
        with self._lock:
            row = self.db.execute(f"{_ROW} WHERE kind = ? AND id = ?", (kind, name)).fetchone()
        return _held(row) if row else None

    def live(self, reference: str) -> Held | None:
        """The resource behind `Type/id`, None when there is none or no longer."""
        kind, _, name = reference.partition("/")
        found = self.get(kind, name)
        return None if found is None or found.deleted else found

    def put(self, resource: Resource, author: str = "") -> Held:
        """Store the next version of a resource that has an id."""
        kind, name = resource["resourceType"], resource["id"]
        with self.whole() as db:
            before = self.get(kind, name)
            version = before.version + 1 if before else 1
            updated = stamp(self._now())
            meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": updated}
            body = {"resourceType": kind, "id": name, "meta": meta, **_rest(resource)}
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            db.execute(
                "INSERT OR REPLACE INTO resources (kind, id, version, updated, deleted, author, body)"
                " VALUES (?, ?, ?, ?, 0, ?, ?)",
                (kind, name, version, updated, author, text),
            )
            self._index(body, is_new=before is None)
            self._changed.append((kind, name))
            self._turn(kind)
        return Held(kind, name, version, updated, False, author, body)

    def delete(self, kind: str, name: str) -> None:
        with self.whole() as db:
            db.execute(
                "UPDATE resources SET deleted = 1, version = version + 1, updated = ? WHERE kind = ? AND id = ?",
                (stamp(self._now()), kind, name),
            )
            db.execute("DELETE FROM terms WHERE kind = ? AND id = ?", (kind, name))
            self._changed.append((kind, name))
            self._turn(kind)

    def _index(self, body: Resource, *, is_new: bool) -> None:
        kind, name = body["resourceType"], body["id"]
        if not is_new:
            self.db.execute("DELETE FROM terms WHERE kind = ? AND id = ?", (kind, name))
        self.db.executemany(
            "INSERT OR IGNORE INTO terms (kind, param, value, id) VALUES (?, ?, ?, ?)",
            [(kind, param, value, name) for param, value in terms(body)],
        )

    # ---------------------------------------------------------------- search

    def find(
        self,
        kind: str,
        wanted: Sequence[Wanted] = (),
        *,
        ids: tuple[str, ...] = (),
        updated: Sequence[tuple[str, str]] = (),
        after: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int = -1,
    ) -> list[Held]:
        """Resources in the order of their last change; `after` is the (updated, id) of the one before."""
        where, values = ["r.kind = ?", "r.deleted = 0"], [kind]
        source, rest = "resources r", list(wanted)
        first = next((one for one in wanted if one.values), None)
        if first is not None:
            # begin at the few that match, not at every resource of the kind by its time; the + keeps SQLite from
            # taking all terms of the kind in the order of their ids
            marks = ",".join("?" * len(first.values))
            few = f"SELECT DISTINCT +id AS id FROM terms WHERE kind = ? AND param = ? AND value IN ({marks})"  # noqa: S608
            source, values = (
                f"({few}) f CROSS JOIN resources r ON r.id = f.id",
                [kind, first.param, *first.values, kind],
            )
            rest.remove(first)
        for one in rest:
            marks = ",".join("?" * len(one.values))
            within = f" AND t.value IN ({marks})" if one.values else ""
            match = f"SELECT 1 FROM terms t WHERE t.kind = r.kind AND t.param = ? AND t.id = r.id{within}"  # noqa: S608
            where.append(f"{'NOT ' if one.missing else ''}EXISTS ({match})")
            values += [one.param, *one.values]
        if ids:
            where.append(f"r.id IN ({','.join('?' * len(ids))})")
            values += ids
        for operator, moment in updated:
            where.append(f"r.updated {operator} ?")
            values.append(moment)
        direction = "DESC" if newest_first else "ASC"
        if after is not None:
            where.append(f"(r.updated, r.id) {'<' if newest_first else '>'} (?, ?)")
            values += after
        order = f"ORDER BY r.updated {direction}, r.id {direction} LIMIT {int(limit)}"
        sql = f"SELECT {_COLUMNS} FROM {source} WHERE {' AND '.join(where)} {order}"  # noqa: S608  our own words
        with self._lock:
            return [_held(row) for row in self.db.execute(sql, values)]

    def counts(self) -> dict[str, int]:
        """How many live resources there are of each type."""
        sql = "SELECT kind, count(*) FROM resources WHERE deleted = 0 GROUP BY kind ORDER BY kind"
        with self._lock:
            return dict(self.db.execute(sql))

    def kept(self, name: str, kind: str, find: Callable[[], T]) -> T:
        """What `find` answers, remembered until a resource of `kind` changes."""
        with self._lock:
            turn, held = self._kept.get(name, (-1, None))
            if turn == self._turns.get(kind, 0):
                found: T = held
                return found
            found = find()
            if len(self._kept) > MOST_KEPT:
                self._kept.clear()
            self._kept[name] = (self._turns.get(kind, 0), found)
            return found

    def _turn(self, kind: str) -> None:
        self._turns[kind] = self._turns.get(kind, 0) + 1

    # ---------------------------------------------------------------- facts

    def fact(self, name: str, make: Callable[[], str] | None = None) -> str:
        """A remembered word; made once when it is not there yet."""
        with self.whole() as db:
            row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            if row is None and make is not None:
                row = (make(),)
                db.execute("INSERT INTO facts (name, value) VALUES (?, ?)", (name, row[0]))
            return str(row[0]) if row else ""

    def remember(self, name: str, value: str) -> None:
        with self.whole() as db:
            db.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))


def stamp(moment: datetime) -> str:
    """A FHIR instant of fixed length in UTC, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_COLUMNS = "r.kind, r.id, r.version, r.updated, r.deleted, r.author, r.body"
_ROW = f"SELECT {_COLUMNS} FROM resources r"  # noqa: S608  our own words


def _held(row: tuple[Any, ...]) -> Held:
    kind, name, version, updated, deleted, author, body = row
    return Held(kind, name, version, updated, bool(deleted), author, json.loads(body))


def _rest(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in ("resourceType", "id", "meta")}
