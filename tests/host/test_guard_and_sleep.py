"""Sleep and lock through the real guard program: logind may sleep only when the desk is dead."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.fakes.logind import FakeLogind, PrivateBus
from tests.guards import Stage
from tests.harness.qt import QtSaid, qt_said
from ui.guard.program import GuardProgram
from ui.guard.window import first_window
from workstation.guard.states import State
from workstation.host.events import Armed
from workstation.host.linux_session import LinuxSessionWatch
from workstation.host.paths import Home
from workstation.settings import ServerSettings

__all__ = ["qt_said"]
pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")


@dataclass
class Watched:
    """The program as it is after start-up, its guard on a stage, its watch on a bus of our own."""

    program: GuardProgram
    stage: Stage
    bus: PrivateBus
    logind: FakeLogind

    def alive_when_released(self, pid: int) -> list[bool]:
        """Filled by logind in the moment the inhibitor is closed."""
        seen: list[bool] = []
        self.logind.on_release = lambda: seen.append(Path(f"/proc/{pid}").exists())
        return seen


@pytest.fixture
def watched(qtbot: QtBot, qapp: QApplication, tmp_path: Path, qt_said: QtSaid) -> Iterator[Watched]:
    stage, bus = Stage(tmp_path), PrivateBus(tmp_path)
    logind = FakeLogind(bus.address)
    window = first_window(qapp, "", practice=False)
    qtbot.addWidget(window)
    program = GuardProgram(qapp, Home(tmp_path / "data"), ServerSettings(base="http://127.0.0.1:9"), window)
    program.guard = stage.guard
    watch = LinuxSessionWatch(program._told, system_bus=bus.address, session_bus=bus.address)
    program._watch = watch
    program._armed(watch.start())
    assert logind.inhibited.wait(5)
    yield Watched(program, stage, bus, logind)
    watch.stop()
    stage.guard.stop()
    stage.recorder.close()
    program._pool.shutdown()
    logind.close()
    bus.close()
    qt_said.take()  # the offscreen platform cannot raise a window, and says so


@pytest.mark.parametrize("manner", ["obedient", "stubborn"])
def test_the_computer_sleeps_only_when_the_desk_is_dead(qtbot: QtBot, watched: Watched, manner: str) -> None:
    watched.stage.manner = manner
    alive = watched.alive_when_released(watched.stage.open_desk())
    watched.logind.sleep(True)
    qtbot.waitUntil(watched.logind.released.is_set, timeout=10_000)
    assert alive == [False]
    assert watched.stage.guard.state is State.LOCKED


def test_the_computer_sleeps_at_once_when_nobody_is_at_the_desk(qtbot: QtBot, watched: Watched) -> None:
    watched.logind.sleep(True)
    qtbot.waitUntil(watched.logind.released.is_set, timeout=10_000)


def test_the_computer_sleeps_also_before_the_guard_has_opened(qtbot: QtBot, watched: Watched) -> None:
    watched.program.guard = None
    watched.logind.sleep(True)
    qtbot.waitUntil(watched.logind.released.is_set, timeout=10_000)


def test_a_switch_to_another_user_ends_the_desk_and_holds_no_sleep_back(qtbot: QtBot, watched: Watched) -> None:
    pid = watched.stage.open_desk()
    watched.logind.switch(active=False)
    qtbot.waitUntil(lambda: not Path(f"/proc/{pid}").exists(), timeout=10_000)
    assert watched.stage.guard.state is State.LOCKED
    assert not watched.logind.released.is_set()


def test_a_bus_that_dies_locks_and_shortens_the_deadline(qtbot: QtBot, watched: Watched) -> None:
    pid = watched.stage.open_desk()
    longer = watched.stage.guard.idle_lock
    watched.bus.close()
    qtbot.waitUntil(lambda: watched.program.device.armed == Armed(), timeout=10_000)
    assert not Path(f"/proc/{pid}").exists()
    assert watched.stage.guard.idle_lock < longer
