"""What the device page says in each situation, and that nothing amiss comes without something to do."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.domain.policy import Policy
from workstation.guard.facts import By, Fact, Level, Situation, judge, size, span, worst
from workstation.host.disk import Seen
from workstation.host.events import Armed

WELL = Situation(
    platform="Windows",
    disk=Seen.ENCRYPTED,
    swap=Seen.UNKNOWN,
    keyring="keyring.backends.Windows",
    armed=Armed(session=True, suspend=True, delay=True, screensaver=True),
    idle_lock=300,
    capture="blocked",
    hardened=("no-core-dumps", "not-readable-by-others"),
    lease_left=11 * 3600,
    cache_bytes=3_500_000,
    heard_ago=20,
    uplink="in-step",
    acknowledged=40,
    head="1.40.abcdef",
    own_credential=True,
    signed_commands=True,
)


def of(now: Situation, what: str) -> Fact:
    return next(fact for fact in judge(now) if fact.what == what)


def test_the_page_says_whether_the_server_signs_for_what_it_takes() -> None:
    assert "signs for what it takes" in of(replace(WELL, signs=True), "Audit journal").meaning
    assert "signs no receipts" in of(WELL, "Audit journal").meaning


def test_a_device_that_is_well_has_nothing_to_do() -> None:
    assert worst(judge(WELL)) in (Level.GOOD, Level.NOTE)
    assert not any(fact.remedy for fact in judge(WELL))


@pytest.mark.parametrize(
    ("change", "what", "level"),
    [
        ({"disk": Seen.NOT_SEEN}, "Disk encryption", Level.ATTENTION),
        ({"disk": Seen.UNKNOWN}, "Disk encryption", Level.ATTENTION),
        ({"swap": Seen.NOT_SEEN}, "Swap", Level.ATTENTION),
        ({"keyring": ""}, "Device key", Level.RED),
        ({"online_only": True}, "Device key", Level.RED),
        ({"lease_left": 0.0}, "Lease", Level.ATTENTION),
        ({"lease_left": 600.0}, "Lease", Level.ATTENTION),
        ({"armed": Armed()}, "Sleep", Level.ATTENTION),
        ({"armed": Armed(session=True)}, "Sleep", Level.NOTE),
        ({"capture": "not blocked"}, "Screen capture", Level.RED),
        ({"capture": "allowed"}, "Screen capture", Level.NOTE),
        ({"capture": "not possible", "platform": "Linux"}, "Screen capture", Level.NOTE),
        ({"hardened": ()}, "Program memory", Level.ATTENTION),
        ({"parked": 2}, "Audit journal", Level.RED),
        ({"uplink": "no-access"}, "Audit journal", Level.RED),
        ({"uplink": "no-receipt"}, "Audit journal", Level.RED),
        ({"flagged": 3}, "Audit journal", Level.RED),
        ({"key_on_server": "other"}, "Journal key", Level.RED),
        ({"key_on_server": "refused"}, "Journal key", Level.ATTENTION),
        ({"anchor_trouble": "The keyring is locked."}, "Audit journal", Level.ATTENTION),
        ({"heard_ago": None}, "Server", Level.ATTENTION),
        ({"heard_ago": 7200.0}, "Server", Level.ATTENTION),
        ({"own_credential": False}, "Device credential", Level.ATTENTION),
        ({"signed_commands": False}, "Orders to erase or lock", Level.NOTE),
        ({"wiping": True}, "Erasing", Level.RED),
    ],
)
def test_what_is_amiss_is_said_with_what_to_do(change: dict[str, object], what: str, level: Level) -> None:
    fact = of(replace(WELL, **change), what)  # type: ignore[arg-type]
    assert fact.level is level
    assert bool(fact.remedy) == (level in (Level.RED, Level.ATTENTION))


@given(
    st.sampled_from(Seen),
    st.sampled_from(Seen),
    st.booleans(),
    st.builds(Armed, session=st.booleans(), suspend=st.booleans(), delay=st.booleans(), screensaver=st.booleans()),
    st.floats(0, 1e6),
    st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_nothing_amiss_is_ever_without_something_to_do(
    disk: Seen, swap: Seen, only: bool, armed: Armed, lease: float, heard: float | None
) -> None:
    now = replace(WELL, disk=disk, swap=swap, online_only=only, armed=armed, lease_left=lease, heard_ago=heard)
    for fact in judge(now):
        assert fact.state
        assert fact.meaning
        assert bool(fact.remedy) == (fact.level in (Level.RED, Level.ATTENTION)), fact
        assert len(fact.row()) == 6


def test_each_promise_names_who_keeps_it_as_the_threat_model_does() -> None:
    words = {by.value for by in By if by is not By.NOBODY}
    text = (Path(__file__).resolve().parents[2] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert all(f"**{word}**" in text for word in words - {By.SYSTEM.value})


def test_shared_rules_are_said() -> None:
    shared = replace(WELL, policy=Policy(shared_workstation=True))
    assert (
        "Signing out destroys" in of(shared, "Rules in force").meaning
        or "signing out destroys" in of(shared, "Rules in force").meaning
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (150, "2 min 30 s"),
        (3600, "1 h"),
        (9000, "2 h 30 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_times_read_as_a_person_says_them(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_sizes_read_as_a_person_says_them() -> None:
    assert [size(n) for n in (0, 4_200, 3_500_000)] == ["0 kB", "4 kB", "3.5 MB"]


def test_worse_is_never_hidden_behind_better() -> None:
    facts = [Fact("x", "y", level, By.CLIENT, "z") for level in Level]
    for order in itertools.permutations(facts):
        assert worst(order) is Level.RED
