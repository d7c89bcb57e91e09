"""The server's memory of each device's journal: tables beside the resources, read and written by the chain's judge."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workstation.practice.links import Link
from workstation.practice.missing import Missing, Run

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal_devices (
  number INTEGER PRIMARY KEY, installation TEXT NOT NULL UNIQUE, chain INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS journal_sessions (
  device INTEGER NOT NULL, session TEXT NOT NULL, PRIMARY KEY (device, session)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal_chains (
  device INTEGER NOT NULL, chain INTEGER NOT NULL, known INTEGER NOT NULL DEFAULT 0, highest INTEGER NOT NULL DEFAULT 0,
  signed INTEGER NOT NULL DEFAULT 0, covered INTEGER NOT NULL DEFAULT 0, open TEXT NOT NULL DEFAULT '[]',
  announced INTEGER NOT NULL DEFAULT 0, waiting_since REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (device, chain)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal_links (
  device INTEGER NOT NULL, chain INTEGER NOT NULL, seq INTEGER NOT NULL, body_hash BLOB NOT NULL, h BLOB NOT NULL,
  PRIMARY KEY (device, chain, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal_strays (
  device INTEGER NOT NULL, chain INTEGER NOT NULL, seq INTEGER NOT NULL, h BLOB NOT NULL,
  PRIMARY KEY (device, chain, seq, h)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal_checkpoints (
  device INTEGER NOT NULL, chain INTEGER NOT NULL, size INTEGER NOT NULL, head BLOB NOT NULL, body TEXT NOT NULL,
  signature BLOB NOT NULL, checked INTEGER NOT NULL, PRIMARY KEY (device, chain, size)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal_missing (
  device INTEGER NOT NULL, chain INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, since REAL NOT NULL,
  raised INTEGER NOT NULL, PRIMARY KEY (device, chain, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal_flagged (
  device INTEGER NOT NULL, event TEXT NOT NULL, fault TEXT NOT NULL, PRIMARY KEY (device, event, fault)) WITHOUT ROWID;
"""


@dataclass
class ChainState:
    """How far one chain of one device has come."""

    missing: Missing
    highest: int = 0  # the highest entry that came
    signed: int = 0  # the largest size whose signature was checked and holds
    covered: int = 0  # the largest size any checkpoint named, whose `open` counts
    open: frozenset[int] = frozenset()  # acts under way at that size
    announced: int = 0  # the highest entry the head of a request named
    waiting_since: float = 0.0  # since when what was announced has not come


def device_number(db: sqlite3.Connection, installation: str) -> int:
    """A small number for a long name: it stands in every row."""
    db.execute("INSERT OR IGNORE INTO journal_devices (installation) VALUES (?)", (installation,))
    row = db.execute("SELECT number FROM journal_devices WHERE installation = ?", (installation,)).fetchone()
    return int(row[0])


def load_chain(db: sqlite3.Connection, device: int, chain: int) -> ChainState:
    row = db.execute(
        "SELECT known, highest, signed, covered, open, announced, waiting_since FROM journal_chains"
        " WHERE device = ? AND chain = ?",
        (device, chain),
    ).fetchone()
    if row is None:
        return ChainState(Missing(0, ()))
    runs = db.execute(
        "SELECT first, last, since, raised FROM journal_missing WHERE device = ? AND chain = ? ORDER BY first",
        (device, chain),
    )
    missing = Missing(row[0], [Run(first, last, since, bool(raised)) for first, last, since, raised in runs])
    return ChainState(missing, row[1], row[2], row[3], frozenset(json.loads(row[4])), row[5], row[6])


def save_chain(db: sqlite3.Connection, device: int, chain: int, state: ChainState, before: tuple[Run, ...]) -> None:
    db.execute(
        "INSERT OR REPLACE INTO journal_chains"
        " (device, chain, known, highest, signed, covered, open, announced, waiting_since)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(device, chain, state.missing.known, state.highest, state.signed, state.covered),
            *(json.dumps(sorted(state.open)), state.announced, state.waiting_since),
        ),
    )
    if tuple(state.missing.runs) != before:
        db.execute("DELETE FROM journal_missing WHERE device = ? AND chain = ?", (device, chain))
        db.executemany(
            "INSERT INTO journal_missing (device, chain, first, last, since, raised) VALUES (?, ?, ?, ?, ?, ?)",
            [(device, chain, run.first, run.last, run.since, run.raised) for run in state.missing.runs],
        )


def links_at(db: sqlite3.Connection, device: int, chain: int, seqs: Collection[int]) -> dict[int, Link]:
    """The entries held at some places."""
    rows = db.execute(
        "SELECT seq, body_hash, h FROM journal_links WHERE device = ? AND chain = ?"
        " AND seq IN (SELECT value FROM json_each(?))",
        (device, chain, json.dumps(list(seqs))),
    )
    return {row[0]: Link(*row) for row in rows}


def strays_at(db: sqlite3.Connection, device: int, chain: int, seqs: Collection[int]) -> dict[int, set[bytes]]:
    """What came for some places and contradicts what is held there."""
    found: dict[int, set[bytes]] = {}
    rows = db.execute(
        "SELECT seq, h FROM journal_strays WHERE device = ? AND chain = ? AND seq IN (SELECT value FROM json_each(?))",
        (device, chain, json.dumps(list(seqs))),
    )
    for seq, h in rows:
        found.setdefault(seq, set()).add(bytes(h))
    return found


def came_between(db: sqlite3.Connection, device: int, chain: int, after: int, to: int) -> list[int]:
    """Which entries beyond `after` are here, up to `to`."""
    rows = db.execute(
        "SELECT seq FROM journal_links WHERE device = ? AND chain = ? AND seq > ? AND seq <= ? ORDER BY seq",
        (device, chain, after, to),
    )
    return [row[0] for row in rows]


def keep_links(db: sqlite3.Connection, device: int, chain: int, links: Iterable[Link]) -> None:
    db.executemany(
        "INSERT INTO journal_links (device, chain, seq, body_hash, h) VALUES (?, ?, ?, ?, ?)",
        [(device, chain, link.seq, link.body_hash, link.h) for link in links],
    )


def whole_to(db: sqlite3.Connection, device: int, chain: int, state: ChainState) -> int:
    """The last entry before which none is missing, whether or not more is known to exist."""
    seq = state.missing.whole_to
    if state.missing.runs:
        return seq
    for (came,) in db.execute(
        "SELECT seq FROM journal_links WHERE device = ? AND chain = ? AND seq > ? ORDER BY seq", (device, chain, seq)
    ):
        if came != seq + 1:
            break
        seq = came
    return seq
