"""An educator's day in the real program: sign in, ask, and make the copy a lead has approved, by keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.whole.workplace import Workplace
from ui.tour.steps import prove

pytestmark = pytest.mark.timeout(300)

ACCOUNT = "2611180644"  # a clinic visit for low back pain


def approve(place: Workplace) -> None:
    """What the lead's desk would write."""
    asked = place.day.practice("resource", {"type": "Task"})
    task = next(t for t in asked if "teaching-copy" in json.dumps(t["code"]))
    encounters = place.day.practice("resource", {"type": "Encounter"})
    chosen = next(e for e in encounters if ACCOUNT in json.dumps(e["identifier"]))
    named = {"reference": f"Encounter/{chosen['id']}"}
    end = {"period": {"end": "2099-01-01T00:00:00Z"}}
    changed = {
        "status": "accepted", "encounter": named, "focus": named, "for": chosen["subject"], "restriction": end,
        "owner": {"reference": "Practitioner/omar"},
    }  # fmt: skip
    place.day.practice("acts/edit-task", {"task": task["id"], "set": changed})


def test_an_educator_signs_in_and_makes_an_approved_copy(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    qapp.setQuitOnLastWindowClosed(False)
    place = Workplace(qapp, tmp_path / "data", server="")
    stage, day = place.stage, place.day
    try:
        stage.program.start()

        def choice() -> bool:
            buttons = stage.program.window.findChildren(QPushButton)
            return any(button.isVisible() and "Work online only" in button.text() for button in buttons)

        stage.until(choice, "the choice", 60)
        stage.program.window.online_only.emit()
        stage.until(lambda: stage.program.guard is not None and stage.standby_is_ready(), "the guard", 60)
        stage.sign_in("omar")
        place.invited("Step 1 of 2")
        place.type_new_password()
        stage.until(lambda: "Step 2 of 2" in day.words(), "the step-up code", 30)
        prove(day)
        place.shown()
        day.wait(lambda state: state["sync"] == "In step", "the first sync", 60)

        stage.desk("press", keys="Ctrl+7")
        stage.until(lambda: "Ask for a teaching copy" in day.words(), "the teaching page", 20)
        stage.desk("click", name="Need: Onboarding")
        stage.desk("focus", name="Topic: a code or a few words, no name")
        stage.desk("type", text="low back pain")
        stage.desk("press", keys="Return")
        stage.until(
            lambda: any("teaching-copy" in json.dumps(t["code"]) for t in day.practice("resource", {"type": "Task"})),
            "the request at the server", 60,
        )  # fmt: skip
        approve(place)
        stage.desk("press", keys="Ctrl+R")
        stage.until(lambda: "Make the copy: the chart is fetched" in day.words(), "the approval", 60)
        stage.desk("focus", name="Requests for teaching copies")
        stage.desk("press", keys="Return")
        stage.until(lambda: "Doubt 1 of" in day.words() or "No doubt is open" in day.words(), "the doubts", 60)
        assert "Harcourt" not in day.words()
        stage.desk("press", keys="Shift+T")
        stage.until(lambda: "No doubt is open" in day.words(), "all of them answered", 20)
        stage.desk("press", keys="Ctrl+Return")
        stage.until(lambda: "11 to settle" in day.words(), "the checklist", 60)
        for left in range(10, -1, -1):
            stage.desk("press", keys="N")
            words = f"{left} to settle" if left else "All settled"
            stage.until(lambda words=words: words in day.words(), words, 20)  # type: ignore[misc]
        stage.desk("press", keys="Ctrl+Return")
        stage.until(lambda: "May be read until" in day.words(), "the reader", 30)

        def made() -> bool:
            tasks = day.practice("resource", {"type": "Task"})
            task = next(t for t in tasks if "teaching-copy" in json.dumps(t["code"]))
            return task["status"] == "completed" and "encounter" not in task

        stage.until(made, "the release at the server", 60)
        seen = day.practice("resource", {"type": "AuditEvent"})
        subtypes = [coding["code"] for event in seen for coding in event.get("subtype", [])]
        assert "view-teaching-copy" in subtypes
    finally:
        stage.close()
        qapp.processEvents()
