"""The worklist: order, filter, sort and what an empty list says."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

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
from workstation.changes import Changes
from workstation.domain.encounter import EncounterClass, EncounterId, TaskId
from workstation.domain.worklist import WorklistItem, WorkState, in_order
from workstation.errors import DiskTrouble


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


class SlowAnswers:
    """A cache that answers when told; counts how often it was asked."""

    def __init__(self, page: WorklistPage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[Future[tuple[WorklistItem, ...]]] = []
        page._room.desk = SimpleNamespace(now=lambda: NOW)  # type: ignore[assignment]
        monkeypatch.setattr("ui.worklist.page.worklist.refresh", self.ask)

    def ask(self, desk: object) -> Future[tuple[WorklistItem, ...]]:
        self.asked.append(Future())
        return self.asked[-1]


def test_changes_that_come_while_it_loads_are_loaded_together(
    page: WorklistPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = SlowAnswers(page, monkeypatch)
    for _ in range(50):
        page.changed(Changes(worklist=True))
    assert len(cache.asked) == 1
    cache.asked[0].set_result(ITEMS[:1])
    qtbot.waitUntil(lambda: len(cache.asked) == 2)
    cache.asked[1].set_result(in_order(ITEMS, NOW))
    qtbot.waitUntil(lambda: accounts(page) == ["2", "4", "1"])
    page.changed(Changes(worklist=True))
    assert len(cache.asked) == 3


def test_a_load_that_fails_is_said_and_does_not_end_the_loading(
    page: WorklistPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = SlowAnswers(page, monkeypatch)
    page.changed(Changes(worklist=True))
    cache.asked[0].set_exception(DiskTrouble())
    qtbot.waitUntil(lambda: page._room.notices.isVisibleTo(page._room.notices.parentWidget()))  # type: ignore[attr-defined]
    page.changed(Changes(outbox=True))
    assert len(cache.asked) == 2


def test_a_row_that_changed_is_painted_anew_without_the_others(page: WorklistPage, qtbot: QtBot) -> None:
    page.sort_by(1)
    page._table.selectRow(2)
    with (
        qtbot.assertNotEmitted(page._model.modelReset),
        qtbot.waitSignal(page._model.dataChanged, check_params_cb=lambda first, *_: first.row() == 1),
    ):
        page.show_items((ITEMS[0], replace(ITEMS[1], unread_documents=3, documents=3), *ITEMS[2:]))
    assert page._model.values[1].of.unread_documents == 3
    assert page._table.currentIndex().row() == 2


def test_the_same_worklist_again_paints_nothing(page: WorklistPage, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(page._model.modelReset), qtbot.assertNotEmitted(page._model.dataChanged):
        page.show_items(tuple(replace(one) for one in ITEMS))
