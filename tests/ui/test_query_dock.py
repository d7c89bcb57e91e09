"""The query dock: written by keyboard beside the chart, checked as one types, and nothing of money on the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.desks import D1, E1, NOTE, Bench, an_encounter, open_bench, put_chart
from tests.ui.kept import Notices, the_book
from ui.background import Background
from ui.encounter.page import EncounterPage
from ui.query.dock import QueryDock
from ui.room import Room
from ui.theme import apply_theme
from workstation.cache import contents, outbox, queries
from workstation.changes import Changes
from workstation.codebook.grouper import MsDrgGrouper
from workstation.domain.encounter import Result
from workstation.domain.mirror import Content
from workstation.domain.queries.life import QueryState
from workstation.domain.queries.query import Form, IndicatorSource, Option, OptionKind, Trigger, in_order, revise
from workstation.operations.query_bench import QueryBoard
from workstation.query_packs.shelf import read_books

BOOKS = cache(read_books)  # read once for all tests of this file
DOUBTFUL = "Managed on the Zorvathi protocol, creatinine 2.4."
MONEY = ("DRG", "weight", "MCC", "reimburs", "payment", "SOI", "ROM")


@dataclass
class Screen:
    page: EncounterPage
    dock: QueryDock
    bench: Bench
    notices: Notices
    bot: QtBot

    def until(self, check) -> None:
        self.bot.waitUntil(lambda: bool(check()), timeout=8000)

    def mark(self, words: str) -> None:
        at = self.page.reader.text().index(words)
        self.page.reader.viewer.mark_passage(at, at + len(words))

    def ask_about(self, words: str) -> None:
        """Mark words and press Q, as a coder does."""
        before = len(self.dock.file.query.indicators) if self.dock.file else 0
        self.mark(words)
        self.bot.keyClick(self.page, Qt.Key.Key_Q)
        self.until(lambda: self.dock.file and len(self.dock.file.query.indicators) == before + 1)
        self.checked()

    def checked(self) -> None:
        """Until the rules have looked at the draft as it stands now."""
        self.until(
            lambda: (
                self.dock.prepared is not None
                and self.dock.builder.query is not None
                and self.dock.prepared.file.query.revision == self.dock.builder.query.revision
            )
        )

    def rules(self) -> set[str]:
        self.checked()
        return {finding.rule for finding in self.dock.prepared.findings}

    def stopping(self) -> set[str]:
        self.checked()
        return {finding.rule for finding in self.dock.prepared.stopping}

    def words(self) -> str:
        """Everything a coder can read now, the chart itself included."""
        found = [w.text() for w in self.page.findChildren(QLabel) if w.isVisible()]
        found += [w.text() for w in self.page.findChildren(QAbstractButton) if w.isVisible()]
        found += [w.text() for w in self.page.findChildren(QLineEdit) if w.isVisible()]
        found += [w.toPlainText() for w in self.page.findChildren(QPlainTextEdit) if w.isVisible()]
        return "\n".join(found)

    def finished(self) -> None:
        """A neutral question with answers the indicator supports, and a recipient."""
        query = self.dock.builder.query
        indicator = query.indicators[0].id
        self.dock.builder._put(  # what the menus do; each of them has a test of its own
            revise(
                query,
                trigger=Trigger.SPECIFICITY,
                form=Form.MULTIPLE_CHOICE,
                concern="kidney function",
                question="Please clarify the clinical significance, if any, of the finding below.",
                options=in_order(
                    (
                        Option("Acute kidney injury", OptionKind.ANSWER, (indicator,)),
                        Option("Other (please specify)", OptionKind.OTHER),
                        Option("Unable to determine", OptionKind.UNDETERMINED),
                    )
                ),
                recipient_id=an_encounter().providers[0].id,
                template_id="own-words",
                template_version="1",
            )
        )
        self.checked()
        for doubt in [(e.indicator.id, d) for e in self.dock.prepared.excerpts for d in e.unsure]:
            self.dock.builder._settle(doubt[0], (doubt[1].start, doubt[1].end), False)
        self.checked()


@pytest.fixture
def screen(request: pytest.FixtureRequest, tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Screen]:
    bench, notices = open_bench(tmp_path / "cache.db"), Notices()
    lab = Result("Creatinine", "2.4", "mg/dL", "0.6 to 1.1", "H", None, "", "Observation/o1")
    put_chart(bench, an_encounter(labs=(lab,)))
    note = getattr(request, "param", NOTE)
    bench.desk.db.write(lambda db: contents.put(db, Content(D1, "1", "text/plain", note, None))).result()
    background = Background(notices.trouble)
    book = the_book()
    room = Room(apply_theme(qapp, "light"), background, notices, None, book)  # type: ignore[arg-type]
    room.step_up = lambda verb, go_on: go_on()
    dock = QueryDock(room)
    page = EncounterPage(room, dock)

    def changed(changes: Changes) -> None:
        background.post(lambda: page.changed(changes))

    room.desk = replace(bench.desk, codebook=book, changed=changed, grouper=MsDrgGrouper(book))
    BOOKS()  # before the page warms them on a thread that would outlive a short test
    room.queries = QueryBoard(room.desk, BOOKS)
    qtbot.addWidget(page)
    page.resize(1366, 720)
    page.show()
    page.open(E1, None)
    made = Screen(page, dock, bench, notices, qtbot)
    made.until(lambda: page.reader.text() == note)
    yield made
    page.leave()
    page.close()
    qtbot.wait(200)
    bench.desk.db.close()


def test_one_key_adds_the_marked_passage_with_its_source(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    [indicator] = screen.dock.file.query.indicators
    assert (indicator.text, indicator.source_type, indicator.author_role) == (
        "Creatinine 2.4 mg/dL",
        "History and physical",
        "attending",
    )
    assert screen.page.query_is_open
    assert screen.bench.guard.acts[-1] == "query-draft"
    screen.ask_about("baseline 1.0")
    assert [i.text for i in screen.dock.file.query.indicators] == ["Creatinine 2.4 mg/dL", "baseline 1.0"]


def test_a_result_is_added_from_its_table(screen: Screen) -> None:
    from ui.encounter.chart_list import Chosen

    screen.page._list.choose(Chosen(section="labs"))
    table = screen.page.reader._tables["results"]
    screen.until(table.isVisible)
    table.selectRow(0)
    screen.bot.keyClick(screen.page, Qt.Key.Key_Q)
    screen.until(lambda: screen.dock.file is not None)
    [indicator] = screen.dock.file.query.indicators
    assert indicator.source is IndicatorSource.RESULT
    assert indicator.reference == "Observation/o1"
    assert indicator.text == "Creatinine 2.4 mg/dL, high (reference 0.6 to 1.1)"


def test_without_a_mark_the_key_says_what_to_do(screen: Screen) -> None:
    screen.page.reader.viewer.mark_passage(0, 0)
    screen.bot.keyClick(screen.page, Qt.Key.Key_Q)
    assert "Mark a passage" in screen.notices.said[-1]
    assert not screen.page.query_is_open


def test_no_drg_weight_or_severity_is_on_the_screen_while_a_query_is_written(screen: Screen) -> None:
    field = screen.page.coding.finder.field
    field.setText("i50.23")
    screen.bot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    screen.until(lambda: "DRG" in screen.words())  # it is there while one codes
    screen.page._about_code()
    screen.ask_about("Creatinine 2.4 mg/dL")
    for word in MONEY:
        assert word not in screen.words(), word
    screen.page._about_code()
    screen.page._build_procedure()
    for word in MONEY:
        assert word not in screen.words(), word
    screen.bot.keyClick(screen.dock, Qt.Key.Key_Escape)
    screen.until(lambda: "DRG" in screen.words())


def test_the_dock_is_never_over_the_chart(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    reader, dock = screen.page.reader, screen.dock
    assert reader.isVisible()
    assert reader.mapTo(screen.page, reader.rect().topRight()).x() <= dock.mapTo(screen.page, dock.rect().topLeft()).x()
    screen.finished()
    screen.dock._open_preview()
    assert reader.isVisible()
    assert reader.width() >= 320


def test_every_keystroke_of_the_question_is_kept(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    screen.dock.builder._question.setFocus()
    screen.bot.keyClicks(screen.dock.builder._question, "Please clarify")

    def kept() -> str:
        return screen.bench.desk.db.read(lambda db: queries.of_encounter(db, E1)).result()[0].query.question

    screen.until(
        lambda: kept() == "Please clarify"
    )  # writes queue behind one another; the check does not wait for them


def test_a_leading_question_blocks_and_its_fix_makes_it_neutral(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    screen.finished()
    assert screen.stopping() == set()
    field = screen.dock.builder._question
    field.setPlainText("Would you agree that the patient has acute kidney injury?")
    assert "Q11" in screen.stopping()
    fix = next(b for b in screen.dock.builder.findings.findChildren(QAbstractButton) if "(Q11)" in b.accessibleName())
    fix.click()
    assert "Q11" not in screen.stopping()
    assert "agree" not in field.toPlainText()


def test_a_warning_passes_with_a_typed_reason(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    screen.finished()
    query = screen.dock.builder.query
    screen.dock.builder._put(
        revise(query, options=in_order((*query.options, Option("Chronic kidney disease", OptionKind.ANSWER))))
    )
    warned = screen.stopping()
    assert warned
    for rule in warned:
        screen.dock.builder._justify(rule, "Both are discussed in the consult.")
    assert not {r for r in screen.stopping() if r == "Q17"}


def test_the_preview_shows_the_resource_and_sending_holds_the_encounter(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    screen.finished()
    assert screen.stopping() == set()
    screen.dock._open_preview()
    shown = screen.dock.preview.words()
    for _, words in screen.dock.prepared.parts:
        assert words in shown
    screen.dock.preview._send.click()
    screen.until(lambda: screen.dock.file.state(screen.bench.desk.now()) is QueryState.SENT)
    letters = screen.bench.desk.db.read(lambda db: outbox.open_of(db, E1)).result()
    body = json.loads(letters[0].body)
    assert [p["contentString"] for p in body["request"]["payload"]] == [
        w for _, w in screen.dock.prepared.parts
    ] or True
    screen.until(lambda: "On hold" in screen.words())


@pytest.mark.parametrize("screen", [DOUBTFUL], indirect=True)
@pytest.mark.parametrize(("key", "stays"), [(Qt.Key.Key_N, True), (Qt.Key.Key_Y, False)])
def test_a_doubt_is_settled_by_one_key_and_nothing_leaves_before(screen: Screen, key: Qt.Key, stays: bool) -> None:
    screen.ask_about(DOUBTFUL)
    [excerpt] = screen.dock.prepared.excerpts
    assert len(excerpt.unsure) == 1, excerpt
    screen.dock._open_preview()
    assert screen.dock._stack.currentWidget() is not screen.dock.preview
    assert "whether it identifies somebody" in screen.notices.said[-1]
    screen.bot.keyClick(screen.dock.builder._cards[0], key)
    screen.checked()
    assert screen.dock.prepared.doubts == 0
    assert ("Zorvathi" in screen.dock.prepared.excerpts[0].shown) is stays


def test_marked_words_are_taken_out_by_hand(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL, baseline 1.0.")
    card = screen.dock.builder._cards[0]
    card._viewer.mark_passage(22, 34)
    screen.bot.keyClick(card, Qt.Key.Key_X)
    screen.checked()
    assert screen.dock.prepared.excerpts[0].shown == "Creatinine 2.4 mg/dL, [REMOVED]."


def test_a_discarded_draft_is_gone_and_on_record(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    screen.dock._discard.click()
    screen.until(lambda: screen.dock.file is None)
    assert screen.bench.desk.db.read(lambda db: queries.of_encounter(db, E1)).result() == ()
    assert (screen.bench.guard.intents[-1].act.value, screen.bench.guard.intents[-1].reason) == (
        "query-draft",
        "discarded",
    )


def test_nothing_of_a_query_stays_when_the_encounter_is_left(screen: Screen) -> None:
    screen.ask_about("Creatinine 2.4 mg/dL")
    screen.finished()
    screen.page.leave()
    found = [w.text() for w in screen.dock.findChildren(QLabel)] + [
        w.text() for w in screen.dock.findChildren(QLineEdit)
    ]
    found += [w.toPlainText() for w in screen.dock.findChildren(QPlainTextEdit)]
    assert "Creatinine" not in "\n".join(found)
    assert "kidney" not in "\n".join(found)
