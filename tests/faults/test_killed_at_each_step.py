"""`kill -9` of guard or standby at each step of unlock and lock: no desk outlives it, no try is lost, the next start works."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.faults.conftest import Times
from tests.faults.dying_guard import COUNTED, LOCK, UNLOCK, Death, kill
from tests.whole.workplace import DANA, NOBODY, Workplace, workplace
from ui.tour.stage import StepFailed
from ui.tour.steps import PASSWORD
from workstation.guard.states import LockReason, State
from workstation.host.paths import Home

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(300)]


def picked(steps: tuple[str, ...], times: Times) -> tuple[str, ...]:
    """Every other step among the tests, each in `make faults`."""
    return steps[::2] if times(20) == 1 else steps


def start(home: Path, step: str) -> int:
    """One start of the program up to its end, however that comes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.dying_guard", str(home), step],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    return done.returncode


def reap(home: Path) -> None:
    """The kernel ends every desk with its guard; orphans of tests fall to this process, which waits for their end."""
    for pid in map(int, home.with_name("desks").read_text().split()):
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            assert not Path(f"/proc/{pid}").exists()


def tries(home: Path) -> int:
    """Wrong tries on record; -1 while the file is being overwritten and taken away."""
    throttle = Home(home).coder(NOBODY, DANA.user) / "throttle.json"
    try:
        return int(json.loads(throttle.read_text())[0])
    except FileNotFoundError:
        return 0
    except ValueError:
        return -1


def journal_is_whole(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "--home", str(home), "verify-journal"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_guard_killed_at_any_step_leaves_everything_whole(tmp_path: Path, times: Times) -> None:
    home = tmp_path / "data"
    assert start(home, "enrol") == 0
    for _ in range(times(3)):
        for step in (*picked(UNLOCK, times), *picked(LOCK, times)):
            before = tries(home)
            assert start(home, step) == -signal.SIGKILL, f"{step} was never reached"
            reap(home)
            if step in COUNTED:
                assert tries(home) == before + 1, step
            journal_is_whole(home)
            if tries(home):
                assert start(home, "") == 0, f"the start after {step}"
                assert tries(home) == 0
    assert start(home, "") == 0
    journal_is_whole(home)


def unlock_until(place: Workplace, death: Death) -> None:
    """Unlock as a coder would, until the stroke has fallen."""
    stage = place.stage
    stage.until(stage.standby_is_ready, "a standby")
    place.guard.invite()
    stage.until(lambda: death.struck or place.says("Unlock"), "the unlock window")
    if not death.struck:
        with contextlib.suppress(StepFailed):
            stage.desk("focus", name="Unlock password")
            stage.desk("type", text=PASSWORD["dana"])
            stage.desk("press", keys="Return")
    stage.until(lambda: death.struck, "the step")


def test_a_standby_killed_at_any_step_is_replaced(qapp: QApplication, tmp_path: Path, times: Times) -> None:
    home = tmp_path / "data"
    with workplace(qapp, home) as place:
        place.enrol()
        place.guard.lock(LockReason.KEY)
        for _ in range(times(3)):
            for step in picked(UNLOCK, times):
                killed: list[int] = []

                def stroke(killed: list[int] = killed) -> None:
                    killed.extend(place.guard.pids()[:1])
                    kill(killed)

                before, death = tries(home), Death(place, stroke)
                death.at(step)
                unlock_until(place, death)
                place.stage.until(lambda: place.stage.state is State.LOCKED, f"the cover after {step}")
                death.undo()
                place.wait_gone(killed[0])
                if step in COUNTED[:2]:
                    assert tries(home) == before + 1, step
                place.unlock()
                place.stage.until(lambda: tries(home) == 0, "the tries to be forgiven")
                place.guard.lock(LockReason.KEY)
    journal_is_whole(home)
