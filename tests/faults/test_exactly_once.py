"""A line that is cut, repeated, late or mixed up at any byte of a sync: each errand has its effect once, and nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fakes.tcp_proxy import Harm, How
from tests.faults.conftest import Times
from tests.faults.tally import Row, counted
from tests.faults.ward import Effect, Ward, at_practice, at_sekmet
from tests.peers import Peer, sekmet
from workstation.guard.uplink import UplinkKind
from workstation.sync import SyncKind

__all__ = ["sekmet"]
pytestmark = pytest.mark.peers

CHARTS = 24  # of one ward; then the next coder comes, with an empty cache
ROUNDS = 14
FINE = {UplinkKind.IN_STEP, UplinkKind.WORKING}
#: How often each harm is chosen; what costs seconds is chosen less.
CHANCES = {
    How.CUT_REQUEST: 8, How.CUT_ANSWER: 10, How.RESET_ANSWER: 4, How.HALF_CLOSE: 3, How.REFUSE: 2, How.DELAY: 1,
    How.DRIP: 1, How.REPEAT_REQUEST: 8, How.REPEAT_REQUEST_LATER: 6, How.LATE_REQUEST: 7, How.REPEAT_ANSWER: 5,
    How.REPEAT_ANSWER_LATE: 5, How.STALE_PASSED: 9, How.STALE_SWALLOWED: 9,
}  # fmt: skip


def harm_of(dice: random.Random, flights: int) -> Harm:
    [how] = dice.choices(list(CHANCES), list(CHANCES.values()))
    at = dice.choice((0, 1, dice.randrange(20), dice.randrange(300), dice.randrange(3_000)))
    return Harm(how, dice.randrange(max(1, flights)), at)


def go_round(ward: Ward) -> bool:
    """Sync, and two batches of the uplink; whether either said that something was not right."""
    state = ward.once()
    kinds = {ward.uplink.step().kind for _ in range(2)}
    return state.kind is not SyncKind.IN_STEP or bool(state.message) or not kinds <= FINE


def a_try(ward: Ward, dice: random.Random, flights: dict[str, int]) -> tuple[str, Harm, Effect, bool] | None:
    """One errand under one harm, its effect, and whether the harm was noticed; None when it met nothing."""
    errand = dice.choice(ward.errands)
    effect = errand(ward.waiting.pop())
    harm = harm_of(dice, flights.get(errand.__name__, 8))
    ward.proxy.arm(harm)
    said = go_round(ward)
    met = ward.proxy.met
    flights[errand.__name__] = max(2, ward.proxy.flights)
    ward.proxy.refusing = False
    ward.proxy.settle()
    for _ in range(ROUNDS):
        ward.later()
        go_round(ward)
        if ward.is_settled() and ward.journal.counts()[0] == 0:
            break
    ward.proxy.settle()
    found = effect()
    found.holds("everything is settled", ward.is_settled())
    return (errand.__name__, harm, found, said) if met else None


def many(wards: Iterator[AbstractContextManager[Ward]], count: int, row: Row, seed: int) -> list[str]:
    """Until `count` harms have struck; what went wrong, in words."""
    dice, wrong, flights = random.Random(seed), list[str](), dict[str, int]()
    for ward_ in wards:
        with ward_ as ward:
            while row.tries < count and ward.waiting:
                done = a_try(ward, dice, flights)
                if done is None:
                    continue
                name, harm, found, said = done
                row.tries += 1
                row.seen += said
                row.losses += bool(found.losses)
                row.duplicates += bool(found.duplicates)
                if found.losses or found.duplicates:
                    wrong.append(f"{name} under {harm}: {found}")
        if row.tries >= count:
            break
    return wrong


def wards_of(
    make: Callable[[Path, int], AbstractContextManager[Ward]], folder: Path, count: int
) -> Iterator[AbstractContextManager[Ward]]:
    """One after the other, as many as are needed."""
    for number in range(1_000):
        place = folder / str(number)
        place.mkdir()
        yield make(place, min(CHARTS, count + 4))


def test_at_a_full_fhir_server(tmp_path: Path, sekmet: Peer, times: Times) -> None:
    with counted("lines cut, repeated, late or mixed up: full FHIR server") as row:
        wards = wards_of(lambda folder, count: at_sekmet(folder, sekmet.base, count), tmp_path, times(250))
        wrong = many(wards, times(250), row, 11)
        assert wrong == [], "\n".join(wrong)


def test_at_the_practice_hospital(tmp_path: Path, times: Times) -> None:
    with counted("lines cut, repeated, late or mixed up: practice hospital") as row:
        wrong = many(wards_of(at_practice, tmp_path, times(250)), times(250), row, 12)
        assert wrong == [], "\n".join(wrong)
