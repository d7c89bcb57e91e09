"""A computer without a keyring: said plainly, nothing kept on it, nothing shown before the server has its event."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from tests.whole.workplace import Workplace, is_gone
from ui.tour.steps import HEART_FAILURE
from workstation.guard.states import State

pytestmark = pytest.mark.timeout(300)


def visible(place: Workplace, kind: type[QLabel | QPushButton]) -> str:
    return "\n".join(one.text() for one in place.stage.program.window.findChildren(kind) if one.isVisible())


def events(place: Workplace) -> list[str]:
    """What the server has, by subtype."""
    found = place.day.practice("resource", {"type": "AuditEvent"})
    return [coding["code"] for event in found for coding in event.get("subtype", [])]


def kept(folder: Path) -> list[str]:
    """Every file under the home but the practice hospital's own."""
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return sorted(path.name for path in files if "practice" not in path.relative_to(folder).parts)


def test_without_a_keyring_the_coder_works_online_only(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    qapp.setQuitOnLastWindowClosed(False)
    folder = tmp_path / "data"
    place = Workplace(qapp, folder, server="")
    stage, day = place.stage, place.day
    try:
        stage.program.start()
        stage.until(lambda: "Work online only" in visible(place, QPushButton), "the choice", 60)
        assert "does not trust" in visible(place, QLabel)
        assert "Try again" in visible(place, QPushButton)
        stage.program.window.online_only.emit()
        stage.until(lambda: stage.program.guard is not None and stage.standby_is_ready(), "the guard", 60)
        assert "Online only" in visible(place, QLabel)

        stage.sign_in("dana")
        place.invited("Step 1 of 2")
        place.type_new_password()
        stage.until(lambda: "Step 2 of 2" in day.words(), "the step-up code", 30)
        from ui.tour.steps import prove

        prove(day)
        place.shown()
        day.wait(lambda state: state["sync"] == "In step", "the first sync", 60)
        assert "Online only: nothing is kept here" in day.words()
        stage.until(lambda: len(stage.desk("rows")) >= 5, "the worklist", 30)
        assert "view-worklist" in events(place), "the server had the event before the list was shown"

        stage.desk("type", text=HEART_FAILURE)
        stage.until(lambda: len(stage.desk("rows")) == 1, "the one account", 10)
        stage.desk("press", keys="Return")
        day.wait(lambda state: state["document"], "the chart", 30)
        assert kept(folder) == ["instance.door"], "nothing but the door of a second start"

        pid = place.guard.pids()[0]
        stage.desk_say("key")
        stage.until(lambda: stage.state is State.LOCKED, "the lock", 20)
        place.wait_gone(pid)
        assert is_gone(pid)
        assert "Online only" in visible(place, QLabel)
        place.unlock()
        day.wait(lambda state: state["sync"] == "In step", "everything fetched anew", 60)

        day.practice("offline", {"offline": True})
        stage.desk("press", keys="Ctrl+1")
        rows = stage.until(lambda: stage.desk("rows"), "the worklist", 20)
        assert rows
        before = day.now()["document"]
        stage.desk("press", keys="Return")
        stage.until(
            lambda: "online only" in day.words().lower() and "cannot be reached" in day.words(), "the refusal", 40
        )
        assert day.now()["document"] == before
        assert stage.state is State.DESK, "what is not recorded is not shown; what is there is not lost"
        assert kept(folder) == ["instance.door"]
    finally:
        stage.close()
        qapp.processEvents()
