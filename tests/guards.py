"""A guard on a test's own main thread: real processes, a real journal, a clock that is set."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from workstation import messages as m
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.errors import TooManyTries
from workstation.guard.deadline import Moment
from workstation.guard.desks import DeskProcess
from workstation.guard.guard import Guard
from workstation.guard.recorder import Recorder
from workstation.guard.seat import Seat
from workstation.guard.states import State
from workstation.host.clock import SystemClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

DESK = str(Path(__file__).resolve().parent / "fakes" / "desk.py")


class Face:
    def __init__(self) -> None:
        self.shown: list[str] = []

    def show_sign_in(self, note: str, *, busy: bool, can_unlock: bool) -> None:
        self.shown.append(f"sign-in {note}".strip())

    def show_cover(self, coder: str, note: str) -> None:
        self.shown.append(f"cover {note}")

    def step_aside(self) -> None:
        self.shown.append("aside")

    def look(self, look: dict[str, object]) -> None:
        """The window's place does not matter here."""


class Vaults:
    def __init__(self) -> None:
        self.left = 3
        self.halves: list[bytearray] = []
        self.stored: list[dict[str, Any]] = []
        self.noted: list[int | None] = []

    def invitation(self, seat: Seat) -> tuple[m.Invite, bytearray]:
        half = bytearray(b"x" * 32)
        self.halves.append(half)
        invite = m.Invite(
            "unlock", {"user": seat.coder.user}, {}, None, {}, str(seat.folder), {}, 0.0, False, {}, lock_epoch=0
        )
        return invite, half

    def store_vault(self, seat: Seat, vault: dict[str, Any]) -> None:
        self.stored.append(vault)

    def count_try(self, seat: Seat) -> tuple[float, int]:
        self.left -= 1
        if self.left < 0:
            raise TooManyTries
        return 0.0, self.left

    def clear_tries(self, seat: Seat) -> None:
        self.left = 3

    def use_time_code(self, seat: Seat, time_code: int) -> tuple[bool, float]:
        return True, 0.0

    def step_up_failed(self, seat: Seat) -> None:
        """Counted by the real ledger, tested there."""

    def note_only_here(self, seat: Seat) -> None:
        self.noted.append(seat.only_here)

    def sign_out(self, seat: Seat) -> str:
        self.left = -1
        return ""


class Stage:
    """A guard whose main thread is the test."""

    def __init__(self, folder: Path) -> None:
        self.face, self.vaults, self.jobs = Face(), Vaults(), queue.SimpleQueue[Callable[[], None]]()
        self.manner, self.desks = "obedient", list[DeskProcess]()
        self.now = Moment(1_800_000_000.0, 1000.0)
        keys = DeviceKeys.throw_away()
        self.recorder = Recorder(lambda: Journal.open(folder / "journal.db", keys, SystemClock()))
        self.guard = Guard(
            face=self.face,
            vaults=self.vaults,
            recorder=self.recorder,
            start_desk=self.start_desk,
            give_token=lambda _: ("token", 0.0),
            trail=lambda wanted, _: m.TrailPage(wanted.request, [], 0, 0, ""),
            device_page=list,
            now=lambda: self.now,
            post=self.jobs.put,
            work=self.work,
            sign_out=self.vaults.sign_out,
        )
        seat = Seat(Coder("dana", "dana", "Dana Whitfield"), "base", folder, Policy(idle_lock=300, idle_warning=30))
        self.guard.sit(seat)

    def start_desk(self, heard: Any, gone: Any) -> DeskProcess:
        made = DeskProcess([sys.executable, DESK, self.manner], heard, gone)
        self.desks.append(made)
        return made

    def work(
        self, call: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[BaseException], None]
    ) -> None:
        try:
            answer = call()
        except Exception as error:  # noqa: BLE001  it goes where the guard wants it
            self.jobs.put(partial(failed, error))
        else:
            self.jobs.put(lambda: then(answer))

    def until(self, check: Callable[[], object], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < end, f"still {self.guard.state}, shown {self.face.shown}"
            try:
                self.jobs.get(timeout=0.05)()
            except queue.Empty:
                continue

    def settle(self, seconds: float = 0.3) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end, seconds + 5)

    def pass_time(self, seconds: float) -> None:
        self.now = replace(self.now, wall=self.now.wall + seconds, boot=self.now.boot + seconds)

    def open_desk(self) -> int:
        self.guard.invite()
        self.until(lambda: self.guard.state is State.DESK)
        self.settle()
        return self.desks[0].pid

    def acts(self) -> list[str]:
        return [
            e.act.value for e in reversed(self.recorder.run(lambda j: j.page("dana")).result()) if e.phase == "intent"
        ]


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()
