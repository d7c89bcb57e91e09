"""Journal and cache with flipped bytes, cut off, without their log, put back: each is seen, and what can be read is kept."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import Times
from tests.faults.kept_files import KEY, NOW, Device, audited, failures, readable, worked_cache
from tests.faults.tally import Row, counted
from workstation.cache import acts, drafts, facts, outbox
from workstation.cache.database import Database
from workstation.cache.quarantine import open_or_rebuild
from workstation.journal.store import Journal

EVENTS, LETTERS = 60, 60  # fewer than fill a log: what is written over there nobody misses
Break = Callable[[Path, random.Random], None]


def flip(path: Path, chance: random.Random) -> None:
    """One to four bits anywhere in a file."""
    content = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 5)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def cut(path: Path, chance: random.Random) -> None:
    """At any byte: within a page or a frame, between two, or down to nothing."""
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])


def remove(path: Path, _chance: random.Random) -> None:
    path.unlink()


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


# A database closed in peace is damaged itself; one that a crash left is damaged in its log: what the log holds anew in
# the database nobody reads, and nobody misses.
CALM, CRASHED, MIXED = 0, 1, 2
DAMAGE: dict[str, tuple[Break, tuple[int, ...]]] = {
    "byte flips": (flip, (CALM, CRASHED, CALM, MIXED)),
    "truncation": (cut, (CALM, CRASHED, CALM, MIXED)),
    "deleted log": (remove, (CRASHED, MIXED)),
}


def break_it(damage: str, number: int, database: Path, chance: random.Random) -> None:
    breaking, which = DAMAGE[damage]
    state = which[number % len(which)]
    breaking(database if state == CALM else log_of(database), chance)


def state_of(damage: str, number: int, kept: list[Kept]) -> Kept:
    which = DAMAGE[damage][1]
    return kept[which[number % len(which)]]


@dataclass(frozen=True)
class Kept:
    """A device as a crash leaves it, much of it in the log, some in the database; and what was promised as kept."""

    device: Device
    events: list[str]
    letters: list[str]
    typed: list[str]
    positions: dict[str, tuple[int, ...]]  # of an event's entries


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> list[Kept]:
    """Closed in peace; left by a crash; and left by a crash some time after a peaceful end."""
    made = []
    for state in (CALM, CRASHED, MIXED):
        root = tmp_path_factory.mktemp("device")
        device = Device(root / "now")
        device.root.mkdir()
        journal = device.journal()
        events = audited(journal, EVENTS)
        if state == MIXED:
            journal.close()
            journal = device.journal()
            events += audited(journal, 20)
        bench, letters, typed = worked_cache(device.cache_path, LETTERS)
        if state == MIXED:
            bench.desk.db.close()
            bench, *more = worked_cache(device.cache_path, LETTERS // 2, LETTERS)
            letters, typed = letters + more[0], typed + more[1]
        rows = journal._connection.execute("select id, position from entries order by position").fetchall()
        positions: dict[str, tuple[int, ...]] = {}
        for entry_id, position in rows:
            positions[entry_id] = (*positions.get(entry_id, ()), position)
        if state == CALM:
            journal.close()
            bench.desk.db.close()
            left = device
        else:
            left = device.copy(root / "left")
            journal.close()
            bench.desk.db.close()
        made.append(Kept(left, events, letters, typed, positions))
    return made


def fresh(kept: Kept, tmp_path: Path, name: str) -> Device:
    return kept.device.copy(tmp_path / name)


def lost_events(device: Device, damaged: Path, kept: Kept, sent: list[str]) -> set[str]:
    """Events whose own rows and those they are linked to can still be read, and which are not sent."""
    last = max(position for places in kept.positions.values() for position in places)
    keys = device.keys()
    query = "select body, h, mac from entries where position = ?"
    there = {number + 1 for number in readable(damaged, keys.journal_key(), query, [(p,) for p in range(1, last + 1)])}
    whole = {
        event
        for event in kept.events
        if all(place in there and (place == 1 or place - 1 in there) for place in kept.positions[event])
    }
    return whole - set(sent)


def judge_journal(device: Device, kept: Kept, row: Row) -> None:
    """Open the damaged journal as the guard does, and count."""
    row.tries += 1
    copy = device.copy(device.root.with_name(device.root.name + "-as-found"))
    journal = device.journal()
    said = failures(journal)
    row.seen += bool(journal.findings) and bool(said)
    sent = [one.id for one in journal.unsent(10_000)]
    row.duplicates += len(sent) - len(set(sent))
    row.losses += len(lost_events(copy, copy.journal_path, kept, sent))
    audited(journal, 3)
    assert journal.verify(), "and the journal goes on, whole"
    journal.close()
    again = device.journal()
    assert again.findings == (), "once"
    again.close()
    shutil.rmtree(copy.root)
    shutil.rmtree(device.root)


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_damage_of_the_journal_is_silent(damage: str, kept: list[Kept], tmp_path: Path, times: Times) -> None:
    chance = random.Random(20261129)
    with counted(f"journal: {damage}") as row:
        for number in range(times(200)):
            one = state_of(damage, number, kept)
            device = fresh(one, tmp_path, f"j{number}")
            break_it(damage, number, device.journal_path, chance)
            judge_journal(device, one, row)
        assert row.seen == row.tries


def test_an_older_journal_put_back_is_seen(tmp_path: Path, times: Times) -> None:
    """Its files of an earlier hour, the mark beside it too; the keyring is of now."""
    device = Device(tmp_path / "now")
    device.root.mkdir()
    snapshots = []
    journal = device.journal()
    for number in range(times(200)):
        audited(journal, 2)
        snapshots.append(device.copy(tmp_path / f"then-{number}"))
    audited(journal, 1)
    journal.checkpoint()
    journal.close()
    with counted("journal: old snapshot restored") as row:
        for number, older in enumerate(snapshots):
            now = device.copy(tmp_path / f"now-{number}")
            now.put_back(older, journal=True)
            row.tries += 1
            opened = now.journal()
            row.seen += bool(opened.findings) and bool(failures(opened))
            assert opened.findings[0].fault in ("tail-missing", "unsigned")
            opened.close()
            shutil.rmtree(now.root)
            shutil.rmtree(older.root)
        assert row.seen == row.tries


# ------------------------------------------------------------------ the cache


def judge_cache(device: Device, kept: Kept, row: Row, newest: str) -> None:
    row.tries += 1
    copy = device.copy(device.root.with_name(device.root.name + "-as-found"))
    database, salvage = open_or_rebuild(device.cache_path, bytearray(KEY), NOW, must_hold=newest)
    row.seen += salvage is not None
    letters = {name for (name,) in database.read(lambda db: db.execute("select id from outbox").fetchall()).result()}
    typed = {
        name for (name,) in database.read(lambda db: db.execute("select encounter_id from drafts").fetchall()).result()
    }
    for query, names, values in (
        ("select id, body, state from outbox where seq = ?", kept.letters, letters),
        ("select body, kept_at from drafts where encounter_id = ?", kept.typed, typed),
    ):
        asked: list[tuple[object, ...]] = [
            (number + 1,) if names is kept.letters else (name,) for number, name in enumerate(names)
        ]
        there = readable(copy.cache_path, KEY, query, asked)
        row.losses += len({names[number] for number in there} - values)
    assert database.write(lambda db: facts.put(db, "a", "b")).result() is None
    database.close()
    again, nothing = open_or_rebuild(device.cache_path, bytearray(KEY), NOW, must_hold=newest)
    assert nothing is None, "once"
    again.close()
    shutil.rmtree(copy.root)
    shutil.rmtree(device.root)


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_damage_of_the_cache_is_silent(damage: str, kept: list[Kept], tmp_path: Path, times: Times) -> None:
    chance = random.Random(20261130)
    with counted(f"cache: {damage}") as row:
        for number in range(times(200)):
            one = state_of(damage, number, kept)
            device = fresh(one, tmp_path, f"c{number}")
            break_it(damage, number, device.cache_path, chance)
            newest = f"act-{len(one.letters) - 1:04}"
            judge_cache(device, one, row, newest)
        assert row.seen == row.tries


def test_an_older_cache_put_back_is_seen(tmp_path: Path, times: Times) -> None:
    """With the mark beside it: only the journal knows of later acts."""
    path = tmp_path / "now" / "cache.db"
    path.parent.mkdir()
    device = Device(path.parent)
    database = Database(path, bytearray(KEY))
    snapshots = []
    for number in range(times(200)):

        def write(db, number: int = number) -> None:  # type: ignore[no-untyped-def]
            outbox.put(db, f"letter-{number}", outbox.Letter.TASK, "e1", "t", "1", "{}", "kept", NOW)
            drafts.put(db, "e1", "comment", f"typed {number}", NOW)
            acts.put(db, f"act-{number:05}", NOW)

        database.write(write).result()
        snapshots.append(device.copy(tmp_path / f"then-{number}"))
    database.write(lambda db: acts.put(db, "act-99999", NOW)).result()
    database.close()
    with counted("cache: old snapshot restored") as row:
        for number, older in enumerate(snapshots):
            row.tries += 1
            opened, salvage = open_or_rebuild(older.cache_path, bytearray(KEY), NOW, must_hold="act-99999")
            row.seen += salvage is not None
            assert salvage is not None
            kept = opened.read(lambda db: db.execute("select count(*) from outbox").fetchone()[0]).result()
            row.losses += number + 1 - kept
            opened.close()
            again, nothing = open_or_rebuild(older.cache_path, bytearray(KEY), NOW, must_hold="act-99999")
            assert nothing is None
            again.close()
            shutil.rmtree(older.root)
        assert row.seen == row.tries


def test_a_journal_without_damage_is_not_accused(kept: list[Kept], tmp_path: Path) -> None:
    for number, one in enumerate(kept):
        device = fresh(one, tmp_path, f"whole-{number}")
        journal: Journal = device.journal()
        assert journal.findings == ()
        assert failures(journal) == []
        assert {send.id for send in journal.unsent(10_000)} == set(one.events)
        journal.close()
        database, salvage = open_or_rebuild(
            device.cache_path, bytearray(KEY), NOW, must_hold=f"act-{len(one.letters) - 1:04}"
        )
        assert salvage is None
        database.close()
