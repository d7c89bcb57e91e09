"""The journal at the size of years: `--events 1000000` (the default) opened, appended to, verified and pruned.

Filling writes through the real journal, a thousand entries to a commit: a durable commit for each would take minutes and
measure the disk alone. Single appends at that size are then measured with a commit each, as the program makes them.
"""

from __future__ import annotations

import argparse
import hmac
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import show
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.guard.recorder import Recorder
from workstation.guard.upkeep import BREATH
from workstation.host.clock import SystemClock
from workstation.journal.commits import Commits
from workstation.journal.store import Journal
from workstation.journal.verify import verify
from workstation.keys.derive import random_key
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed

CONFIRMED = 0.9  # of the events: what a device holds that has been online
ENTRY_BYTES = 420
ROUNDS = 300
VIEW = Intent(Act.VIEW_DOCUMENT, Subject("Patient/p1", "Encounter/e1", "DocumentReference/d1", "1"))
CODE = Intent(Act.CODE_ADD, Subject("Patient/p1", "Encounter/e1"))


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def fill(path: Path, keys: DeviceKeys, events: int) -> None:
    """Seven views, then an act with its outcome, and so on; most of it confirmed."""
    journal = Journal.open(path, keys, SystemClock())
    real, begun = Commits.durably, [0]

    @contextmanager
    def grouped(self: Commits, _act: Act | None = None, done: Callable[[], None] = lambda: None) -> Iterator[Any]:
        self._tip.stay()
        if not self.connection.in_transaction:
            self.connection.execute("begin immediate")
        yield self.connection
        done()
        self._tip.move_on()
        begun[0] += 1
        if begun[0] % 1000 == 0:
            self.connection.execute("commit")

    Commits.durably = grouped  # type: ignore[method-assign]
    ids: list[str] = []
    try:
        for number in range(events):
            entry = journal.append(CODE if number % 8 == 7 else VIEW, user=f"coder{number % 3}")
            if number % 8 == 7:
                journal.outcome(entry.id, Outcome.DONE)
            ids.append(entry.id)
            if len(ids) == 1000:
                if number < events * CONFIRMED:
                    journal.acknowledge(tuple(ids), "201")
                ids.clear()
        if journal._connection.in_transaction:
            journal._connection.execute("commit")
    finally:
        Commits.durably = real  # type: ignore[method-assign]
    journal.close()


def verified(path: Path, keys: DeviceKeys, *, gently: bool = False) -> None:
    """As `verify-journal` does it; gently as the guard does daily, with half the time for others."""
    connection = open_sealed(path, keys.journal_key(), read_only=True)
    connection.execute("begin")
    verdict = verify(
        connection,
        device=keys.device,
        seed=keys.ratchet_seed(),
        verify_key=keys.verify_key,
        another=None if gently else lambda: open_sealed(path, keys.journal_key(), read_only=True),
        progress=(lambda _done, _of: time.sleep(BREATH)) if gently else None,
    )
    connection.close()
    if not verdict:
        raise SystemExit(f"the journal is not whole: {verdict.findings[:3]}")


def read_and_hashed(path: Path, keys: DeviceKeys) -> None:
    """What no verifier can beat: each row read, and one hash and one code for each."""
    connection = open_sealed(path, keys.journal_key(), read_only=True)
    key = bytes(32)
    for body, h in connection.execute("select cast(body as blob), h from entries order by position"):
        sha256(body).digest()
        hmac.digest(key, h, "sha256")
    connection.close()


class Bare:
    """One table, one row, one commit, on the same disk with the same settings."""

    def __init__(self, path: Path, rows: int) -> None:
        self._db = open_sealed(path, random_key())
        self._db.execute("create table entries(position integer primary key, body text not null) strict")
        self._db.execute("begin immediate")
        self._db.executemany("insert into entries(body) values (?)", (("x" * ENTRY_BYTES,) for _ in range(rows)))
        self._db.execute("commit")
        self._gone = 0

    def append(self) -> None:
        self._db.execute("begin immediate")
        self._db.execute("insert into entries(body) values (?)", ("x" * ENTRY_BYTES,))
        self._db.execute("commit")

    def prune(self, count: int) -> None:
        self._gone += count
        self._db.execute("begin immediate")
        self._db.execute("delete from entries where position <= ?", (self._gone,))
        self._db.execute("commit")

    def close(self) -> None:
        self._db.close()


# ------------------------------------------------------------------ the window of another process


def window() -> None:
    """Repaints every 16 ms until its input ends; prints the times from one frame to the next."""
    from PySide6.QtCore import QSocketNotifier, Qt, QTimer
    from PySide6.QtGui import QPainter, QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    app, frames, last = QApplication([]), list[float](), [time.perf_counter()]

    class Screen(QWidget):
        def paintEvent(self, _event: QPaintEvent) -> None:
            painter = QPainter(self)
            for line in range(40):
                painter.drawText(10, 20 * line, f"line {line} of a screen that is painted while the journal works")
            painter.end()
            now = time.perf_counter()
            frames.append((now - last[0]) * 1000)
            last[0] = now

    screen, timer = Screen(), QTimer()
    screen.resize(1200, 800)
    screen.show()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(screen.repaint)
    timer.start(16)
    ended = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    ended.activated.connect(app.quit)
    print("painting", flush=True)
    app.exec()
    print(" ".join(f"{frame:.2f}" for frame in frames[5:]), flush=True)


def frames_while(work: Callable[[], None]) -> list[float]:
    child = subprocess.Popen(
        [sys.executable, __file__, "--window"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.readline()
    work()
    out, _ = child.communicate("end\n")
    return sorted(float(frame) for frame in out.split())


def tail(frames: list[float]) -> list[float]:
    """The slowest hundredth."""
    return frames[-max(len(frames) // 100, 1) :]


def as_the_guard(path: Path, keys: DeviceKeys) -> None:
    """A coder at work, the whole journal read, and the confirmed pruned, all at once."""
    recorder = Recorder(lambda: Journal.open(path, keys, SystemClock()))
    recorder.opened().result()
    before, ending = time.time() + 1, threading.Event()

    def upkeep() -> None:
        verified(path, keys, gently=True)
        for _ in range(500):
            if not recorder.run(lambda journal: journal.prune(before)).result():
                break
        ending.set()

    reader = threading.Thread(target=upkeep)
    reader.start()
    while not ending.wait(0.05):
        recorder.record(VIEW, "coder1").result()
    reader.join()
    recorder.close()


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--events", type=int, default=1_000_000)
    words.add_argument("--window", action="store_true")
    chosen = words.parse_args()
    if chosen.window:
        window()
        return
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), chosen.events)


def measure(folder: Path, events: int) -> None:
    path, keys = folder / "journal.db", DeviceKeys.throw_away()
    began = time.perf_counter()
    fill(path, keys, events)
    show("journal_fill_per_event", [(time.perf_counter() - began) * 1000 / events], None)
    print(f"{events} events, {path.stat().st_size / 1e6:.0f} MB", flush=True)

    floor = timed(lambda: read_and_hashed(path, keys))
    show("journal_verify_all", [timed(lambda: verified(path, keys)) / 1000], [floor / 1000], unit="s")

    opened: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        journal = Journal.open(path, keys, SystemClock())
        opened.append((time.perf_counter() - began) * 1000)
        journal.close()
    show("journal_open", opened, None)

    journal, bare = Journal.open(path, keys, SystemClock()), Bare(folder / "bare.db", min(events, 100_000))
    ours, floors = [], []
    for _ in range(ROUNDS):
        floors.append(timed(bare.append))
        ours.append(timed(lambda: journal.append(VIEW, user="coder1")))
    show("journal_append_one", ours, floors)
    show("journal_counts", [timed(journal.counts) for _ in range(20)], None)
    show("journal_unsent_100", [timed(lambda: journal.unsent(100)) for _ in range(20)], None)
    show("journal_page_200", [timed(lambda: journal.page("coder1")) for _ in range(20)], None)
    show("journal_newest_act", [timed(lambda: journal.newest_done("coder1")) for _ in range(20)], None)
    before, ours, floors = time.time() + 1, [], []
    for _ in range(100):
        floors.append(timed(lambda: bare.prune(200)))
        ours.append(timed(lambda: journal.prune(before)))
    show("journal_prune_200", ours, floors)
    journal.close()
    bare.close()

    idle = frames_while(lambda: time.sleep(5))
    busy = frames_while(lambda: as_the_guard(path, keys))
    show("frame_while_the_journal_works", busy, idle)
    show("slowest_hundredth_of_frames", tail(busy), tail(idle))


if __name__ == "__main__":
    main()
