"""How long the GUI thread of the real desk stands still while a thousand charts come in, beside the same window idle.

A timer of one millisecond runs on the GUI thread; what lies between two of its ticks is a gap. The desk is the program's own;
the guard (a real journal) and the practice hospital are processes of their own. Of a long gap, `thread` is what the GUI
thread itself computed and `queue` how long it stood ready without a processor; the rest it waited for the interpreter,
or for a thread that held it and stood without a processor itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.desks import KEY
from tests.practice.hospital import Hospital, running
from ui.steady import steady
from workstation import messages as m
from workstation.channel import Channel
from workstation.domain.audit import Outcome
from workstation.guard.guard import intent_from
from workstation.guard.recorder import Recorder
from workstation.host.clock import SystemClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

CODER = "crowd-001"
QUICK = ("--claim-after", "0", "--answer-after", "3600", "--cancel-after", "0")
FRAME = 16.0  # milliseconds
IDLE_SECONDS = 10.0


def guard(journal: Path, token: str) -> None:
    """The guard of one desk: answers intents once they are durable, and hands out the token."""
    recorder = Recorder(lambda: Journal.open(journal, DeviceKeys.throw_away(), SystemClock()))
    recorder.opened().result()
    channel, ended = Channel(os.dup(0), os.dup(1)), threading.Event()

    def heard(message: m.Message) -> None:
        if isinstance(message, m.IntentAsked):
            number = message.request
            recorded = recorder.record(intent_from(message.intent), CODER)
            recorded.add_done_callback(lambda done: channel.send(m.Recorded(number, done.result())))
        elif isinstance(message, m.OutcomeTold):
            recorder.outcome(message.intent_id, Outcome(message.outcome), message.reason)
        elif isinstance(message, m.TokenWanted):
            channel.send(m.TokenAnswer(message.request, token, time.time() + 86_400, ""))

    channel.start(heard, lambda name, key: None, ended.set)
    ended.wait()
    recorder.close()


class Gaps:
    """What lies between two ticks of a timer of the GUI thread, in milliseconds: whole, computed, queued for a processor."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.found: list[tuple[float, float, float]] = []
        self._last = (0.0, 0.0, 0.0)
        self._statistics = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        self.found, self._last = [], self._now()
        self._timer.start()

    def end(self) -> list[tuple[float, float, float]]:
        self._timer.stop()
        return self.found

    def _now(self) -> tuple[float, float, float]:
        _, queued, _ = os.pread(self._statistics, 100, 0).split()
        return time.perf_counter() * 1000, time.thread_time() * 1000, int(queued) / 1e6

    def _tick(self) -> None:
        now = self._now()
        self.found.append(tuple(one - other for one, other in zip(now, self._last, strict=True)))  # type: ignore[arg-type]
        self._last = now


def tell(name: str, found: list[tuple[float, float, float]]) -> None:
    """Percentiles of the gaps; then of what is left of each without the wait for a processor."""
    for what, gaps in (("", [one[0] for one in found]), ("_without_queue", [one[0] - one[2] for one in found])):
        gaps.sort()
        at = [gaps[min(len(gaps) - 1, int(len(gaps) * share))] for share in (0.5, 0.99, 0.999)]
        over = sum(gap > FRAME for gap in gaps)
        print(
            f"name={name}{what} p50={at[0]:.2f} p99={at[1]:.2f} p999={at[2]:.2f} max={gaps[-1]:.2f} unit=ms "
            f"over_{FRAME:.0f}_ms={over} seconds={sum(one[0] for one in found) / 1000:.1f} n={len(gaps)}",
            flush=True,
        )
    for gap, own, queued in sorted(found, reverse=True)[:5]:
        print(f"  gap={gap:.1f} thread={own:.1f} queue={queued:.1f}", flush=True)


class Seat:
    """The program's own desk, let in without its password."""

    def __init__(self, folder: Path, hospital: Hospital, token: str) -> None:
        from PySide6.QtWidgets import QApplication

        from ui.desk_program import DeskProgram
        from workstation.codebook.packs import open_book
        from workstation.link import GuardLink

        self.app = QApplication.instance() or QApplication([])
        command = [sys.executable, __file__, "--as-guard", str(folder / "journal.db"), token]
        self.guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.guard.stdin is not None
        assert self.guard.stdout is not None
        link = GuardLink(Channel(self.guard.stdout.fileno(), self.guard.stdin.fileno()), on_closed=lambda: None)
        self.program = DeskProgram(link, self.app, open_book())
        link.start(lambda message: None, lambda name, key: None)
        coder = {"user": CODER, "practitioner_id": CODER, "name": "Coder Number 1", "credential": "CCS"}
        self.program.heard(
            m.Invite(
                mode="unlock", coder={**coder, "roles": ["inpatient-coder"]}, identity={"device": "benchmark"}, vault=None,
                server={"base": hospital.base}, folder=str(folder), policy={}, lease_until=time.time() + 86_400,
                practice=False, look={}, lock_epoch=0,
            )
        )  # fmt: skip

    def enter(self, folder: Path) -> None:
        from ui.entry.letting_in import LetIn
        from workstation.cache.database import Database

        self.program._let_in(LetIn(Database(folder / "cache.db", bytearray(KEY)), None, ""))
        self.until(lambda: self.program.shown, 30)

    def until(self, check: Callable[[], object], seconds: float) -> None:
        end = time.monotonic() + seconds
        touched = 0.0
        while not check():
            assert time.monotonic() < end, "the desk did not come so far"
            if time.monotonic() - touched > 5:
                touched = time.monotonic()
                self.program.touched()
            from PySide6.QtCore import QEventLoop

            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def sync_kind(self) -> str:
        sync = self.program._sync
        return sync.state.kind.value if sync is not None else ""


def measure(folder: Path, hospital: Hospital, count: int, *, steadily: bool) -> None:
    token = hospital.control("POST", "token", user=CODER, seconds=2 * 86_400)["access_token"]
    seat = Seat(folder, hospital, token)
    if steadily:
        steady()
    gaps = Gaps()
    start = seat.program._start_sync
    seat.program._start_sync = lambda: None  # begun below, so that the window is idle first
    seat.enter(folder)
    rows = seat.program.window.main.worklist._items

    def idle(name: str) -> None:
        until = time.monotonic() + IDLE_SECONDS
        gaps.begin()
        seat.until(lambda: time.monotonic() > until, IDLE_SECONDS + 5)
        tell(name, gaps.end())

    idle("idle_empty_worklist")
    gaps.begin()
    start()
    seat.until(lambda: seat.sync_kind() == "in-step", 1800)
    tell("first_sync", gaps.end())
    seat.until(lambda: len(seat.program.window.main.worklist._items) == count, 20)
    idle("idle_full_worklist")
    again(seat, gaps)
    seat.program._sync.stop()
    assert len(rows) == 0
    seat.program._database.close()


def again(seat: Seat, gaps: Gaps) -> None:
    """All of it once more under a full worklist: the walk of a desk that does not know how old its charts are."""
    from workstation.cache import facts

    seat.until(lambda: seat.sync_kind() == "in-step", 60)
    long_ago = (datetime.now(UTC) - timedelta(days=2)).isoformat()

    def forget(db: Any) -> None:
        facts.put(db, "charts_at", "")
        facts.put(db, "walked_at", long_ago)

    seat.program._database.write(forget).result()
    gaps.begin()
    seat.program._sync.nudge()
    seat.until(lambda: seat.sync_kind() == "working", 60)
    seat.until(lambda: seat.sync_kind() == "in-step", 1800)
    tell("sync_under_full_worklist", gaps.end())


def main() -> None:
    if sys.argv[1:2] == ["--as-guard"]:
        guard(Path(sys.argv[2]), sys.argv[3])
        return
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--encounters", type=int, default=1000)
    reader.add_argument("--unsteady", action="store_true", help="Python's own turns and garbage collection")
    reader.add_argument("--data", type=Path, help="where the hospital's data lies; kept")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data = asked.data or Path(name) / "practice"
        with running(data, "--crowd", "1", "--each", str(asked.encounters), *QUICK) as hospital:
            measure(Path(name), hospital, asked.encounters, steadily=not asked.unsteady)
    os._exit(0)


if __name__ == "__main__":
    main()
