"""The steps of the tour: a coder's day, each step asserted and pictured."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QLabel

from ui.tour.day import Day, hold
from ui.tour.query_steps import query, query_answer, query_blocked, query_preview
from workstation.guard.states import State

NEW_PASSWORD = "brisk orchard two kettles"  # noqa: S105  typed by the tour alone
PASSWORD = {"dana": "tidy harbor nine lamps", "miguel": "quiet mill seven stones"}  # typed by the tour alone


HEART_FAILURE = "2611090417"  # the practice account the tour codes
IDLE_LOCK = 120  # seconds: the tour's hospital wants it shorter than the built-in five minutes


def sign_in_page(day: Day, shot: Path) -> str:
    day.practice("acts/policy", {"idleLock": IDLE_LOCK, "stepUpGrace": 1})
    day.stage.resize(1366, 768)
    day.stage.shot_guard(shot)
    return hold(day.stage.state in (State.SIGNED_OUT, State.STARTING), "nothing is shown before the sign-in")


def _enrol(day: Day, user: str, shot: Path) -> None:
    day.stage.sign_in(user)
    day.stage.until(lambda: "Unlock password" in day.words() or "Step 1 of 2" in day.words(), "the enrolment", 20)
    for field in ("Unlock password", "The same again"):
        day.stage.desk("focus", name=field)
        day.stage.desk("type", text=PASSWORD[user])
    day.stage.shot(shot)
    day.stage.desk("click", name="Continue")
    day.stage.until(lambda: "Step 2 of 2" in day.words(), "the step-up code", 30)


def enrol_password(day: Day, shot: Path) -> str:
    _enrol(day, "dana", shot)
    return hold(True, "the first sign-in on a device sets its unlock password")


def enrol_step_up(day: Day, shot: Path) -> str:
    day.stage.shot(shot)
    prove(day)
    day.before["proven_at"] = time.time()
    return hold(True, "the step-up code is enrolled and checked once")


def prove(day: Day) -> None:
    day.stage.desk("click", name="Practice: show the code")
    shown = day.stage.until(lambda: re.search(r"\b(\d{3}) (\d{3})\b", day.words()), "the practice code", 10)
    day.stage.desk("focus", name="The six digits your authenticator shows")
    day.stage.desk("type", text=shown.group(1) + shown.group(2))
    day.stage.desk("click", name="Confirm")
    day.stage.until(lambda: day.stage.state is State.DESK, "the desk", 20)


def worklist(day: Day, shot: Path) -> str:
    day.wait(lambda state: state["sync"] == "In step", "the first sync", IDLE_LOCK - 15)
    rows = day.stage.until(lambda: day.stage.desk("rows"), "the worklist", 20)
    day.stage.shot(shot)
    day.before["rows"] = rows
    return hold(len(rows) >= 5, f"{len(rows)} encounters, the most urgent first: {rows[0][0]}")


def chart(day: Day, shot: Path) -> str:
    day.stage.desk("type", text=HEART_FAILURE)  # typing anywhere filters
    day.stage.until(lambda: len(day.stage.desk("rows")) == 1, "the one account", 10)
    day.stage.desk("press", keys="Return")
    state = day.wait(lambda state: state["page"] == "encounter" and state["document"], "the chart")
    day.stage.shot(shot)
    day.before["encounter"] = state["encounter"]
    return hold("•" in day.words() or state["document"], "the chart opens at its first document, identifiers covered")


def search_chart(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Ctrl+Shift+F")
    day.stage.desk("type", text="room air")
    found = day.stage.until(lambda: re.search(r"\d+ in \d+ documents", day.words()), "hits in the chart", 20)
    day.stage.shot(shot)
    day.stage.desk("press", keys="Escape")
    return hold(found, f"the whole chart is searched: {found.group(0)}")


def step_up(day: Day, shot: Path) -> str:
    day.stage.desk("reveal", reason="verify-patient")
    day.stage.until(lambda: "Step-up code to show the identifiers" in day.words(), "the question for a code", 10)
    hold("MRN" not in day.words(), "nothing is uncovered before the code")
    day.stage.desk("type", text="000000")
    day.stage.desk("press", keys="Return")
    day.stage.until(lambda: "step-up code" in day.words().lower() and "not accepted" in day.words(), "the refusal", 10)
    day.stage.shot(shot)
    return hold("MRN" not in day.words(), "uncovering asks for the step-up code; a wrong one is refused and counted")


def reveal(day: Day, shot: Path) -> str:
    if day.before["proven_at"] // 30 >= time.time() // 30:
        day.stage.pause(30 - time.time() % 30)  # the code of the enrolment counts once: wait for the next
    day.stage.desk("click", name="Practice: show the code")
    day.stage.desk("press", keys="Return")
    day.stage.until(lambda: "MRN" in day.words(), "the identifiers", 10)
    day.stage.shot(shot)
    day.stage.desk("click", name="Cover identifiers")
    return hold("MRN" not in day.words(), "identifiers are shown for a reason, and covered again")


def code_search(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Ctrl+K")
    day.stage.desk("type", text="chf ac on chr diast")
    day.stage.until(lambda: day.now()["finder"] == "chf ac on chr diast", "the typed words")
    day.stage.shot(shot)
    return hold("Add (Enter)" in day.words(), "answers on every keystroke")


def evidence(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Shift+Return")
    day.wait(lambda state: any(line["code"] == "I50.33" for line in state["lines"]), "the principal diagnosis")
    hold(
        day.stage.desk("mark_any", texts=["CHF exacerbation, after high salt intake", "heart failure"]), "words to mark"
    )
    day.stage.desk("press", keys="E")
    day.wait(lambda state: any(line["evidence"] for line in state["lines"]), "the evidence")
    day.stage.shot(shot)
    return hold(True, "a passage is marked and cited with one key, without a clipboard")


def finding(day: Day, shot: Path) -> str:
    day.stage.desk("click", name="Finalize")
    day.stage.until(lambda: "Not handed in" in day.words(), "the finding", 20)
    day.stage.shot(shot)
    return hold("POA" in day.words(), "a missing POA indicator blocks, and nothing was written")


def copy_blocked(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Ctrl+C")
    day.stage.until(lambda: "Copying is off" in day.words(), "the blocked copy", 10)
    day.stage.shot(shot)
    return hold(True, "copying is blocked, recorded, and answered with the verb that does it")


def offline(day: Day, shot: Path) -> str:
    day.practice("offline", {"offline": True})
    day.stage.desk("focus_line", code="I50.33")
    day.stage.desk("press", keys="Y")
    day.wait(lambda state: any(line["poa"] == "Y" for line in state["lines"]), "the POA indicator")
    day.stage.desk("press", keys="Ctrl+R")
    day.wait(lambda state: state["sync"].startswith("Offline"), "the offline badge", 60)
    day.stage.shot(shot)
    return hold(True, "work goes on without the server, and the badge says since when")


def finalize(day: Day, shot: Path) -> str:
    day.stage.desk("click", name="Finalize")
    day.stage.until(lambda: "Finalized" in day.words(), "the hand-in", 20)
    day.stage.shot(shot)
    return hold(
        "waiting" in day.now()["sync"] or "Waiting" in day.words(), "finalized while offline, waiting to be sent"
    )


def back_online(day: Day, shot: Path) -> str:
    day.practice("offline", {"offline": False})
    day.stage.desk("press", keys="Ctrl+R")
    day.wait(lambda state: state["sync"] == "In step", "the server to have it", 120)
    day.stage.shot(shot)
    return hold("Waiting to send" not in day.words(), "back online: the claim is handed in")


def next_encounter(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Ctrl+1")
    day.wait(lambda state: state["page"] == "worklist", "the worklist")
    day.stage.desk("focus", name="Filter the worklist")
    day.stage.desk("press", keys="Escape")
    day.stage.until(lambda: len(day.stage.desk("rows")) > 2, "the whole worklist", 10)
    day.stage.desk("press", keys="Return")
    day.wait(
        lambda state: (
            state["page"] == "encounter" and state["document"] and state["encounter"] != day.before["encounter"]
        ),
        "another chart",
    )
    day.stage.desk("press", keys="Ctrl+T")
    for _ in range(2):
        day.stage.desk("press", keys="PgDown")
    day.stage.desk("press", keys="Ctrl+K")
    day.stage.desk("type", text="sepsis due to e co")
    day.stage.pause(1.0)
    day.before["place"] = day.now()
    day.stage.shot(shot)
    return hold(day.before["place"]["finder"], "half-typed words and a place in the text")


def password(day: Day, shot: Path) -> str:
    day.stage.desk("password")
    for field, text in (
        ("Present unlock password", PASSWORD["dana"]),
        ("New unlock password", NEW_PASSWORD),
        ("The new one again", NEW_PASSWORD),
    ):
        day.stage.desk("focus", name=field)
        day.stage.desk("type", text=text)
    day.stage.shot(shot)
    day.stage.desk("press", keys="Return")
    day.wait(lambda state: state["page"] == "encounter", "the change", 60)
    return hold(True, "a new unlock password; the coder is back where they were")


def countdown(day: Day, shot: Path) -> str:
    day.wait(lambda state: state["countdown"], "the countdown", IDLE_LOCK + 10)
    day.stage.shot(shot)
    return hold("Locking in" in day.words(), "the countdown is shown before the lock, and covers nothing")


def cover(day: Day, shot: Path) -> str:
    day.stage.until(lambda: day.stage.state is State.LOCKED, "the lock", IDLE_LOCK + 10)
    day.stage.shot_guard(shot)
    return hold(day.stage.state is State.LOCKED, "locked by inactivity: the desk process is gone")


def unlock(day: Day, shot: Path) -> str:
    day.stage.until(day.stage.standby_is_ready, "the next standby", 30)
    day.stage.program.unlock()
    day.stage.until(lambda: day.stage.state is State.INVITING, "the unlock window", 20)
    day.stage.until(lambda: "Unlock" in day.words(), "the unlock page", 20)
    day.stage.desk("focus", name="Unlock password")
    day.stage.desk("type", text=NEW_PASSWORD)
    day.stage.shot(shot)
    day.stage.desk("press", keys="Return")
    day.stage.until(lambda: day.stage.state is State.DESK, "the desk", 20)
    return hold(True, "one password unlocks")


def same_place(day: Day, shot: Path) -> str:
    was = day.before["place"]
    state = day.wait(lambda state: state["document"] == was["document"] and state["finder"], "the same place", 20)
    day.stage.pause(0.5)
    day.stage.shot(shot)
    hold(state["encounter"] == was["encounter"], "the same encounter")
    hold(state["finder"] == was["finder"], "the half-typed words")
    return hold(
        day.now()["first_character"] == was["first_character"], "same encounter, document, line and half-typed words"
    )


def activity(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Ctrl+3")

    def acknowledged() -> bool:
        day.stage.desk("press", keys="F5")
        day.stage.pause(0.5)
        return sum(bool(row[-1] == "Acknowledged") for row in day.stage.desk("rows")) >= 10

    day.stage.until(acknowledged, "acknowledged events", 60)
    day.stage.shot(shot)
    return hold(True, "the coder's own trail, with what the server has acknowledged")


def device(day: Day, shot: Path) -> str:
    day.stage.desk("press", keys="Ctrl+4")
    rows = day.stage.until(lambda: day.stage.desk("rows"), "the device page", 10)
    day.stage.pause(0.3)
    day.stage.shot(shot)
    hold(any("cryptographic" in row for row in rows), "who enforces what")
    return hold(any("journal" in row[1] for row in rows), "what this device protects, said plainly, the worst first")


def dark(day: Day, shot: Path) -> str:
    day.stage.desk("theme", name="dark")
    day.stage.desk("press", keys="Ctrl+2")
    day.stage.pause(0.5)
    day.stage.shot(shot)
    day.stage.desk("theme", name="light")
    return hold(True, "the same chart in the dark theme")


def another_coder(day: Day, shot: Path) -> str:
    day.practice("acts/policy", {"idleLock": IDLE_LOCK, "stepUpGrace": 1, "sharedWorkstation": True})
    day.stage.desk_say("switch")
    day.stage.until(lambda: day.stage.state is State.SIGNED_OUT, "the sign-in page", 20)
    day.stage.until(day.stage.standby_is_ready, "the next standby", 30)
    _enrol(day, "miguel", shot)
    prove(day)
    day.wait(lambda state: state["sync"] == "In step", "the second coder's sync", 120)
    rows = day.stage.until(lambda: day.stage.desk("rows"), "the second coder's worklist", 20)
    day.stage.shot(shot)
    mine = {row[1] for row in day.before["rows"]}
    return hold(not mine & {row[1] for row in rows}, "another coder on the same machine sees only their own encounters")


def shared_sign_out(day: Day, shot: Path) -> str:
    before = set(day.stage.program.house.home.coders())
    day.stage.desk_say("sign-out")
    day.stage.until(lambda: day.stage.state is State.SIGNED_OUT, "the sign-in page", 20)
    left = day.stage.until(
        lambda: (set(day.stage.program.house.home.coders()) < before) and before, "the shredding", 20
    )
    day.stage.shot_guard(shot)
    hold(len(left) == 2 and len(day.stage.program.house.home.coders()) == 1, "one of two coders is gone from the disk")
    shown = "\n".join(label.text() for label in day.stage.program.window.findChildren(QLabel) if label.isVisible())
    hold(
        not any(person["name"].split(",")[0] in shown for person in day.stage.program.practice_child.people),
        "nobody is named",
    )
    return "signing out of a shared workstation shreds the coder's charts; the sign-in page names nobody"


def erased(day: Day, shot: Path) -> str:
    house = day.stage.program.house
    was = house.keys.device
    day.practice("acts/command", {"device": was, "kind": "wipe"})
    house.hurry()

    def anew() -> bool:
        now = day.stage.program.guard and day.stage.program.house
        return bool(now and now is not house and now.keys.device != was)

    day.stage.until(anew, "the device to be another", 60)
    day.stage.until(lambda: "erased" in _guard_words(day), "the words on the sign-in page", 10)
    day.stage.shot_guard(shot)
    hold(day.stage.program.house.home.coders() == (), "no coder's folder is left")
    told = day.practice("resource", {"type": "Task"})
    receipt = [task for task in told if task.get("status") == "completed" and "receipt" in str(task.get("output"))]
    return hold(receipt, "an order of the organisation erases the device, and the server has its signed receipt")


def _guard_words(day: Day) -> str:
    labels = day.stage.program.window.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


STEPS: tuple[Callable[[Day, Path], str], ...] = (
    sign_in_page,
    enrol_password,
    enrol_step_up,
    worklist,
    chart,
    search_chart,
    step_up,
    reveal,
    code_search,
    evidence,
    finding,
    copy_blocked,
    query,
    query_blocked,
    query_preview,
    query_answer,
    offline,
    finalize,
    back_online,
    next_encounter,
    password,
    countdown,
    cover,
    unlock,
    same_place,
    activity,
    device,
    dark,
    another_coder,
    shared_sign_out,
    erased,
)
