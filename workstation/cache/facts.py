"""The facts table: what sync remembers of its own work, such as the watermark."""

from __future__ import annotations

from workstation.sealed_db import Connection


def put(db: Connection, name: str, value: str) -> None:
    db.execute("insert or replace into facts (name, value) values (?, ?)", (name, value))


def get(db: Connection, name: str) -> str:
    row = db.execute("select value from facts where name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""
