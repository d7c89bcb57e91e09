"""Handing to a lead on the screen: the coder's bar with its note, and the lead's list above the worklist."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.desks import E1, I50_23, open_bench
from tests.ui.kept import Notices, the_book
from tests.ui.test_encounter_page import Screen, screen
from ui.background import Background
from ui.room import Room
from ui.theme import apply_theme
from ui.worklist.page import WorklistPage
from workstation.cache import hand_overs as kept
from workstation.cache import outbox, tasks
from workstation.cache.outbox import ABOUT_HAND_OVERS, Letter, Post
from workstation.domain.access import Coder
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId, TaskId
from workstation.domain.hand_over import Handed, Stage
from workstation.operations import coding
from workstation.operations import encounters as opening

__all__ = ["screen"]


def refused(screen: Screen) -> None:
    """As sync leaves it."""
    desk = screen.bench.desk
    coding.add(desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    coding.finalize(desk, E1).result()

    def write(db):
        for each in outbox.open_of(db, E1):
            state = Post.REFUSED if each.kind is Letter.RESULT else Post.CONFIRMED
            outbox.settle(db, each.id, state, '{"reason": "Coverage is not active", "status": 422}', desk.now())

    desk.db.write(write).result()
    screen.page._reload()
    screen.until(screen.page._conflict.isVisible)


def handed(screen: Screen):
    return opening.refresh(screen.bench.desk, E1).result().hand_over


def test_a_note_that_names_the_patient_cannot_be_handed_over_and_a_clean_one_is(screen: Screen) -> None:
    refused(screen)
    bar = screen.page._conflict.to_lead
    bar.begin.click()
    assert bar.note.isVisible()
    bar.note.setText("Brannigan has no coverage")
    bar.check.look()
    assert not bar.send.isEnabled()
    bar.check.take_out()
    assert bar.note.text() == "The patient has no coverage"
    assert bar.send.isEnabled()
    bar.send.click()
    screen.until(lambda: handed(screen) is not None)
    screen.until(lambda: "waits to be sent to the leads" in bar._stands.text())
    assert not bar.begin.isVisible()
    assert not bar.note.isVisible()
    assert handed(screen).stage is Stage.SENDING
    (letter,) = screen.bench.desk.db.read(lambda db: outbox.open_of_kinds(db, ABOUT_HAND_OVERS)).result()
    assert json.loads(letter.body)["task"]["note"][0]["text"] == "The patient has no coverage"


def test_the_coder_sees_that_a_lead_has_taken_it_and_settled_it(screen: Screen) -> None:
    refused(screen)
    desk, bar = screen.bench.desk, screen.page._conflict.to_lead
    bar.begin.click()
    bar.send.click()
    screen.until(lambda: handed(screen) is not None)
    key = handed(screen).key
    for status, words in (
        ("requested", "waits for a lead"),
        ("accepted", "has taken it"),
        ("completed", "has settled it"),
    ):

        def write(db, status=status):
            outbox.settle(db, key, Post.CONFIRMED, "{}", desk.now())
            outbox.learn(db, key, json.dumps({"task": "h1", "status": status}))

        desk.db.write(write).result()
        screen.page._reload()
        screen.until(lambda words=words: words in bar._stands.text())
    assert bar.begin.isVisible()  # it may be handed over again


def test_a_withdrawn_encounter_says_why_what_is_kept_and_what_may_be_done(screen: Screen) -> None:
    desk = screen.bench.desk
    coding.add(desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    desk.db.write(lambda db: tasks.withdraw(db, TaskId("t1"), "reassigned")).result()
    screen.page._reload()
    bar = screen.page._conflict
    screen.until(bar.isVisible)
    assert bar._words.text() == "This encounter is no longer yours: it was given to another coder."
    assert "kept on this computer and is not sent" in bar._more.text()
    verbs = {verb.text() for verb in bar.findChildren(QPushButton) if verb.isVisible()}
    assert verbs == {"Hand to a lead…", "Let it go…"}
    assert screen.codes() == ["I50.23"]  # the draft is still to be seen
    bar._go.click()
    assert opening.refresh(desk, E1).result().summary.lines  # one press throws nothing away
    left: list[bool] = []
    screen.page.left.connect(lambda: left.append(True))
    bar._go.click()
    screen.until(lambda: left)
    assert opening.refresh(desk, E1).result().summary.lines == ()


def test_a_lead_sees_what_was_handed_over_takes_it_and_settles_it(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    bench, notices = open_bench(tmp_path / "cache.db", coder="lena"), Notices()
    background = Background(notices.trouble)
    room = Room(apply_theme(qapp, "light"), background, notices, None, the_book())  # type: ignore[arg-type]
    page = WorklistPage(room)
    lead = Coder("lena", "lena", "Lena Fischer", "RHIA", frozenset({"lead"}))
    room.desk = replace(bench.desk, coder=lead, changed=lambda changes: background.post(lambda: page.changed(changes)))
    at = datetime.fromisoformat("2026-11-24T14:05:00+00:00")
    one = Handed(
        "h1", "1", "requested", "result-refused", "422", "dana", "", at, EncounterId("e7"), "t7", "Claim/c7", "Twice."
    )
    other = replace(
        one, task_id="h2", owner="ruth", status="accepted", trouble="assignment-withdrawn", http_status="", note=""
    )

    def put(db, *rows: Handed) -> None:
        for row in rows:
            kept.put(db, row, at)

    bench.desk.db.write(lambda db: put(db, one, other)).result()
    qtbot.addWidget(page)
    page.resize(1100, 600)
    page.show()
    page.shown()
    panel = page._handed
    qtbot.waitUntil(panel.isVisible, timeout=5000)
    words = [part.text() for part in panel.findChildren(QLabel)]
    assert "The server refuses a coded result (422)" in words
    assert "“Twice.”" in words
    assert any("by coder dana" in text and "encounter e7" in text and "coded result Claim/c7" in text for text in words)
    assert any("taken by ruth" in text for text in words)
    assert [verb.text() for verb in panel.findChildren(QPushButton)] == ["Take it"]
    panel.findChildren(QPushButton)[0].click()
    qtbot.waitUntil(lambda: bench.desk.db.read(outbox.counts).result()[0] == 1, timeout=5000)
    bench.desk.db.write(lambda db: put(db, replace(one, owner="lena", status="accepted", version="2"))).result()
    panel.reload()
    qtbot.waitUntil(lambda: [v.text() for v in panel.findChildren(QPushButton)] == ["Settled"], timeout=5000)
    assert bench.guard.acts.count("hand-over") == 1
    assert "view-worklist" in bench.guard.acts
    page.close()
    qtbot.wait(50)
    bench.desk.db.close()
