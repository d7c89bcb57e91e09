"""Journal, cache and keyring put back to an earlier state, in every combination: which of it the device itself can see."""

from __future__ import annotations

import shutil
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from tests.desks import KEY, FakeBook
from tests.faults.conftest import Times
from tests.faults.kept_files import CODER, DECISION, Device, failures
from tests.faults.tally import counted
from workstation.cache import acts, drafts
from workstation.cache.database import Database
from workstation.cache.quarantine import Why, open_or_rebuild
from workstation.desk import Desk
from workstation.domain.access import Coder
from workstation.domain.audit import Intent, Outcome
from workstation.domain.policy import Policy
from workstation.guard.recorder import JOURNAL_OLDER, Recorder, head_text

COMBINATIONS = [way for way in product((False, True), repeat=3) if any(way)]  # journal, cache, keyring


@dataclass
class Morning:
    """A desk over a device's files: real journal, real cache, each decision on record first."""

    device: Device

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.device.journal)
        self.recorder.opened().result()
        self.database = Database(self.device.cache_path, bytearray(KEY))
        self.desk = Desk(
            db=self.database,
            ask=lambda intent: self.recorder.record(intent, CODER),
            tell=self._tell,
            codebook=FakeBook(),
            coder=Coder(CODER, CODER, "Casey Coder", "CCS", frozenset({"inpatient-coder"})),
            policy=Policy,
            now=_now,
            changed=lambda _: None,
        )

    def _tell(self, intent_id: str, outcome: Outcome, reason: str) -> None:
        self.recorder.outcome(intent_id, outcome, reason)

    def decide(self, count: int) -> None:
        for number in range(count):
            written: Future[None] = self.desk.act(
                Intent(DECISION.act, DECISION.subject),
                lambda db, n=number: drafts.put(db, f"e{n}", "comment", "x", _now()),
            )
            written.result()

    def end(self) -> None:
        self.database.close()
        self.recorder.close()


def _now():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime.now(UTC)


@dataclass
class Found:
    """What a start and an unlock said of a device."""

    findings: tuple[str, ...]
    said: list[str]
    cache: Why | None
    head: str


def start_and_unlock(device: Device) -> Found:
    """The very steps of guard and desk: open, name the last act, open the cache, compare."""
    recorder = Recorder(device.journal)
    recorder.opened().result()
    findings = recorder.run(lambda journal: journal.findings).result()
    head = recorder.run(head_text).result()
    must_hold = recorder.run(lambda journal: journal.newest_done(CODER)).result()
    database, salvage = open_or_rebuild(device.cache_path, bytearray(KEY), _now(), must_hold=must_hold)
    recorder.compare(database.read(acts.newest).result())
    said = recorder.run(failures).result()
    database.close()
    recorder.close()
    return Found(tuple(one.fault.value for one in findings), said, None if salvage is None else salvage.why, head)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Device], Device]:
    """A device at some earlier hours, and now."""
    root = tmp_path_factory.mktemp("days")
    device, earlier = Device(root / "now"), []
    device.root.mkdir()
    for hour in range(5):
        morning = Morning(device)
        morning.decide(4)
        morning.end()
        if hour < 4:
            earlier.append(device.copy(root / f"hour-{hour}"))
    return earlier, device


def test_nothing_put_back_is_silent_but_all_three_together(
    days: tuple[list[Device], Device], tmp_path: Path, times: Times
) -> None:
    earlier, present = days
    with counted("journal, cache, keyring put back in every combination but all three") as row:
        for turn in range(times(60)):
            then = earlier[turn % len(earlier)]
            for journal, cache, keyring in COMBINATIONS:
                device = present.copy(tmp_path / f"{turn}-{journal:d}{cache:d}{keyring:d}")
                device.put_back(then, journal=journal, cache=cache, keyring=keyring)
                found = start_and_unlock(device)
                shutil.rmtree(device.root)
                if journal and cache and keyring:  # one whole earlier state: only the server knows of a later head
                    assert (found.findings, found.said, found.cache) == ((), [], None)
                    continue
                row.tries += 1
                assert found.findings == (("tail-missing",) if journal and not keyring else ())
                assert found.cache is (Why.OLDER if cache and not journal else None)
                said = " ".join(found.said)
                assert ("keyring-older" in said) is (keyring and not journal)
                assert (JOURNAL_OLDER in said) is (journal and not cache)
                row.seen += bool(found.findings or found.said or found.cache)
        assert row.seen == row.tries


def test_a_device_put_back_whole_shows_the_server_an_older_head(
    days: tuple[list[Device], Device], tmp_path: Path
) -> None:
    """What is sent with each request: the same chain, a smaller number."""
    earlier, present = days
    heads = [start_and_unlock(device.copy(tmp_path / str(n))).head for n, device in enumerate((earlier[0], present))]
    then, now = (dict(part.split("=", 1) for part in head.split(";")) for head in heads)
    assert then["device"] == now["device"]
    assert then["chain"] == now["chain"]
    assert int(then["seq"]) < int(now["seq"])


def test_what_was_not_put_back_is_not_accused(days: tuple[list[Device], Device], tmp_path: Path) -> None:
    device = days[1].copy(tmp_path / "whole")
    for _ in range(2):
        found = start_and_unlock(device)
        assert (found.findings, found.said, found.cache) == ((), [], None)
        morning = Morning(device)
        morning.decide(2)
        morning.end()


def test_each_is_said_once(days: tuple[list[Device], Device], tmp_path: Path) -> None:
    earlier, present = days
    for number, (journal, cache, keyring) in enumerate(COMBINATIONS):
        device = present.copy(tmp_path / str(number))
        device.put_back(earlier[1], journal=journal, cache=cache, keyring=keyring)
        first, again = start_and_unlock(device), start_and_unlock(device)
        assert again.findings == ()
        assert again.cache is None
        assert again.said == first.said
