"""A storm of locks at random moments: each ends its desk, and nothing grows in the guard."""

from __future__ import annotations

import gc
import os
import random
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.faults.conftest import Times
from tests.whole.workplace import Workplace, workplace
from workstation.guard.states import LockReason, State

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(300)]

GROWTH_MB = 20.0
WARM_UP = 3  # the first cycles fill caches of Qt, fonts and the keyring's client


def resident_mb() -> float:
    """What this process alone holds."""
    gc.collect()
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel does not tell")


def now(place: Workplace) -> tuple[float, int, int]:
    """Memory in MB, descriptors, threads; without what the stage itself holds of desks long dead."""
    for hands in [hands for hands in place.stage._hands if not hands.is_open]:
        hands.close()
        place.stage._hands.remove(hands)
    return resident_mb(), len(os.listdir("/proc/self/fd")), threading.active_count()


def at_a_random_moment(place: Workplace, dice: random.Random) -> None:
    """Lock when something has just begun, or when all is still."""
    stage = place.stage
    moment = dice.choice(["invited", "typed", "deriving", "opening", "open", "finder", "drag", "sync"])
    if moment == "invited":
        stage.until(stage.standby_is_ready, "a standby")
        place.guard.invite()
        return
    place.ask_unlock()
    if moment == "typed":
        return
    stage._current().ask({"do": "press", "keys": "Return"})
    if moment == "deriving":
        return
    stage.until(lambda: stage.state is State.DESK, "the desk")
    if moment == "opening":
        return
    place.shown()
    if moment == "finder":
        stage.desk("press", keys="Ctrl+K")
    elif moment == "drag":
        stage._current().ask({"do": "drag", "name": "Filter the worklist"})
    elif moment == "sync":
        stage._current().ask({"do": "press", "keys": "Ctrl+R"})


def test_a_storm_of_locks_leaves_the_guard_as_it_was(qapp: QApplication, tmp_path: Path, times: Times) -> None:
    dice = random.Random(11)
    with workplace(qapp, tmp_path / "data") as place:
        place.enrol()
        place.guard.lock(LockReason.KEY)
        before = (0.0, 0, 0)
        for cycle in range(WARM_UP + times(200)):
            if cycle == WARM_UP:
                place.stage.until(place.stage.standby_is_ready, "a standby")
                before = now(place)
            at_a_random_moment(place, dice)
            pids = place.guard.pids()[:1]
            place.guard.lock(LockReason.SYSTEM)
            for pid in pids:
                place.wait_gone(pid)
            assert place.stage.state is State.LOCKED
        place.stage.until(place.stage.standby_is_ready, "a standby")
        assert len(place.guard.pids()) == 1
        grown, opened, begun = (after - was for after, was in zip(now(place), before, strict=True))
        assert grown < GROWTH_MB
        assert opened <= 4  # the journal's and the uplink's come and go
        assert begun <= 4
        place.unlock()
