"""Lock and unlock of the real guard and desk: last input to desk gone and cover painted; password to painted worklist.

Needs a Secret Service (run under dbus-run-session with an unlocked gnome-keyring); no server is asked.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from benchmarks.figures import show
from ui.tour.stage import Stage
from ui.tour.steps import PASSWORD, Day, prove
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.guard.online import Arrived
from workstation.guard.states import State
from workstation.keys.derive import StretchCost, stretch

ROUNDS = 15


def enrol(stage: Stage, day: Day) -> Path:
    """Let a coder in without a server: this measures the workstation, not a sign-in page."""
    house, guard = stage.program.house, stage.program.guard
    coder = Coder("dana", "dana", "Dana Whitfield", "CCS", frozenset({"inpatient-coder"}))
    seat = house.seat_for(Arrived(coder, Policy()), renew_password=False)
    guard.sit(seat)
    guard.invite()
    stage.until(lambda: stage.state is State.INVITING, "the enrolment")
    stage.until(lambda: "Step 1 of 2" in day.words(), "its first page")
    for field in ("Unlock password", "The same again"):
        stage.desk("focus", name=field)
        stage.desk("type", text=PASSWORD["dana"])
    stage.desk("click", name="Continue")
    stage.until(lambda: "Step 2 of 2" in day.words(), "its second page")
    prove(day)
    return seat.folder


def derivation(folder: Path) -> float:
    """Milliseconds of Argon2id at the cost calibrated for this machine."""
    cost = StretchCost(*json.loads((folder / "vault.json").read_text())["argon2id"])
    began = time.perf_counter()
    stretch(bytearray(b"tidy harbor nine lamps"), bytes(16), cost)
    return (time.perf_counter() - began) * 1000


def memory(pids: list[int]) -> float:
    """Proportional set size of some processes, in MB."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def main() -> None:
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    stage = Stage(app, Path(tempfile.mkdtemp()), server="http://127.0.0.1:9/fhir", practice=True)
    locks, unlocks, bare, kdf = [], [], [], []
    try:
        stage.ready()
        day = Day(stage, {})
        folder = enrol(stage, day)
        stage.pause(1)
        guard = stage.program.guard
        for _ in range(ROUNDS):
            stage.pause(1.5)  # the next standby warms up in the background
            began = time.perf_counter()
            stage.desk_say("key")
            stage.until(lambda: stage.state is State.LOCKED, "the lock", 5)
            locks.append((time.perf_counter() - began) * 1000)
            stage.until(stage.standby_is_ready, "the standby")
            stage.pause(1.5)
            guard.invite()
            stage.until(lambda: stage.state is State.INVITING and "Unlock" in day.words(), "the unlock page")
            stage.desk("focus", name="Unlock password")
            stage.desk("type", text=PASSWORD["dana"])
            began = time.perf_counter()
            stage.desk("press", keys="Return")
            stage.until(lambda: stage.desk("painted"), "the painted worklist", 10)
            unlocks.append((time.perf_counter() - began) * 1000)
            kdf.append(derivation(folder))
            bare.append(spawn_and_kill())
        pids = [os.getpid(), *guard.pids()]
        show("lock", locks, bare)
        show("unlock", unlocks, kdf)
        show("unlock_without_derivation", [one - two for one, two in zip(unlocks, kdf, strict=True)], None)
        show("memory_guard_desk_standby", [memory(pids)], None, "MB")
    finally:
        stage.close()


def spawn_and_kill() -> float:
    """The floor of a lock: kill and reap one bare process."""
    import subprocess

    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    time.sleep(0.1)
    began = time.perf_counter()
    child.kill()
    child.wait()
    spent = (time.perf_counter() - began) * 1000
    if child.stdin is not None:
        child.stdin.close()
    return spent


if __name__ == "__main__":
    main()
