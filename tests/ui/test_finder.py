"""The finder: answers on every keystroke, grouped by code system, each with its reason; Enter takes the first."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.codebook.conftest import PACK, build
from ui.finder import Finder
from ui.theme import apply_theme
from workstation.codebook.book import CodeBook
from workstation.domain.codes import Code, CodeSystem


@pytest.fixture(scope="session")
def book() -> CodeBook:
    return CodeBook.open(PACK if PACK.exists() else build(PACK))


@pytest.fixture
def finder(qtbot: QtBot, qapp: object, book: CodeBook) -> Finder:
    theme = apply_theme(qapp, "light")  # type: ignore[arg-type]
    made = Finder(book, lambda: theme)
    made.resize(640, 520)
    qtbot.addWidget(made)
    made.set_encounter(date(2026, 11, 24), inpatient=True)
    made.show()
    qtbot.waitExposed(made)
    return made


def rows(finder: Finder) -> list[str]:
    model = finder._model
    return [str(model.index(n).data()) for n in range(model.rowCount())]


def test_every_keystroke_answers_and_enter_takes_the_first(qtbot: QtBot, finder: Finder) -> None:
    seen: list[int] = []
    for letter in "copd flare":
        qtbot.keyClicks(finder.field, letter)
        seen.append(len(rows(finder)))
    assert all(seen[2:])  # from the third letter on
    with qtbot.waitSignal(finder.chosen) as chosen:
        qtbot.keyClick(finder.field, Qt.Key.Key_Return)
    code, as_principal = chosen.args
    assert (str(code), as_principal) == ("J44.1", False)
    assert finder.field.text() == ""
    assert rows(finder) == []


def test_answers_are_grouped_by_code_system_and_say_why(qtbot: QtBot, finder: Finder) -> None:
    qtbot.keyClicks(finder.field, "appendicitis")
    assert rows(finder)[0].startswith("K35.80")  # one system needs no naming
    finder.field.clear()
    qtbot.keyClicks(finder.field, "colostomy")
    shown = rows(finder)
    groups = [row.split(": ")[0] for row in shown if row.startswith(("ICD-10-CM: ", "ICD-10-PCS: "))]
    assert sorted(groups) == ["ICD-10-CM", "ICD-10-PCS"]  # each named once, where it begins
    assert any("synonym" in str(finder._model.index(n).data(Qt.ItemDataRole.ToolTipRole)) for n in range(len(shown)))


def test_nothing_closes_the_answers_but_escape(qtbot: QtBot, finder: Finder) -> None:
    qtbot.keyClicks(finder.field, "sepsis")
    before = rows(finder)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Shift, Qt.Key.Key_F5, Qt.Key.Key_Down):
        qtbot.keyClick(finder.field, key)
    finder.field.clearFocus()
    assert rows(finder) == before
    qtbot.keyClick(finder.field, Qt.Key.Key_Escape)
    assert rows(finder) == []
    assert finder.field.text() == ""


def test_zero_answers_say_what_to_try(qtbot: QtBot, finder: Finder) -> None:
    qtbot.keyClicks(finder.field, "xyzzyx")
    assert rows(finder) == []
    assert finder._hint.isVisible()
    assert "Try fewer" in finder._hint.text()


def test_a_services_code_is_taken_by_its_shape_for_an_outpatient(qtbot: QtBot, finder: Finder) -> None:
    qtbot.keyClicks(finder.field, "99213")
    assert rows(finder) == []
    finder.field.clear()
    finder.set_encounter(date(2026, 11, 24), inpatient=False)
    qtbot.keyClicks(finder.field, "99213")
    assert rows(finder)[0].startswith("99213 CPT code")


def test_answers_follow_the_encounters_own_date(qtbot: QtBot, finder: Finder, book: CodeBook) -> None:
    finder.set_encounter(date(2025, 9, 30), inpatient=True)
    qtbot.keyClicks(finder.field, "multiple sclerosis")
    assert finder.code_in_hand() == "G35"
    finder.set_encounter(date(2025, 10, 1), inpatient=True)
    assert finder.code_in_hand() != "G35"
    assert book.search(finder.field.text(), date(2025, 10, 1))[0].code != Code.parse(CodeSystem.ICD10CM, "G35")


def test_the_model_keeps_to_qts_rules(qtbot: QtBot, finder: Finder) -> None:
    QAbstractItemModelTester(finder._model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    qtbot.keyClicks(finder.field, "acute")
