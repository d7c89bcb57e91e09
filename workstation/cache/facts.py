"""The facts table: what sync remembers of its own work, such as the watermark."""

from __future__ import annotations

import json
from collections.abc import Iterable

from workstation.sealed_db import Connection

STALE = "stale"  # encounters of which something changed at the server, until they are fetched: a lock may come between


def put(db: Connection, name: str, value: str) -> None:
    db.execute("insert or replace into facts (name, value) values (?, ?)", (name, value))


def get(db: Connection, name: str) -> str:
    row = db.execute("select value from facts where name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def names(db: Connection, name: str) -> frozenset[str]:
    return frozenset(json.loads(get(db, name) or "[]"))


def add_names(db: Connection, name: str, more: Iterable[str]) -> None:
    put(db, name, json.dumps(sorted(names(db, name) | frozenset(more))))


def drop_name(db: Connection, name: str, one: str) -> None:
    put(db, name, json.dumps(sorted(names(db, name) - {one})))
