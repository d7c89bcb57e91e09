"""A device's journal and a coder's cache as files, for tests that damage, cut off, put back and kill."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.desks import E1, KEY, NOW, Bench, open_bench, put_chart
from workstation.cache import acts, drafts, outbox
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.host.clock import SystemClock
from workstation.journal import schema
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import Connection, DatabaseError, open_sealed

CODER = "coder1"
PAGE = 4096
VIEW = Intent(Act.VIEW_DOCUMENT, Subject("Patient/p1", "Encounter/e1", "DocumentReference/d1", "1"))
DECISION = Intent(Act.CODE_ADD, Subject("Patient/p1", "Encounter/e1"))


class FileKeyring:
    """A keyring in one file, so that it outlives a process that is killed and can be put back like any file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _all(self) -> dict[str, str]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._all(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        self._write({name: value for name, value in self._all().items() if name != f"{service}/{username}"})

    def _write(self, kept: dict[str, str]) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(kept))
        os.replace(beside, self._path)


@dataclass(frozen=True)
class Device:
    """One folder: `guard/` with the device's key files, `keyring`, the journal, and the cache."""

    root: Path

    @property
    def journal_path(self) -> Path:
        return self.root / "journal.db"

    @property
    def cache_path(self) -> Path:
        return self.root / "cache.db"

    def keys(self) -> DeviceKeys:
        (self.root / "guard").mkdir(parents=True, exist_ok=True)
        return DeviceKeys.open(self.root / "guard", FileKeyring(self.root / "keyring"))

    def journal(self) -> Journal:
        return Journal.open(self.journal_path, self.keys(), SystemClock())

    def copy(self, to: Path) -> Device:
        """All files as they lie on the disk now, as a crash or somebody's backup finds them."""
        shutil.copytree(self.root, to)
        return Device(to)

    def put_back(self, older: Device, *, journal: bool = False, cache: bool = False, keyring: bool = False) -> None:
        for name, wanted in (("journal", journal), ("cache", cache), ("keyring", keyring)):
            if wanted:
                for file in self.root.glob(f"{name}*"):
                    file.unlink()
                for file in older.root.glob(f"{name}*"):
                    shutil.copy(file, self.root / file.name)


def audited(journal: Journal, count: int) -> list[str]:
    """Events by turns: a decision with its outcome, then two views."""
    ids = []
    for number in range(count):
        entry = journal.append(DECISION if number % 3 == 0 else VIEW, user=CODER)
        if number % 3 == 0:
            journal.outcome(entry.id, Outcome.DONE)
        ids.append(entry.id)
    return ids


def as_first_made(path: Path, key: bytearray) -> None:
    """Write a journal anew with the tables of their first version, and what they held."""
    first = path.with_name("first.db")
    old, new = open_sealed(path, key, read_only=True), open_sealed(first, key)
    for statement in schema.STEPS[0]:
        new.execute(statement)
    for (table,) in new.execute("select name from sqlite_master where type = 'table'").fetchall():
        columns = [row[1] for row in new.execute(f"pragma table_info({table})")]
        for row in old.execute(f"select {', '.join(columns)} from {table}"):
            new.execute(f"insert into {table} values ({', '.join('?' * len(columns))})", tuple(row))
    new.execute("pragma user_version = 1")
    old.close()
    new.close()
    first.replace(path)


def failures(journal: Journal) -> list[str]:
    """What the journal says went wrong with the audit."""
    entries = journal.page("", limit=1000)
    return [one.reason for one in entries if one.act is Act.AUDIT_FAILURE and one.outcome is None]


def worked_cache(path: Path, letters: int, first: int = 0) -> tuple[Bench, list[str], list[str]]:
    """A cache with a chart and a coder's work: letters to send and drafts, each kept in a transaction of its own."""
    bench = open_bench(path)
    if not first:
        put_chart(bench)
    sent, typed = [], []
    for number in range(first, first + letters):
        letter, draft = f"letter-{number:04}", f"e{number:04}"

        def write(db: Connection, number: int = number, letter: str = letter, draft: str = draft) -> None:
            body = json.dumps({"note": "kept " * 60, "number": number})
            outbox.put(db, letter, outbox.Letter.TASK, E1, "t1", "1", "{}", body, NOW)
            drafts.put(db, draft, "comment", f"typed {number} " * 20, NOW)
            acts.put(db, f"act-{number:04}", NOW)

        bench.desk.db.write(write).result()
        sent.append(letter)
        typed.append(draft)
    return bench, sent, typed


def readable(path: Path, key: bytes | bytearray, query: str, values: list[tuple[object, ...]]) -> set[int]:
    """Which of some single-row questions a damaged file still answers, each asked of a file opened anew after a failure."""
    found: set[int] = set()
    try:
        db = open_sealed(path, bytearray(key), read_only=True)
    except Exception:  # noqa: BLE001  it does not open: nothing is readable
        return found
    for number, value in enumerate(values):
        try:
            if db.execute(query, value).fetchone() is not None:
                found.add(number)
        except DatabaseError:
            db.close()
            db = open_sealed(path, bytearray(key), read_only=True)
    db.close()
    return found


__all__ = ["CODER", "DECISION", "E1", "KEY", "NOW", "PAGE", "VIEW", "Device", "FileKeyring"]
