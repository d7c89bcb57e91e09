"""A few workstations over a network that loses, delays and repeats: every event and decision on the server, once.

`benchmarks/fleet.py` does the same with fifty for minutes, in processes of their own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.codebook.conftest import PACK
from tests.faults.conftest import Times
from tests.faults.tally import counted
from tests.fleet.ledger import compare
from tests.fleet.network import Network
from tests.fleet.workstation import Left, Workstation
from tests.practice.hospital import Hospital, running
from workstation.codebook.book import CodeBook
from workstation.codebook.build import build

CLIENTS = 4
SECONDS = 200  # in `make faults`; a twentieth among the tests
SHARE = 0.08

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    options = ("--crowd", str(CLIENTS), "--each", "3", "--access-seconds", "60", "--answer-after", "4")
    with running(tmp_path / "practice", *options) as made:
        yield made


@pytest.fixture
def book() -> CodeBook:
    return CodeBook.open(PACK if PACK.exists() else build(PACK))


def until(check, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def day(hospital: Hospital, book: CodeBook, folder: Path, seconds: float) -> tuple[list[Left], Network]:
    """A working day of all of them; what each says at its end."""
    network = Network(hospital.base, 0.0, seed=41)
    people = [one for name, one in sorted(hospital.people.items()) if name.startswith("crowd-")]
    fleet = []
    for number, person in enumerate(people):
        home = folder / person["user"]
        home.mkdir(parents=True)
        fleet.append(Workstation(home, person, hospital.base, network.address, book, number))
    try:
        for one in fleet:
            one.start()
        network.share = SHARE
        until(lambda: all(one.is_in_step for one in fleet), 240, "the first sync")
        for one in fleet:
            one.work((0.05, 0.4))
        time.sleep(seconds)
        for one in fleet:
            one.rest()
        until(lambda: not [one for one in fleet if not one.is_settled()], 120, "the last letters and events")
        for one in fleet:
            one.stop_sync()
        until(lambda: not [one for one in fleet if not one.is_settled()], 60, "the events of the last letters")
    finally:
        network.share = 0.0
        left = [one.leave() for one in fleet]
        network.close()
    return left, network


def test_every_event_and_decision_of_a_fleet_is_on_the_server_once(
    hospital: Hospital, book: CodeBook, tmp_path: Path, times: Times
) -> None:
    with counted("a fleet over a network that loses, delays and repeats") as row:
        left, network = day(hospital, book, tmp_path / "homes", float(times(SECONDS)))
        database = tmp_path / "practice" / "practice.db"
        verdict = compare(database, [one.to_json() for one in left])
        row.tries = network.heard.kinds.total()
        row.seen = network.heard.faults.total()
        row.losses, row.duplicates = verdict.losses, verdict.duplicates
        assert verdict.why == []
        assert row.seen > 0
        assert verdict.events > CLIENTS * 10
        assert verdict.standing > 0
        decisions = sum(sum(one.decisions.values()) for one in left)
        assert decisions > 0
        assert [one.unsent for one in left] == [0] * CLIENTS
        assert [one.letters for one in left] == [{}] * CLIENTS
    the_ledger_sees(database, [one.to_json() for one in left])


def the_ledger_sees(database: Path, left: list[dict]) -> None:
    """The same comparison against a server that forgot and repeated is not content."""
    copy = database.with_name("copy.db")
    source, target = sqlite3.connect(database), sqlite3.connect(copy)
    with source, target:
        source.backup(target)
    [event] = target.execute("select id from resources where kind = 'AuditEvent' order by id limit 1").fetchone()
    with target:
        target.execute("delete from resources where kind = 'AuditEvent' and id = ?", (event,))
    assert (compare(copy, left).losses, compare(copy, left).duplicates) == (1, 0)
    with target:
        target.execute(
            "insert into resources select kind, id || 'x', version, updated, deleted, author, body from resources"
            " where kind = 'AuditEvent' order by id limit 1"
        )
        target.execute('update resources set body = replace(body, \'"status":"completed"\', \'"status":"draft"\')')
    after = compare(copy, left)
    assert after.duplicates == 1
    finalized = sum(said["state"] == "finalized" for one in left for said in one["encounters"].values())
    assert after.losses == 1 + finalized
    source.close()
    target.close()
