"""`kill -9` while decisions, keystrokes and audit events are written, and at each step of a migration: nothing kept is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desks import KEY, NOW
from tests.faults.conftest import Times
from tests.faults.kept_files import CODER, Device, as_first_made, audited, failures, worked_cache
from tests.faults.tally import Row, counted
from workstation.cache import acts, drafts
from workstation.cache.migrations import STEPS as CACHE_STEPS
from workstation.cache.quarantine import open_or_rebuild
from workstation.domain.audit import Outcome
from workstation.journal.schema import STEPS as JOURNAL_STEPS
from workstation.operations import audit
from workstation.sealed_db import open_sealed

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """A process that has everything imported and forks whoever is to be killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying_writer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, words: str) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        self.before_pid: list[str] = []
        while not (line := self._line()).startswith("pid "):
            self.before_pid.append(line)
        return int(line.split()[1])

    def until(self, words: str) -> list[str]:
        """What it says up to a line."""
        said = self.before_pid
        self.before_pid = []
        while words not in said:
            said.append(self._line())
        return said

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery has ended"
        return line.strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def integrity(path: Path, key: bytearray) -> str:
    db = open_sealed(path, key, read_only=True)
    try:
        return str(db.execute("pragma integrity_check").fetchone()[0])
    finally:
        db.close()


def settle(device: Device, decisions: list[str], typed: int, row: Row) -> None:
    """The next start: what was said to be kept is there, once; what was cut off is settled by what the cache holds."""
    journal = device.journal()
    assert journal.findings == ()
    assert failures(journal) == []
    assert integrity(device.journal_path, device.keys().journal_key()) == "ok"
    cache, salvage = open_or_rebuild(device.cache_path, bytearray(KEY), NOW, must_hold=journal.newest_done(CODER))
    assert salvage is None
    assert integrity(device.cache_path, bytearray(KEY)) == "ok"
    done = cache.read(lambda db: acts.done(db, decisions)).result()
    letters = [name for (name,) in cache.read(lambda db: db.execute("select id from outbox").fetchall()).result()]
    row.losses += len(set(decisions) - done) + len({f"letter-{one}" for one in decisions} - set(letters))
    row.duplicates += len(letters) - len(set(letters))
    row.losses += max(typed - len(cache.read(lambda db: drafts.of_encounter(db, "e1").get("comment", "")).result()), 0)
    newest = cache.read(acts.newest).result()
    assert not newest or not journal.misses(newest)
    open_ones = [one.id for one in journal.open_intents()]
    for intent_id, outcome in audit.settle(cache, open_ones).result().items():
        journal.outcome(intent_id, outcome, "settled at the next unlock")
        assert outcome is Outcome.DONE or f"letter-{intent_id}" not in letters
    recorded = {entry.id for entry in journal.page(CODER, limit=100_000)}
    row.losses += len(set(decisions) - recorded)
    sent = [send.id for send in journal.unsent(100_000)]
    row.losses += len(set(decisions) - set(sent))
    row.duplicates += len(sent) - len(set(sent))
    assert journal.verify()
    cache.close()
    journal.close()


def test_a_kill_at_any_moment_loses_nothing_that_was_kept(nursery: Nursery, tmp_path: Path, times: Times) -> None:
    """The same device is killed again and again, and begun anew before it has grown old."""
    chance = random.Random(20261201)
    with counted("kill -9 while decisions, keystrokes and audit events are written") as row:
        for turn in range(times(300)):
            if turn % 12 == 0:
                device, decisions, typed = Device(tmp_path / f"device-{turn}"), list[str](), 0
                device.root.mkdir()
            pid = nursery.begin(f"write {device.root}")
            if chance.random() < 0.9:
                nursery.before_pid = nursery.until("at work")
            time.sleep(chance.random() * 0.15)
            os.kill(pid, signal.SIGKILL)
            for line in nursery.until("dead"):
                match line.split():
                    case ["kept", "decision", intent_id]:
                        decisions.append(intent_id)
                    case ["kept", "typed", number]:
                        typed = int(number)
            row.tries += 1
            settle(device, decisions, typed, row)
            row.seen += 1
            if turn % 12 == 11:
                shutil.rmtree(device.root)


# ------------------------------------------------------------------ migrations


def first_journal(device: Device) -> list[str]:
    """A journal as the first version of its tables has it."""
    journal = device.journal()
    ids = audited(journal, 12)
    journal.acknowledge(tuple(ids[:5]), "201")
    journal.close()
    as_first_made(device.journal_path, device.keys().journal_key())
    return ids


def first_cache(device: Device) -> None:
    """A cache as the first version of its tables has it, with a coder's work in it."""
    db = open_sealed(device.cache_path, bytearray(KEY))
    for statement in CACHE_STEPS[0]:
        db.execute(statement)
    db.execute("insert into drafts values ('e1', 'comment', 'half a thought', '2026-11-24T14:00:00+00:00')")
    db.execute("pragma user_version = 1")
    db.close()


def killed_at_each_step(nursery: Nursery, what: str, make: Device, to: Path) -> Iterator[tuple[Device, int]]:
    """Each step once, on a copy of its own, until a migration comes to its end."""
    for step in range(1000):
        device = make.copy(to / f"{what}-{step}")
        nursery.begin(f"{what} {device.root} {step}")
        said = nursery.until("dead")
        if any(line.startswith("steps ") for line in said):
            assert f"steps {step}" in said
            return
        yield device, step
    raise AssertionError("it never ends")


def test_a_journals_migration_killed_at_any_step_begins_anew(nursery: Nursery, tmp_path: Path, times: Times) -> None:
    with counted("kill -9 at each step of the journal's migration") as row:
        for turn in range(times(3)):
            (tmp_path / f"{turn}").mkdir()
            first = Device(tmp_path / f"{turn}" / "first")
            first.root.mkdir()
            ids = first_journal(first)
            for device, _ in killed_at_each_step(nursery, "journal", first, tmp_path / f"{turn}"):
                row.tries += 1
                journal = device.journal()
                assert journal.findings == ()
                assert journal.counts() == (7, 5)
                row.losses += len(set(ids[5:]) - {send.id for send in journal.unsent(100)})
                assert journal.verify()
                journal.close()
                row.seen += 1
            assert row.tries > sum(map(len, JOURNAL_STEPS[1:]))


def test_a_caches_migration_killed_at_any_step_begins_anew(nursery: Nursery, tmp_path: Path, times: Times) -> None:
    with counted("kill -9 at each step of the cache's migration") as row:
        for turn in range(times(3)):
            (tmp_path / f"{turn}").mkdir()
            first = Device(tmp_path / f"{turn}" / "first")
            first.root.mkdir()
            first_cache(first)
            for device, _ in killed_at_each_step(nursery, "cache", first, tmp_path / f"{turn}"):
                row.tries += 1
                database, salvage = open_or_rebuild(device.cache_path, bytearray(KEY), NOW)
                assert salvage is None
                kept = database.read(lambda db: drafts.of_encounter(db, "e1")).result()
                row.losses += kept != {"comment": "half a thought"}
                assert database.read(lambda db: db.execute("select count(*) from queries").fetchone()).result() == (0,)
                database.close()
                row.seen += 1
            assert row.tries > len(CACHE_STEPS[1])


def test_a_new_journal_and_cache_killed_at_any_step_begin_anew(nursery: Nursery, tmp_path: Path) -> None:
    empty = Device(tmp_path / "empty")
    empty.root.mkdir()
    empty.keys().close()
    with counted("kill -9 at each step of making journal and cache") as row:
        for what in ("journal", "cache"):
            for device, _ in killed_at_each_step(nursery, what, empty, tmp_path):
                row.tries += 1
                journal = device.journal()
                assert journal.findings == ()
                audited(journal, 3)
                assert journal.verify()
                journal.close()
                bench, *_ = worked_cache(device.cache_path, 1)
                bench.desk.db.close()
                row.seen += 1
