"""A durable journal append, chained, authenticated and anchored, beside a bare SQLCipher WAL+FULL commit."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import show
from workstation.domain.audit import Act, Intent, Subject
from workstation.host.clock import SystemClock
from workstation.journal.store import Journal
from workstation.keys.derive import random_key
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed

ROUNDS = 400


def bare(folder: Path) -> list[float]:
    """What no journal can beat: one row, one commit, on the same disk."""
    db = open_sealed(folder / "bare.db", random_key())
    db.execute("create table entries(position integer primary key, body text not null) strict")
    body, spent = "x" * 420, []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        db.execute("begin immediate")
        db.execute("insert into entries(body) values (?)", (body,))
        db.execute("commit")
        spent.append((time.perf_counter() - began) * 1000)
    db.close()
    return spent


def ours(folder: Path) -> list[float]:
    keys = DeviceKeys.throw_away()
    journal = Journal.open(folder / "journal.db", keys, SystemClock())
    subject, spent = Subject("Patient/p1", "Encounter/e1", "DocumentReference/d1", "1"), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        journal.append(Intent(Act.VIEW_DOCUMENT, subject), user="coder1")
        spent.append((time.perf_counter() - began) * 1000)
    journal.close()
    return spent


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours(Path(tempfile.mkdtemp(dir=name)))  # warm
        floors, values = bare(folder), ours(folder)
        show("journal_append", values, floors)


if __name__ == "__main__":
    main()
