"""`python -m tests.faults.dying_guard HOME STEP`: a guard that is killed at one step of an unlock or a lock."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from tests.whole import memory
from tests.whole.workplace import Workplace, workplace
from workstation import messages as m
from workstation.channel import Channel
from workstation.guard.desks import DeskProcess
from workstation.guard.guard import Guard
from workstation.guard.states import LockReason, State

UNLOCK = (
    "the invitation is made",
    "the half is sent",
    "the try is counted",
    "the key is derived",
    "the cache is open",
    "the desk is let in",
    "the desk is shown",
)
LOCK = ("the cover is up", "the desk is to flush", "the desk is dead", "the lock is on record")
COUNTED = UNLOCK[2:5]  # the try stands on disk, and nothing has cleared it yet


class Death:
    """Ends this process, or whatever it is told to, the moment a call of the guard has been made."""

    def __init__(self, place: Workplace, stroke: Callable[[], None]) -> None:
        self._place, self._stroke, self.struck = place, stroke, False
        self._calls: list[tuple[Any, str, Any]] = []

    def _strike(self) -> None:
        if not self.struck:
            self.struck = True
            self._stroke()

    def _put(self, owner: Any, name: str, call: Any) -> None:
        self._calls.append((owner, name, getattr(owner, name)))
        setattr(owner, name, call)

    def undo(self) -> None:
        for owner, name, call in reversed(self._calls):
            setattr(owner, name, call)

    def after(self, owner: Any, name: str, when: Callable[..., object] = lambda *_: True) -> None:
        call = getattr(owner, name)

        def dying(*args: Any, **more: Any) -> Any:
            answer = call(*args, **more)
            if when(*args):
                self._strike()
            return answer

        self._put(owner, name, dying)

    def before(self, owner: Any, name: str) -> None:
        call = getattr(owner, name)

        def dying(*args: Any, **more: Any) -> Any:
            self._strike()
            return call(*args, **more)

        self._put(owner, name, dying)

    def at(self, step: str) -> None:
        guard, program = self._place.guard, self._place.stage.program
        match step:
            case "the invitation is made":
                self.after(guard._vaults, "invitation")
            case "the half is sent":
                self.after(Channel, "send_key")
            case "the try is counted":
                self.after(guard._vaults, "count_try")
            case "the key is derived":
                self.after(DeskProcess, "send", lambda _desk, message: isinstance(message, m.TryAnswer))
            case "the cache is open":
                self.before(guard, "_opened")
            case "the desk is let in":
                self.after(guard, "_opened")
            case "the desk is shown":
                self.after(guard._face, "step_aside", lambda *_: guard.state is State.DESK)
            case "the cover is up":
                self.after(program.window, "show_cover")
            case "the desk is to flush":
                self.after(DeskProcess, "send", lambda _desk, message: isinstance(message, m.StandDown))
            case "the desk is dead":
                self.after(DeskProcess, "kill")
            case "the lock is on record":
                self.after(guard, "_audit")
            case _:
                raise ValueError(step)


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def come_back(place: Workplace) -> Guard:
    """A start of the program: the coder's lease lets them unlock."""
    place.stage.until(lambda: place.stage.state is State.LOCKED, "the cover of the coder who was here")
    return place.guard


def main(home: Path, step: str) -> None:
    """What the desks' process ids were is written beside the home, for whoever waits for their end."""
    app = QApplication([])
    with workplace(app, home) as place:
        if step == "enrol":
            place.enrol()
            return
        guard = come_back(place)
        told = home.with_name("desks")

        def die() -> None:
            told.write_text(" ".join(map(str, memory.children(os.getpid()))))
            kill([os.getpid()])

        if step in LOCK:
            place.unlock()
            Death(place, die).at(step)
            guard.lock(LockReason.KEY)
        elif step:
            Death(place, die).at(step)
            place.unlock()
        else:
            place.unlock()
            told.write_text("")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
