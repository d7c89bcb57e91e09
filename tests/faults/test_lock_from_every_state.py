"""Lock is unconditional: whatever the desk shows or does, its process is gone within two seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.faults.conftest import Times
from tests.whole.workplace import Workplace, is_gone, workplace
from ui.tour.steps import HEART_FAILURE, PASSWORD, prove
from workstation.guard.states import LockReason, State

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(300)]

LOCKS = (LockReason.KEY, LockReason.SYSTEM, LockReason.SUSPEND, LockReason.IDLE)


def begin(place: Workplace) -> None:
    """Dana signs in at the practice hospital and opens a chart."""
    stage = place.stage
    stage.sign_in("dana")
    place.invited("Step 1 of 2")
    place.type_new_password()
    stage.until(lambda: "Step 2 of 2" in place.day.words(), "the step-up code")
    prove(place.day)
    place.shown()
    place.day.wait(lambda state: state["sync"] == "In step", "the first sync", 100)


def chart(place: Workplace) -> None:
    stage = place.stage
    stage.desk("press", keys="Ctrl+1")
    place.day.wait(lambda state: state["page"] == "worklist", "the worklist")
    stage.desk("focus", name="Filter the worklist")
    stage.desk("press", keys="Escape")
    stage.desk("type", text=HEART_FAILURE)
    stage.until(lambda: len(stage.desk("rows")) == 1, "the one account")
    stage.desk("press", keys="Return")
    place.day.wait(lambda state: state["page"] == "encounter" and state["document"], "the chart")


def identifiers(place: Workplace) -> None:
    place.stage.desk("reveal", reason="verify-patient")


def menu(place: Workplace) -> None:
    """A menu holds mouse and keyboard and runs an event loop of its own: it does not answer until it is closed."""
    place.stage._current().ask({"do": "press", "keys": "Ctrl+I"})


def finder(place: Workplace) -> None:
    place.stage.desk("press", keys="Ctrl+K")
    place.stage.desk("type", text="chf ac on")


def search(place: Workplace) -> None:
    place.stage.desk("press", keys="Ctrl+Shift+F")
    place.stage.desk("type", text="room air")


def drag(place: Workplace) -> None:
    place.stage.desk("drag", name="Document text")


def results(place: Workplace) -> None:
    place.stage.desk("press", keys="Ctrl+Down")


def sync(place: Workplace) -> None:
    place.day.practice("faults", {"kind": "latency", "seconds": 8.0, "count": 4, "path": "/fhir/*"})
    place.stage.desk("press", keys="Ctrl+R")


def password(place: Workplace) -> None:
    place.stage.desk("password")
    place.stage.desk("focus", name="New unlock password")
    place.stage.desk("type", text="half of a new one")


def tab(keys: str) -> Callable[[Workplace], None]:
    return lambda place: place.stage.desk("press", keys=keys)


SHOWN: dict[str, Callable[[Workplace], None]] = {
    "a chart": lambda place: None,
    "the question for a code before identifiers": identifiers,
    "a menu": menu,
    "the finder with half-typed words": finder,
    "the search of a chart": search,
    "a drag with the button down": drag,
    "the next document opening": results,
    "a sync that waits for a slow server": sync,
    "the password page, half typed": password,
    "the trail": tab("Ctrl+3"),
    "the device page": tab("Ctrl+4"),
}


def locked(place: Workplace, pid: int, reason: LockReason) -> None:
    place.guard.lock(reason)
    place.wait_gone(pid)
    assert place.stage.state is State.LOCKED


def test_a_desk_is_gone_whatever_it_shows(qapp: QApplication, tmp_path: Path) -> None:
    with workplace(qapp, tmp_path / "data", server="") as place:
        begin(place)
        for number, (what, show) in enumerate(SHOWN.items()):
            pid = place.guard.pids()[0]
            chart(place)
            show(place)
            locked(place, pid, LOCKS[number % len(LOCKS)])
            assert place.stage.state is State.LOCKED, what
            place.unlock()


def acts(place: Workplace) -> list[str]:
    entries = place.stage.program.house.recorder.run(lambda journal: journal.page("dana")).result()
    return [entry.act.value for entry in entries if entry.phase == "intent"]


def test_an_enrolment_is_gone_at_each_of_its_steps(qapp: QApplication, tmp_path: Path) -> None:
    with workplace(qapp, tmp_path / "data") as place:
        folder = place.seat()
        locked(place, place.invited("Step 1 of 2"), LockReason.SYSTEM)
        pid = place.invite("Step 1 of 2")
        place.type_new_password()
        place.guard.lock(LockReason.SUSPEND)  # while the new key is derived
        place.wait_gone(pid)
        pid = place.invite("Step 1 of 2")
        place.type_new_password()
        place.stage.until(lambda: "Step 2 of 2" in place.day.words(), "the QR code")
        locked(place, pid, LockReason.KEY)
        assert not (folder / "vault.json").exists()
        assert not (folder / "cache.db").exists()
        assert "enrol" not in acts(place)


def test_a_lock_while_the_key_is_derived_throws_the_unlock_away(
    qapp: QApplication, tmp_path: Path, times: Times
) -> None:
    """The password was right and the key would have come; nothing ever opens with it."""
    with workplace(qapp, tmp_path / "data") as place:
        folder = place.enrol()
        locked(place, place.guard.pids()[0], LockReason.KEY)
        for _ in range(times(20)):
            before, cache = acts(place).count("unlock"), (folder / "cache.db").read_bytes()
            pid = place.ask_unlock()
            place.stage._current().ask({"do": "press", "keys": "Return"})
            place.stage.until((folder / "throttle.json").exists, "the counted try")
            locked(place, pid, LockReason.SYSTEM)
            assert place.stage.state is State.LOCKED
            assert acts(place).count("unlock") == before
            assert (folder / "cache.db").read_bytes() == cache
            place.unlock()
            locked(place, place.guard.pids()[0], LockReason.KEY)
        assert is_gone(pid)


def test_the_password_typed_is_not_needed_for_the_lock(qapp: QApplication, tmp_path: Path) -> None:
    """A wrong password's complaint, and half a password, stand in nobody's way."""
    with workplace(qapp, tmp_path / "data") as place:
        place.enrol()
        locked(place, place.guard.pids()[0], LockReason.KEY)
        pid = place.ask_unlock()
        locked(place, pid, LockReason.SYSTEM)
        pid = place.ask_unlock()
        place.stage.desk("type", text="x" + PASSWORD["dana"])
        place.stage.desk("press", keys="Return")
        place.stage.until(
            lambda: "not the unlock password" in place.day.words() or "wrong" in place.day.words().lower(),
            "the refusal",
        )
        locked(place, pid, LockReason.SYSTEM)
