"""A computer IT manages, real guard, real desks: a change counts while nobody answers, and what IT forbids is shown."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from tests.managed.test_sources import Etc
from tests.whole.workplace import Workplace, is_gone, workplace
from workstation.guard.states import State
from workstation.host.paths import NoHome
from workstation.managed.inforce import Reader
from workstation.managed.sources import Sources, read_folder

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(240)]


def reader(etc: Etc) -> Reader:
    def read() -> Sources:
        found = Sources()
        read_folder(etc.top, found, owner=os.getuid())
        return found

    return Reader(read)


@pytest.fixture
def etc(tmp_path: Path) -> Etc:
    return Etc(tmp_path)


def managed_place(app: QApplication, folder: Path, etc: Etc) -> Workplace:
    app.setQuitOnLastWindowClosed(False)
    made = Workplace(app, folder)
    made.stage.program._managed = reader(etc)
    return made


def test_a_policy_changed_by_it_counts_without_a_server(qapp: QApplication, tmp_path: Path, etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"idle_lock": 600, "full_screen": True})
    place = managed_place(qapp, tmp_path / "data", etc)
    try:
        place.open()
        folder = place.enrol()
        seat = place.guard.seat
        assert seat is not None
        assert seat.policy.idle_lock == 600
        assert place.guard.look["full_screen"] is True
        assert place.stage.program.window.windowState() & Qt.WindowState.WindowFullScreen
        etc.write("policies/managed/10.json", {"idle_lock": 90, "shared_workstation": True})
        place.stage.program.house.hurry()
        place.stage.until(lambda: place.guard.seat and place.guard.seat.policy.idle_lock == 90, "the new policy", 30)
        assert place.guard.seat is not None
        assert place.guard.seat.policy.shared_workstation
        assert place.guard.seat.policy.version.endswith("and this computer's")
        trail = place.stage.program.house.recorder.run(
            lambda journal: [one.reason for one in journal.page("dana")]
        ).result(10)
        assert any("idle_lock 300 to 600" in reason for reason in trail), "what was in force at the sign-in"
        assert any("idle_lock 600 to 90; shared_workstation off to on" in reason for reason in trail), trail
        etc.write("policies/managed/10.json", "{")
        place.stage.program.house.hurry()
        place.stage.until(
            lambda: place.guard.seat and place.guard.seat.policy.idle_lock == 300, "the built-in time", 30
        )
        assert any("damaged" in cell for row in place.stage.program._device_rows() for cell in row)
    finally:
        place.stage.close()
        qapp.processEvents()
    assert folder.exists()


def test_a_program_asked_to_leave_locks_first_and_keeps_what_is_unsent(qapp: QApplication, tmp_path: Path) -> None:
    with workplace(qapp, tmp_path / "data") as place:
        folder = place.enrol()
        [desk, *_] = place.guard.pids()
        place.stage.program.leave()
        assert place.stage.state is State.LOCKED
        assert is_gone(desk)
        assert "updated" in " ".join(label.text() for label in place.stage.program.window.findChildren(QLabel))
    said = json.loads((folder / "only-here").read_bytes())
    assert said in (0, None), "the desk's last words, or that they did not come in time: then nothing is purged"
    assert (folder / "cache.db").exists()


def test_a_computer_that_is_to_keep_nothing_keeps_nothing(qapp: QApplication, tmp_path: Path, etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"online_only": True})
    place = managed_place(qapp, tmp_path / "data", etc)
    try:
        place.open()
        assert isinstance(place.stage.program.house.home, NoHome)
        assert not (tmp_path / "data" / "guard").exists()
        words = " ".join(label.text() for label in place.stage.program.window.findChildren(QLabel))
        assert "nothing is kept on this computer" in words
    finally:
        place.stage.close()
        qapp.processEvents()


@pytest.mark.parametrize(
    ("policies", "asked", "words"),
    [
        ({"base": "https://fhir.example/r4"}, "https://evil.example/r4", "another server"),
        ({"base": "https://fhir.example/r4", "pin": "short"}, "", "policy pin cannot be used"),
        ({"idle_lock": 60}, "", "No server is set up"),
    ],
)
def test_a_server_that_is_not_to_be_used_is_refused_in_the_window(
    qapp: QApplication, tmp_path: Path, etc: Etc, policies: dict[str, object], asked: str, words: str
) -> None:
    etc.write("policies/managed/10.json", policies)
    place = managed_place(qapp, tmp_path / "data", etc)
    program = place.stage.program
    program._practice, program._asked = False, asked

    def said() -> str:
        return " ".join(label.text() for label in program.window.findChildren(QLabel) if label.isVisible())

    try:
        program.start()
        place.stage.until(lambda: words in said(), words, 30)
        assert program.guard is None, "nothing was opened"
    finally:
        place.stage.close()
        qapp.processEvents()
