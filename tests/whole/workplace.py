"""A workplace for tests: the guard in this process, its real desks, and a coder who is enrolled and knows a password."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel

from ui.tour.day import Day
from ui.tour.stage import Stage, StepFailed
from ui.tour.steps import PASSWORD, prove
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.guard.guard import Guard
from workstation.guard.online import Arrived
from workstation.guard.states import State

NOBODY = "http://127.0.0.1:9/fhir"  # a server that never answers: what is tested here is this computer
DANA = Coder("dana", "dana", "Dana Whitfield", "CCS", frozenset({"inpatient-coder"}))


class Workplace:
    """What a coder and the guard do at it. Every wait is for something to be so."""

    def __init__(self, app: QApplication, folder: Path, server: str = NOBODY) -> None:
        self.stage = Stage(app, folder, server=server, practice=True)
        self.day = Day(self.stage, {})

    @property
    def guard(self) -> Guard:
        guard = self.stage.program.guard
        assert guard is not None, "the guard is not up yet"
        return guard

    def open(self) -> None:
        self.stage.ready()
        app_pids = self.guard.pids()
        assert app_pids, "a standby is kept warm"

    def invited(self, words: str) -> int:
        """The unlock or enrolment window is on the screen; its process."""
        self.stage.until(lambda: self.stage.state is State.INVITING, "the invitation")
        try:
            self.stage.until(lambda: self.says(words), f"the page that says {words}")
        except StepFailed as trouble:
            raise StepFailed(f"{trouble}: {self.stage.state}, {self.told()}") from None
        return self.guard.pids()[0]

    def told(self) -> str:
        """What stands on the guard's window and on the desk's, for whoever reads a failure."""
        labels = self.stage.program.window.findChildren(QLabel)
        guard = [label.text() for label in labels if label.isVisible() and label.text()]
        alive = [hands.is_open for hands in self.stage._hands]
        try:
            desk = self.day.words()
        except StepFailed as trouble:
            desk = str(trouble)
        return f"guard says {guard}, desk says {desk[:400]!r}, desks {self.guard.pids()}, connected {alive}"

    def says(self, words: str) -> bool:
        """Whether the desk shows these words; a standby that is still starting shows nothing."""
        with suppress(StepFailed):
            return words in self.day.words()
        return False

    def seat(self, coder: Coder = DANA) -> Path:
        """Someone has signed in: the coder's folder."""
        house = self.stage.program.house
        seat = house.seat_for(Arrived(coder, Policy()), renew_password=False)
        self.guard.sit(seat)
        self.guard.invite()
        return seat.folder

    def type_new_password(self) -> None:
        for field in ("Unlock password", "The same again"):
            self.stage.desk("focus", name=field)
            self.stage.desk("type", text=PASSWORD["dana"])
        self.stage.desk("click", name="Continue")

    def enrol(self) -> Path:
        """Dana sits at her desk for the first time."""
        folder = self.seat()
        self.invited("Step 1 of 2")
        self.type_new_password()
        self.stage.until(lambda: "Step 2 of 2" in self.day.words(), "the step-up code")
        prove(self.day)
        self.shown()
        return folder

    def shown(self) -> int:
        """The desk's process, once its main page is painted."""
        self.stage.until(lambda: self.stage.state is State.DESK, "the desk")
        self.stage.until(lambda: self.stage.desk("painted"), "the painted desk")
        return self.guard.pids()[0]

    def invite(self, words: str) -> int:
        """Enter on the cover, once the next standby is warm; its process."""
        self.stage.until(self.stage.standby_is_ready, "a standby")
        self.guard.invite()
        return self.invited(words)

    def ask_unlock(self) -> int:
        """The unlock window with the password typed, Return not yet pressed."""
        pid = self.invite("Unlock")
        self.stage.desk("focus", name="Unlock password")
        self.stage.desk("type", text=PASSWORD["dana"])
        return pid

    def unlock(self) -> int:
        self.ask_unlock()
        self.stage.desk("press", keys="Return")
        return self.shown()

    def wait_gone(self, pid: int, seconds: float = 2.0) -> None:
        self.stage.until(lambda: is_gone(pid), f"process {pid} to be gone", seconds)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@contextmanager
def workplace(app: QApplication, folder: Path, server: str = NOBODY) -> Iterator[Workplace]:
    """Opened, and closed whatever happens in it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app.setQuitOnLastWindowClosed(False)
    made = Workplace(app, folder, server)
    try:
        made.open()
        yield made
    finally:
        made.stage.close()
        app.processEvents()
