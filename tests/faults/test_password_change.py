"""The guard killed at each step of a password change: one of the two passwords opens, and the journal says which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Times
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.guard.recorder import Recorder
from workstation.guard.vaults import CoderVaults
from workstation.host.clock import SystemClock
from workstation.host.paths import Home
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://fhir.example/r4"
OLD, NEW = {"epoch": 1, "wrapped": "b2xk"}, {"epoch": 1, "wrapped": "bmV3"}

#: The guard's own code for keeping a new vault, in a process that dies at the step named on its command line.
DYING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.faults.test_password_change import BASE, NEW, guard_parts
from workstation.guard.errands import Errands
from workstation import durable, messages as m

home, step = Path(sys.argv[2]), sys.argv[3]
vaults, recorder, seat = guard_parts(home)
def die(*_args, **_more): os.kill(os.getpid(), signal.SIGKILL)
if step == "before the intent": recorder.record = die
if step == "before it is kept": vaults.store_vault = die
if step == "while it is written": os.replace = die
if step == "before the outcome": recorder.outcome = die
if step == "before the tries are cleared": vaults.clear_tries = die
class Desk:
    def send(self, message): pass
errands = Errands(
    vaults, recorder, lambda call, then, failed: then(call()), give_token=None, trail=None, device_page=None,
    check_journal=None,
)
errands.change_password(Desk(), m.VaultChanged(1, NEW), seat)
"""

STEPS = {
    "before the intent": (OLD, None),
    "before it is kept": (OLD, "4"),
    "while it is written": (OLD, "4"),
    "before the outcome": (NEW, "0"),
    "before the tries are cleared": (NEW, "0"),
}


def guard_parts(folder: Path):  # type: ignore[no-untyped-def]
    """Vaults, journal and seat of a device whose keys lie in the session's real keyring."""
    home = Home(folder)
    keys, clock = DeviceKeys.open(home.guard), SystemClock()
    vaults = CoderVaults(home, keys, clock, {"base": BASE}, practice=False)
    recorder = Recorder(lambda: Journal.open(home.journal(keys.device), keys, clock))
    seat = vaults.welcome(BASE, Coder("dana", "dana", "Dana"), Policy())
    return vaults, recorder, seat


@pytest.mark.keyring
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_one_password_that_opens_and_a_journal_that_knows_which(
    tmp_path: Path, step: str, times: Times
) -> None:
    vault, outcome = STEPS[step]
    for turn in range(times(3)):
        folder = tmp_path / str(turn)
        vaults, recorder, seat = guard_parts(folder)
        vaults.store_vault(seat, OLD)
        recorder.close()
        died = subprocess.run(
            [sys.executable, "-c", DYING, str(ROOT), str(folder), step], cwd=ROOT, timeout=60, check=False
        )
        assert died.returncode == -9
        vaults, recorder, seat = guard_parts(folder)
        try:
            assert vaults.invitation(seat)[0].vault == vault
            from workstation.guard.house import House

            house = House.__new__(House)
            house.recorder, house.vaults = recorder, vaults
            assert house.open_intents(seat) == []
            told = [
                entry.outcome.value
                for entry in recorder.run(lambda journal: journal.page("dana")).result()
                if entry.act.value == "password-change" and entry.outcome is not None
            ]
            assert told == ([] if outcome is None else [outcome])
        finally:
            recorder.close()
