"""Once a day: what the server confirmed long ago goes in small steps, and the whole journal is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workstation.domain.audit import Act, Intent
from workstation.domain.policy import Policy, within_floors
from workstation.domain.trail import Phase
from workstation.guard.recorder import Recorder
from workstation.guard.upkeep import DAY, FIRST_READ, STEPS_AT_ONCE, Upkeep
from workstation.guard.verify_journal import judge
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.journal import pruning
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed

MONTH = 30 * 24 * 3600


class Place:
    """A journal with its upkeep, and no network."""

    def __init__(self, root: Path) -> None:
        self.home, self.keys, self.clock, self.ending = Home(root), DeviceKeys.throw_away(), SetClock(), False
        path = self.home.journal(self.keys.device)
        self.recorder = Recorder(lambda: Journal.open(path, self.keys, self.clock))
        self.upkeep = Upkeep(
            self.recorder,
            self.clock,
            lambda told: judge(self.home, self.keys, progress=told)[0],
            lambda: self.ending,
        )

    def confirmed(self, count: int) -> None:
        def work(journal: Journal) -> None:
            ids = [journal.append(Intent(Act.VIEW_ENCOUNTER), user="dana").id for _ in range(count)]
            journal.acknowledge(tuple(ids), "201")

        self.recorder.run(work).result()

    def counts(self) -> tuple[int, int]:
        return self.recorder.run(lambda journal: journal.counts()).result()

    def told(self, act: Act) -> list[str]:
        page = self.recorder.run(lambda journal: journal.page("")).result()
        return [one.reason for one in page if one.act is act and one.phase is Phase.INTENT]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.recorder.close()


def test_what_was_confirmed_a_month_ago_goes_and_is_on_record(place: Place) -> None:
    place.confirmed(20)
    place.upkeep.step(MONTH)
    assert place.counts() == (0, 20)
    place.clock.advance(MONTH + 1)
    place.confirmed(5)
    place.upkeep.step(MONTH)
    assert place.counts() == (1, 5)  # the record of it waits to be sent
    assert place.told(Act.PURGE) == ["20 journal entries confirmed long ago"]
    assert judge(place.home, place.keys)[0]


def test_without_the_servers_policy_nothing_goes(place: Place) -> None:
    place.confirmed(20)
    place.clock.advance(MONTH + 1)
    place.upkeep.step(None)
    assert place.counts() == (0, 20)


def test_a_long_journal_goes_in_turns_so_that_the_uplink_is_not_held_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    steps: list[int] = []
    real = Journal.prune

    def counted(self: Journal, before: float, most: int = 2) -> int:
        steps.append(real(self, before, most))
        return steps[-1]

    monkeypatch.setattr(Journal, "prune", counted)
    place.confirmed(130)
    place.clock.advance(MONTH + 1)
    place.confirmed(1)
    place.upkeep.step(MONTH)
    assert len(steps) == STEPS_AT_ONCE
    assert max(steps) == 2
    place.clock.advance(60)
    place.upkeep.step(MONTH)
    assert sum(steps) == 130
    done = len(steps)
    place.clock.advance(60)
    place.upkeep.step(MONTH)
    assert len(steps) == done, "once a day"


def test_the_whole_journal_is_read_soon_after_the_start_and_daily(place: Place) -> None:
    place.confirmed(5)
    place.upkeep.step(MONTH)
    assert place.upkeep.verdict is None
    place.clock.advance(FIRST_READ)
    place.upkeep.step(MONTH)
    assert place.upkeep.verdict
    key = place.keys.journal_key()
    forger = open_sealed(place.home.journal(place.keys.device), key)
    forger.execute("update entries set body = replace(body, 'dana', 'anna') where seq = 3")
    forger.close()
    place.upkeep.step(MONTH)
    assert place.told(Act.AUDIT_FAILURE) == []
    place.clock.advance(DAY)
    place.upkeep.step(MONTH)
    assert place.told(Act.AUDIT_FAILURE) == ["edited (chain 1, entry 3); 1 in all"]


def test_the_end_of_the_program_waits_for_no_reading(place: Place) -> None:
    place.confirmed(5)
    place.clock.advance(MONTH + 1)
    place.ending = True
    place.upkeep.step(MONTH)
    assert place.upkeep.verdict is None
    assert place.counts() == (0, 5)


def test_retention_keeps_within_its_limits() -> None:
    assert Policy().journal_retention == MONTH
    assert within_floors(Policy(journal_retention=0)).journal_retention == 24 * 3600
    assert within_floors(Policy(journal_retention=10**12)).journal_retention == 7 * 365 * 24 * 3600
