"""Codes beside the chart: the working DRG, what the books say, axes, favourites, mends and overrides, and October."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from tests.codebook import releases
from tests.desks import E1, NOTE, Bench, open_bench, put_chart
from tests.ui.kept import Notices, the_book
from tests.ui.test_encounter_page import Screen
from ui.background import Background
from ui.codes.page import CodesPage
from ui.encounter.axes import AxesBuilder
from ui.encounter.page import EncounterPage
from ui.query.dock import QueryDock
from ui.room import Room
from ui.theme import apply_theme
from workstation.cache import recent_codes
from workstation.changes import Changes
from workstation.codebook.book import CodeBook
from workstation.codebook.grouper import MsDrgGrouper
from workstation.codebook.packs import FOLDER
from workstation.domain.access import Coder
from workstation.domain.codes import Code, CodeState, CodeSystem
from workstation.domain.policy import Policy
from workstation.operations import codes as own
from workstation.operations import coding, grouping

TODAY = date(2026, 11, 14)


def cm(text: str) -> Code:
    return Code.parse(CodeSystem.ICD10CM, text)


@pytest.fixture(scope="module")
def book() -> CodeBook:
    return the_book()


@pytest.fixture
def screen(tmp_path: Path, qtbot: QtBot, qapp: QApplication, book: CodeBook) -> Iterator[Screen]:
    bench, notices = open_bench(tmp_path / "cache.db"), Notices()
    put_chart(bench)
    background = Background(notices.trouble)
    room = Room(apply_theme(qapp, "light"), background, notices, None, book)  # type: ignore[arg-type]
    room.step_up = lambda verb, go_on: go_on()
    page = EncounterPage(room, QueryDock(room))

    def changed(changes: Changes) -> None:
        background.post(lambda: page.changed(changes))

    room.desk = replace(bench.desk, codebook=book, changed=changed, grouper=MsDrgGrouper(book))
    bench.desk = room.desk
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


def press(screen: Screen, widget: object, key: Qt.Key, modifier: object = Qt.KeyboardModifier.NoModifier) -> None:
    screen.bot.keyClick(widget, key, modifier)


def test_the_working_drg_follows_the_coding(screen: Screen) -> None:
    drg = screen.page.coding.drg
    screen.until(lambda: "Choose the principal" in drg.words())
    screen.add("i50.33", principal=True)
    screen.until(lambda: "DRG 293" in drg.words())
    screen.add("j96.01")
    screen.until(lambda: "DRG 291" in drg.words())
    drg._more.click()
    assert "J96.01  MCC, decides: DRG 293 without it" in drg.words()
    assert "J96.01  DRG 189" in drg.words()
    assert "weight" not in drg.words()
    screen.page.coding.undo()
    screen.until(lambda: "DRG 293" in drg.words())
    screen.page.leave()
    assert drg.words().strip() == ""


def test_a_role_without_the_verb_sees_no_weights(screen: Screen) -> None:
    desk = screen.bench.desk
    assert grouping.may_see_weights(desk)
    coders = Policy(features=(("inpatient-coder", ("encode",)),))
    assert not grouping.may_see_weights(replace(desk, policy=lambda: coders))
    allowed = Policy(features=(("inpatient-coder", ("encode", "drg")),))
    assert grouping.may_see_weights(replace(desk, policy=lambda: allowed))


def test_the_books_say_what_a_code_is_and_lead_on(screen: Screen) -> None:
    finder, view = screen.page.coding.finder, screen.page._side.code_view
    finder.field.setText("i50.33")
    screen.page._about_code()
    assert str(view.code) == "I50.33"
    links = {b.text(): b for b in view.findChildren(QToolButton)}
    assert {"I50", "I50.3", "I11.0"} <= links.keys()
    links["I11.0"].click()
    assert str(view.code) == "I11.0"
    press(screen, view, Qt.Key.Key_Backspace)
    assert str(view.code) == "I50.33"
    press(screen, view, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ShiftModifier)
    assert str(view.code) == "I11.0"
    press(screen, view, Qt.Key.Key_Return)
    screen.until(lambda: screen.codes() == ["I11.0"])
    press(screen, view, Qt.Key.Key_Escape)
    assert screen.page._side.currentWidget() is not view


def test_a_category_offers_its_7th_characters_with_placeholders(screen: Screen) -> None:
    screen.page._side.code_view.show_code(cm("W19"))
    shown = {b.text() for b in screen.page._side.code_view.findChildren(QToolButton)}
    assert {"W19.XXXA", "W19.XXXD", "W19.XXXS"} <= shown


def test_a_procedure_is_built_by_keyboard_from_scratch(screen: Screen) -> None:
    screen.page._build_procedure()
    axes = screen.page._side.axes
    for typed in ("resection hepatobiliary", "gallbladder", "endoscopic", "z"):
        axes.field.setText(typed)
        press(screen, axes.field, Qt.Key.Key_Return)
    assert axes.code_in_hand() == "0FT44ZZ"
    press(screen, axes.field, Qt.Key.Key_Backspace)
    assert axes.code_in_hand() == "0FT44Z"
    press(screen, axes.field, Qt.Key.Key_Backspace)  # the device chose itself: back to the approach
    assert axes.code_in_hand() == "0FT4"
    for typed in ("open",):
        axes.field.setText(typed)
        press(screen, axes.field, Qt.Key.Key_Return)
    assert axes.code_in_hand() == "0FT40ZZ"
    press(screen, axes.field, Qt.Key.Key_Return)
    screen.until(lambda: screen.codes() == ["0FT40ZZ"])


def test_a_procedure_found_by_a_phrase_opens_on_its_axes(screen: Screen) -> None:
    screen.page.coding.finder.field.setText("lap gallbladder removal")
    screen.page._build_procedure()
    assert screen.page._side.axes.code_in_hand() == "0FT44ZZ"


def test_whatever_is_chosen_by_axes_is_a_code_in_force(qtbot: QtBot, book: CodeBook) -> None:
    axes, chance = AxesBuilder(book), random.Random(11)
    qtbot.addWidget(axes)
    for year in (2017, 2021, 2026):
        on = date(year, 11, 14)
        axes.set_encounter(on)
        for _ in range(60):
            axes.start("")
            while len(axes.code_in_hand()) < 7:
                offered = axes.choices()
                assert offered
                axes._list.setCurrentIndex(axes._model.index(chance.randrange(len(offered))))
                axes._take()
            built = Code.parse(CodeSystem.ICD10PCS, axes.code_in_hand())
            assert book.look_up(built, on).state is CodeState.VALID


def test_whatever_a_7th_character_builder_or_a_sibling_offers_is_in_force(book: CodeBook) -> None:
    chance = random.Random(12)
    rows = book._reader.db.execute("select bare from codes where system = 'ICD-10-CM' order by bare").fetchall()
    for on in (date(2017, 3, 1), date(2026, 11, 14)):
        for (bare,) in chance.sample(rows, 300):
            code = cm(bare)
            for facts in (*book.seventh_characters(code, on), *book.siblings(code, on)):
                assert book.look_up(facts.code, on).state is CodeState.VALID


def test_favourites_and_codes_used_lately_wait_in_the_empty_field(screen: Screen) -> None:
    screen.add("n17.9")
    view, finder = screen.page._side.code_view, screen.page.coding.finder
    view.show_code(cm("I50.33"))
    screen.page._side.setCurrentWidget(view)
    press(screen, view, Qt.Key.Key_Asterisk)
    screen.until(lambda: [o.code.value for o in screen.page._side._own if o.is_favourite] == ["I50.33"])
    assert finder.field.text() == ""
    press(screen, finder.field, Qt.Key.Key_Down)
    assert [(str(m.code), m.why) for m in finder._model.matches] == [("I50.33", "favourite"), ("N17.9", "used lately")]
    press(screen, finder.field, Qt.Key.Key_Return)
    screen.until(lambda: screen.codes() == ["N17.9", "I50.33"])
    press(screen, view, Qt.Key.Key_Asterisk)
    screen.until(lambda: not any(o.is_favourite for o in screen.page._side._own))


def chips(screen: Screen) -> dict[str, QToolButton]:
    return {b.text(): b for b in screen.page.coding.view.findChildren(QToolButton)}


def test_a_finding_offers_the_code_that_mends_it(screen: Screen) -> None:
    screen.bench.desk.db.write(lambda db: None).result()
    coding.add(screen.bench.desk, E1, cm("W19")).result()
    screen.until(lambda: "Use W19.XXXA" in chips(screen))
    chips(screen)["Use W19.XXXA"].click()
    screen.until(lambda: screen.codes() == ["W19.XXXA"])


def test_an_override_asks_for_its_reason_and_is_on_record(screen: Screen) -> None:
    screen.add("e10.9", principal=True)
    screen.add("e11.9")
    screen.until(lambda: "Override (O)" in chips(screen))
    chips(screen)["Override (O)"].click()
    assert any("Write why it stands" in said for said in screen.notices.said)
    line = next(ln for ln in screen.page.coding.summary.lines if str(ln.code) == "E11.9")  # type: ignore[union-attr]
    coding.set_rationale(screen.bench.desk, E1, line.id, "two types documented by endocrinology").result()
    screen.until(lambda: screen.page.coding._line(line.id).rationale)  # type: ignore[union-attr]
    screen.until(lambda: "Override (O)" in chips(screen))
    chips(screen)["Override (O)"].click()
    screen.until(lambda: screen.page.coding._line(line.id).overrides == ("excludes1",))  # type: ignore[union-attr]
    screen.until(lambda: any(f.overridden for f in screen.page.coding._found))
    assert screen.bench.guard.intents[-1].reason == "override excludes1"


def test_modifiers_units_and_drug_code_are_kept(screen: Screen) -> None:
    j1885 = Code.parse(CodeSystem.HCPCS, "J1885")
    summary = coding.add(screen.bench.desk, E1, j1885).result()
    line = summary.lines[0].id
    screen.until(lambda: screen.codes() == ["J1885"])
    screen.page.coding._set_service(line, ("LT",), 2, "0409-3795-01")
    screen.until(lambda: screen.page.coding._line(line).ndc == "0409-3795-01")  # type: ignore[union-attr]
    kept = screen.page.coding._line(line)
    assert kept is not None
    assert (kept.modifiers, kept.units) == (("LT",), 2)


def codes_page(bench: Bench, book: CodeBook, qapp: QApplication, notices: Notices) -> CodesPage:
    room = Room(apply_theme(qapp, "light"), Background(notices.trouble), notices, None, book)  # type: ignore[arg-type]
    room.desk = bench.desk
    return CodesPage(room)


def test_october_names_the_codes_i_used_and_their_successors(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, book: CodeBook
) -> None:
    bench = open_bench(tmp_path / "cache.db")
    for code, title in (("I42.0", "Dilated cardiomyopathy"), ("I10", "Essential (primary) hypertension")):
        bench.desk.db.write(lambda db, c=code, t=title: recent_codes.put(db, cm(c), t, bench.desk.now())).result()
    page = codes_page(bench, book, qapp, Notices())
    qtbot.addWidget(page)
    page.show()
    page.shown()
    qtbot.waitUntil(lambda: len(page._changes.values) == 1, timeout=5000)
    [changed] = page._changes.values
    assert str(changed.before.code) == "I42.0"
    assert "I42.00" in [str(c) for c in changed.after.successors]
    assert page._verbs.isHidden()  # a coder imports nothing
    page.close()
    bench.desk.db.close()


def test_the_october_a_coder_asks_about() -> None:
    assert own.next_change(date(2026, 11, 24)) == date(2026, 10, 1)
    assert own.next_change(date(2027, 3, 31)) == date(2026, 10, 1)
    assert own.next_change(date(2027, 4, 1)) == date(2027, 10, 1)


def test_a_lead_imports_what_lies_in_the_inbox(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, book: CodeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "codesets"
    (folder / "inbox").mkdir(parents=True)
    monkeypatch.setenv(FOLDER, str(folder))
    bench = open_bench(tmp_path / "cache.db")
    bench.desk = replace(bench.desk, coder=Coder("lead1", "practitioner", "Lee Lead", "RHIA", frozenset({"lead"})))
    page = codes_page(bench, book, qapp, Notices())
    qtbot.addWidget(page)
    page.show()
    page.shown()
    assert not page._verbs.isHidden()
    assert "nothing yet" in page._where.text()
    files = releases.write(folder / "inbox")
    for name, path in files.items():
        if name != "weights":
            path.unlink()
    page.shown()
    page._check.click()
    qtbot.waitUntil(lambda: "nothing was changed" in page._said.text(), timeout=30_000)
    page._import.click()
    qtbot.waitUntil(lambda: "Imported" in page._said.text(), timeout=30_000)
    assert list((folder / "inbox").iterdir()) == []
    [held] = page._held.values
    assert held.what.endswith("; answers from the next unlock on")
    assert page._shelf is not None
    assert CodeBook.open(page._shelf.current()).drg_weight(291, date(2026, 11, 14)) == (1.2683, 3.9)
    (folder / "inbox" / "holiday.txt").write_text("nothing of the kind", "utf-8")
    page.shown()
    page._import.click()
    qtbot.waitUntil(lambda: "cannot be imported" in page._said.text(), timeout=30_000)
    page._undo.click()
    qtbot.waitUntil(lambda: "taken back" in page._said.text(), timeout=30_000)
    assert not page._shelf.pack.exists()
    page.close()
    bench.desk.db.close()
