"""Lock and unlock of the real guard and desk: last input to desk gone and cover painted; password to painted worklist.

Needs a Secret Service (run under dbus-run-session with an unlocked gnome-keyring); no server is asked.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from benchmarks.figures import show
from ui.tour.day import Day
from ui.tour.stage import Stage
from ui.tour.steps import PASSWORD, prove
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.guard.online import Arrived
from workstation.guard.states import LockReason, State
from workstation.keys.derive import StretchCost, stretch

ROUNDS = 15
LOCKS = 100  # a 99th percentile needs as many
SWITCHES = 5
DANA = Coder("dana", "dana", "Dana Whitfield", "CCS", frozenset({"inpatient-coder"}))


def enrol(stage: Stage, day: Day) -> Path:
    """Let a coder in without a server: this measures the workstation, not a sign-in page."""
    house, guard = stage.program.house, stage.program.guard
    seat = house.seat_for(Arrived(DANA, Policy()), renew_password=False)
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
    locks, unlocks, bare, kdf = list[float](), list[float](), list[float](), list[float]()
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
        resident = memory(pids)
        while len(locks) < LOCKS:
            locks.append(lock_from_the_guard(stage, day))
        leave, arrive, pages = switches(stage, day)
        show("lock", locks, bare)
        show("lock_99th_percentile", [statistics.quantiles(locks, n=100)[98]], bare)
        show("unlock", unlocks, kdf)
        show("unlock_without_derivation", [one - two for one, two in zip(unlocks, kdf, strict=True)], None)
        show("switch_to_sign_in_page", leave, bare)
        show("switch_sign_in_to_unlock_page", arrive, pages)
        show("memory_guard_desk_standby", [resident], None, "MB")
    finally:
        stage.close()


def enter(stage: Stage, day: Day) -> None:
    """Unlock as a coder does; a standby is waited for, not measured."""
    stage.until(stage.standby_is_ready, "the standby")
    stage.program.unlock()
    stage.until(lambda: stage.state is State.INVITING and "Unlock" in day.words(), "the unlock page")
    stage.desk("focus", name="Unlock password")
    stage.desk("type", text=PASSWORD["dana"])
    stage.desk("press", keys="Return")
    stage.until(lambda: stage.state is State.DESK and stage.desk("painted"), "the painted worklist", 10)


def lock_from_the_guard(stage: Stage, day: Day) -> float:
    """Milliseconds of a lock asked by the operating system: the desk dead and the cover painted when it returns."""
    if stage.state is not State.DESK:
        enter(stage, day)
    began = time.perf_counter()
    stage.program.guard.lock(LockReason.SYSTEM)
    return (time.perf_counter() - began) * 1000


def switches(stage: Stage, day: Day) -> tuple[list[float], list[float], list[float]]:
    """The guard's part of giving the desk to another coder, beside its floor: the a look at the page that is there."""
    leave, arrive, pages = list[float](), list[float](), list[float]()
    house, guard = stage.program.house, stage.program.guard
    for _ in range(SWITCHES):
        if stage.state is not State.DESK:
            enter(stage, day)
        began = time.perf_counter()
        stage.desk_say("switch")
        stage.until(lambda: stage.state is State.SIGNED_OUT, "the sign-in page")
        leave.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        seat = house.seat_for(Arrived(DANA, Policy()), renew_password=False)
        guard.sit(seat)
        guard.invite()
        stage.until(stage.standby_is_ready, "the standby")
        stage.until(lambda: stage.state is State.INVITING and "Unlock" in day.words(), "the unlock page")
        arrive.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        day.words()
        pages.append((time.perf_counter() - began) * 1000)
        guard.lock(LockReason.KEY)
    return leave, arrive, pages


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
