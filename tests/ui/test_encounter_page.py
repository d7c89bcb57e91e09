"""The encounter screen: what a coder does with keys, and what first tours found broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.desks import E1, NOTE, Bench, open_bench, put_chart
from tests.ui.kept import Notices, the_book
from ui.background import Background
from ui.encounter.page import EncounterPage
from ui.query.dock import QueryDock
from ui.room import Room
from ui.theme import apply_theme
from workstation.changes import Changes
from workstation.domain.coding import PoaIndicator
from workstation.domain.worklist import WorkState


@dataclass
class Screen:
    page: EncounterPage
    bench: Bench
    notices: Notices
    bot: QtBot

    def until(self, check) -> None:
        self.bot.waitUntil(lambda: bool(check()), timeout=5000)

    def codes(self) -> list[str]:
        summary = self.page.coding.summary
        return [str(line.code) for line in summary.lines] if summary else []

    def add(self, words: str, *, principal: bool = False) -> None:
        field = self.page.coding.finder.field
        before = len(self.codes())
        field.setText(words)
        modifier = Qt.KeyboardModifier.ShiftModifier if principal else Qt.KeyboardModifier.NoModifier
        self.bot.keyClick(field, Qt.Key.Key_Return, modifier)
        self.until(lambda: len(self.codes()) == before + 1)


@pytest.fixture
def screen(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Screen]:
    bench, notices = open_bench(tmp_path / "cache.db"), Notices()
    put_chart(bench)
    background = Background(notices.trouble)
    book = the_book()
    room = Room(apply_theme(qapp, "light"), background, notices, None, book)  # type: ignore[arg-type]
    room.step_up = lambda verb, go_on: go_on()
    page = EncounterPage(room, QueryDock(room))

    def changed(changes: Changes) -> None:
        background.post(lambda: page.changed(changes))

    room.desk = replace(bench.desk, codebook=book, changed=changed)
    qtbot.addWidget(page)
    page.resize(1366, 720)
    page.show()
    page.open(E1, None)
    made = Screen(page, bench, notices, qtbot)
    made.until(lambda: page.reader.text() == NOTE)
    yield made
    page.leave()
    page.close()
    qtbot.wait(50)
    bench.desk.db.close()


def test_a_view_is_on_record_before_its_document_is_shown(screen: Screen) -> None:
    assert screen.bench.guard.acts[:2] == ["view-encounter", "view-document"]


def test_enter_adds_a_code_and_shift_enter_makes_it_principal(screen: Screen) -> None:
    screen.add("i50.23", principal=True)
    screen.add("n17.9")
    summary = screen.page.coding.summary
    assert summary is not None
    assert str(summary.principal.code if summary.principal else "") == "I50.23"
    assert screen.codes() == ["I50.23", "N17.9"]


def test_poa_is_never_defaulted_and_set_with_one_letter(screen: Screen) -> None:
    screen.add("i50.23", principal=True)
    summary = screen.page.coding.summary
    assert summary is not None
    assert summary.lines[0].poa is None
    screen.page.coding.view.focus_code("I50.23")
    focused = QApplication.focusWidget()
    assert focused is not None
    screen.bot.keyClick(focused, Qt.Key.Key_N)
    screen.until(lambda: screen.page.coding.summary and screen.page.coding.summary.lines[0].poa is PoaIndicator.NO)


def test_a_marked_passage_is_cited_with_one_key(screen: Screen) -> None:
    screen.add("i50.23", principal=True)
    at = NOTE.index("Acute on chronic")
    screen.page.reader.viewer.mark_passage(at, at + 44)
    screen.bot.keyClick(screen.page.reader.viewer, Qt.Key.Key_E)
    screen.until(lambda: screen.page.coding.summary and screen.page.coding.summary.lines[0].evidence)
    summary = screen.page.coding.summary
    assert summary is not None
    assert summary.lines[0].evidence[0].text == NOTE[at : at + 44].strip()


def test_a_blocking_finding_keeps_the_coding_open_and_says_why(screen: Screen) -> None:
    screen.page.coding.finalize()
    screen.until(lambda: any("Not handed in" in said for said in screen.notices.said))
    assert "finalize" in screen.bench.guard.acts
    standing = screen.bench.desk.db.read(
        lambda db: db.execute("select count(*) from outbox where kind like '%result%'").fetchone()
    )
    assert standing.result()[0] == 0


def test_a_complete_coding_is_finalized(screen: Screen) -> None:
    screen.add("i50.23", principal=True)
    screen.page.coding.view.focus_code("I50.23")
    screen.bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Y)
    screen.until(lambda: screen.page.coding.summary and screen.page.coding.summary.lines[0].poa is PoaIndicator.YES)
    screen.page.coding.finalize()
    screen.until(lambda: any("Finalized" in said for said in screen.notices.said))
    screen.until(lambda: screen.page._opened and screen.page._opened.work_state is WorkState.FINALIZED)
    assert not screen.page.coding.finder.isVisible()


def test_removing_a_code_can_be_undone(screen: Screen) -> None:
    screen.add("n17.9")
    screen.page.coding.view.focus_code("N17.9")
    screen.bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    screen.until(lambda: screen.codes() == [])
    screen.page.coding.undo()
    screen.until(lambda: screen.codes() == ["N17.9"])


def test_no_stray_window_opens_while_codes_are_shown(screen: Screen) -> None:
    before = {id(widget) for widget in QApplication.topLevelWidgets() if widget.isVisible()}
    screen.add("i50.23", principal=True)
    screen.page.reader.viewer.mark_passage(0, 7)
    screen.page.coding.cite()
    screen.until(lambda: screen.page.coding.summary and screen.page.coding.summary.lines[0].evidence)
    after = {id(widget) for widget in QApplication.topLevelWidgets() if widget.isVisible()}
    assert after <= before


def test_half_typed_words_and_the_place_come_back(screen: Screen) -> None:
    screen.page.coding.finder.field.setText("sepsis due to")
    screen.page.flush()
    screen.page.leave()
    screen.page.open(E1, None)
    screen.until(lambda: screen.page.coding.finder.field.text() == "sepsis due to")


def test_nothing_of_a_chart_stays_on_the_page_that_was_left(screen: Screen) -> None:
    screen.add("i50.23", principal=True)
    screen.page.reader.viewer.mark_passage(8, 40)
    screen.page.coding.cite()
    screen.until(lambda: screen.page.coding.summary and screen.page.coding.summary.lines[0].evidence)
    screen.page.leave()
    screen.bot.wait(20)
    words = " ".join(label.text() for label in screen.page.findChildren(QLabel))
    buttons = " ".join(button.text() for button in screen.page.findChildren(QAbstractButton))
    assert "systolic" not in words + buttons
    assert screen.page.reader.text() == ""


def test_identifiers_are_covered_until_a_reason_is_given(screen: Screen) -> None:
    words = screen.page._strip._patient.text()
    assert "Brannigan" not in words
    screen.page.reveal("verify-patient")
    screen.until(lambda: "Brannigan" in screen.page._strip._patient.text())
    assert "reveal" in screen.bench.guard.acts
    screen.page._cover()
    assert "Brannigan" not in screen.page._strip._patient.text()


def test_words_are_found_in_the_whole_chart(screen: Screen) -> None:
    screen.page._show_search()
    screen.page._hits._field.setText("creatinine")
    screen.until(lambda: "1 in 1" in screen.page._hits._count.text())
