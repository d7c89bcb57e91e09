"""The worklist: order, filter, sort and what an empty list says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desks import NOW
from ui.background import Background
from ui.header import Header
from ui.notices import NoticeStrip
from ui.room import Room
from ui.theme import apply_theme
from ui.worklist.page import WorklistPage
from workstation.domain.encounter import EncounterClass, EncounterId, TaskId
from workstation.domain.worklist import WorklistItem, WorkState


def an_item(number: int, **changes: object) -> WorklistItem:
    made = WorklistItem(
        EncounterId(f"e{number}"), TaskId(f"t{number}"), f"26111{number:05}", "H. B.", "•••••123",
        EncounterClass.INPATIENT, "Medicine", NOW - timedelta(days=1), NOW + timedelta(days=3), "routine",
        WorkState.NOT_STARTED,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


ITEMS = (
    an_item(1),
    an_item(2, due_at=NOW - timedelta(hours=3)),
    an_item(3, work_state=WorkState.ON_HOLD, hold_reason="awaiting a document"),
    an_item(4, service="Surgery", discharged_at=NOW - timedelta(days=9)),
    an_item(5, work_state=WorkState.FINALIZED),
)


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> WorklistPage:
    """A page over values alone: no desk, so that nothing but the test changes what is shown."""
    notices = NoticeStrip()
    qtbot.addWidget(notices)
    room = Room(apply_theme(qapp, "light"), Background(pytest.fail), notices, None, None)  # type: ignore[arg-type]
    made = WorklistPage(room)
    made._now = lambda: NOW  # type: ignore[method-assign]
    qtbot.addWidget(made)
    made.resize(1300, 700)
    made.show()
    made.show_items(ITEMS)
    return made


def accounts(page: WorklistPage) -> list[str]:
    return [row.of.account_number[-1] for row in page._model.values]


def test_the_most_urgent_comes_first_and_what_is_done_or_held_is_out_of_the_way(page: WorklistPage) -> None:
    assert accounts(page) == ["2", "4", "1"]
    assert "3 to code" in page._counts.text()
    assert "1 on hold" in page._counts.text()


def test_typing_anywhere_filters_and_escape_brings_all_back(page: WorklistPage, qtbot: QtBot) -> None:
    page.shown()
    for letter in "surg":
        qtbot.keyClick(QApplication.focusWidget(), letter)
    assert accounts(page) == ["4"]
    qtbot.keyClick(page._filter, Qt.Key.Key_Escape)
    assert accounts(page) == ["2", "4", "1"]


def test_a_third_press_on_a_column_returns_to_urgency(page: WorklistPage) -> None:
    page.sort_by(1)
    assert accounts(page) == ["1", "2", "4"]
    page.sort_by(1)
    assert accounts(page) == ["4", "2", "1"]
    page.sort_by(1)
    assert accounts(page) == ["2", "4", "1"]


def test_enter_opens_the_chosen_row(page: WorklistPage, qtbot: QtBot) -> None:
    page.shown()
    with qtbot.waitSignal(page.chosen) as chosen:
        qtbot.keyClick(page._table, Qt.Key.Key_Return)
    assert chosen.args == ["e2"]


def test_an_empty_list_says_what_to_do(page: WorklistPage) -> None:
    page.filter_by("nobody")
    assert "Nothing matches" in page._empty_title.text()
    page.filter_by("")
    page.show_items(())
    assert "Nothing is assigned" in page._empty_title.text()


def test_the_chosen_row_stays_chosen_when_the_list_changes(page: WorklistPage) -> None:
    page._table.selectRow(2)
    page.show_items((*ITEMS, an_item(6, priority="stat")))
    value = page._model.value(page._table.currentIndex())
    assert value is not None
    assert value.of.encounter_id == "e1"


def test_the_badge_keeps_its_key_when_its_words_change(qtbot: QtBot, qapp: QApplication) -> None:
    header = Header(apply_theme(qapp, "dark"), (("worklist", "Worklist", "Ctrl+1", "list-checks"),))
    qtbot.addWidget(header)
    header.show_sync("offline", "Offline since 14:05 · 2 waiting")
    assert header._sync.shortcut().toString() == "Ctrl+R"


def test_a_worse_notice_is_not_covered_by_a_milder_one(qtbot: QtBot) -> None:
    strip = NoticeStrip()
    qtbot.addWidget(strip)
    strip.say("The journal cannot be written.", "danger")
    strip.say("Finalized.", "success")
    assert strip._strip.text() == "The journal cannot be written."
    strip.clear()
