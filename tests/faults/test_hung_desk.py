"""A screen that hangs still locks: the guard kills a desk whose heart stops, and covers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.faults.conftest import Times
from tests.whole.workplace import Workplace, workplace
from workstation.guard.deadline import Moment
from workstation.guard.guard import HUNG_SECONDS, INVITE_SECONDS
from workstation.guard.states import LockReason, State

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(180)]


@contextmanager
def frozen(place: Workplace, pid: int) -> Iterator[None]:
    """The process hangs, and the guard's clock runs ahead: second by second, as its own timer would."""
    os.kill(pid, signal.SIGSTOP)
    real = place.guard._now
    try:
        yield
    finally:
        place.guard._now = real


def seconds_pass(place: Workplace, seconds: float) -> None:
    real = place.guard._now
    for ahead in range(int(seconds) + 2):
        now = real()
        place.guard._now = lambda now=now, ahead=ahead: Moment(now.wall + ahead, now.boot + ahead)  # type: ignore[misc]
        place.guard.tick()


def acts(place: Workplace) -> list[tuple[str, str]]:
    entries = place.stage.program.house.recorder.run(lambda journal: journal.page("dana")).result()
    return [(entry.act.value, entry.reason) for entry in entries if entry.phase == "intent"]


def test_a_hung_desk_is_killed_and_covered(qapp: QApplication, tmp_path: Path, times: Times) -> None:
    with workplace(qapp, tmp_path / "data") as place:
        place.enrol()
        for _ in range(times(20)):
            pid = place.guard.pids()[0]
            with frozen(place, pid):
                seconds_pass(place, HUNG_SECONDS)
                place.wait_gone(pid)
            assert place.stage.state is State.LOCKED
            assert place.stage.program.window.isVisible()
            assert ("lock", "hung") in acts(place)
            place.unlock()


def test_a_desk_that_hangs_while_it_unlocks_goes_away(qapp: QApplication, tmp_path: Path, times: Times) -> None:
    with workplace(qapp, tmp_path / "data") as place:
        place.enrol()
        place.guard.lock(LockReason.KEY)
        for _ in range(times(20)):
            pid = place.ask_unlock()
            with frozen(place, pid):
                seconds_pass(place, INVITE_SECONDS)
                place.wait_gone(pid)
            assert place.stage.state is State.LOCKED
            place.unlock()
            place.guard.lock(LockReason.KEY)


def test_a_hung_desk_does_not_hold_up_the_key_that_locks(qapp: QApplication, tmp_path: Path) -> None:
    """It cannot flush; it is not waited for."""
    with workplace(qapp, tmp_path / "data") as place:
        place.enrol()
        pid = place.guard.pids()[0]
        os.kill(pid, signal.SIGSTOP)
        place.guard.lock(LockReason.SYSTEM)
        place.wait_gone(pid)
        assert place.stage.state is State.LOCKED
        assert ("lock", "system") in acts(place)
