"""Words of a server that try to be more than words, as the screen shows them; and a screen that lives while nonsense comes."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QTextEdit
from pytestqt.qtbot import QtBot

from tests import charts
from tests.fakes.paper_server import Answer, PaperServer
from tests.faults.spoiling import BIDI, TOO_MUCH, _words
from tests.faults.tally import counted
from tests.sync.conftest import Room, new_room
from tests.ui.conftest import _no_qt_leftovers, qt_said
from tests.ui.kept import Notices, the_book
from ui.background import Background
from ui.encounter.page import EncounterPage
from ui.query.dock import QueryDock
from ui.room import Room as Desk
from ui.theme import apply_theme
from workstation.cache import contents, encounters
from workstation.sync import SyncKind

__all__ = ["_no_qt_leftovers", "qt_said"]

CONTROLS = {letter for letter in BIDI if not letter.isascii()}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    server = PaperServer()
    server.put(*charts.chart("w-", "coder1"))
    made = new_room(tmp_path / "cache.db", server.base, "w-", "coder1")
    made.states.clear()
    made.server = server  # type: ignore[attr-defined]
    yield made
    made.client.close()
    made.bench.desk.db.close()
    server.close()


def test_hostile_words_are_shown_as_they_are_written(room: Room, qtbot: QtBot, qapp: QApplication) -> None:
    server: PaperServer = room.server  # type: ignore[attr-defined]
    dice = random.Random(5)

    def spoil(answer: Answer) -> Answer:
        return answer if "Binary" in answer.label else replace(answer, body=_words(answer.body, dice))

    server.spoil = spoil
    with counted("hostile words on the screens") as row:
        assert room.sync.once().kind is SyncKind.IN_STEP
        notices, book = Notices(), the_book()
        background = Background(notices.trouble)
        desk = Desk(apply_theme(qapp, "light"), background, notices, None, book)  # type: ignore[arg-type]
        page = EncounterPage(desk, QueryDock(desk))
        desk.desk = replace(room.bench.desk, codebook=book)
        qtbot.addWidget(page)
        page.resize(1366, 720)
        page.show()
        page.open(room.encounter_id, None)
        qtbot.waitUntil(lambda: "<b>" in " ".join(label.text() for label in page.findChildren(QLabel)), timeout=5000)
        for label in page.findChildren(QLabel):
            row.tries += 1
            row.seen += "<b>" in label.text() or "evil" in label.text()
            drawn = label.textFormat() == Qt.TextFormat.RichText or (
                label.textFormat() == Qt.TextFormat.AutoText and Qt.mightBeRichText(label.text())
            )
            row.losses += drawn and "<" in label.text()
            row.losses += bool(CONTROLS & set(label.text()))
        for field in [*page.findChildren(QTextEdit), *page.findChildren(QPlainTextEdit)]:
            row.tries += 1
            row.losses += "alert(" in field.toPlainText() and "<script>" not in field.toPlainText()
        assert row.seen > 0, "the words were there, as words"
        page.leave()
        page.close()
        qtbot.wait(50)


@pytest.mark.parametrize("number", range(len(TOO_MUCH)))
def test_the_screen_lives_while_too_much_is_read(room: Room, qtbot: QtBot, number: int) -> None:
    """The interpreter is shared: what one thread chews on may not hold up the one that paints."""
    server: PaperServer = room.server  # type: ignore[attr-defined]
    before, unit, times, after = TOO_MUCH[number]
    server.spoil = lambda answer: (
        replace(answer, body=before, more=(unit, times), after=after) if answer.label == "GET Task?" else answer
    )
    beats: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(1))
    timer.start(5)
    thread = threading.Thread(target=room.sync.once)
    with counted("50 MB and a million entries while a screen is painted") as row:
        thread.start()
        qtbot.waitUntil(lambda: not thread.is_alive(), timeout=60_000)
        timer.stop()
        row.tries += 1
        row.seen += room.sync.state.kind is not SyncKind.IN_STEP
        row.losses += not beats
        server.spoil = lambda answer: answer
        assert room.sync.once().kind is SyncKind.IN_STEP
    db = room.bench.desk.db
    assert db.read(lambda db: encounters.is_complete(db, room.encounter_id)).result()
    assert len(db.read(lambda db: contents.texts(db, room.encounter_id)).result()) == 2
