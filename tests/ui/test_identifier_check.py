"""The identifier check while one types: it shows, it is taken out with one key, and finalize waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.desks import an_encounter
from tests.ui.test_encounter_page import Screen, screen
from ui.identifier_check import IdentifierCheck
from ui.sealed.fields import SealedLine, SealedText
from ui.theme import apply_theme
from workstation.domain.coding import PoaIndicator
from workstation.domain.own_words import finder, nobody
from workstation.domain.worklist import WorkState

__all__ = ["screen"]

FIND = finder(an_encounter().patient, an_encounter().account_number)
ALT = Qt.KeyboardModifier.AltModifier


class Form(QWidget):
    """A field with its check below it."""

    def __init__(self, field: SealedLine | SealedText, qapp: QApplication) -> None:
        super().__init__()
        theme = apply_theme(qapp, "light")
        self.field = field
        column = QVBoxLayout(self)
        column.addWidget(field)
        self.check = IdentifierCheck(field, lambda: theme, FIND)
        column.addWidget(self.check.hint)
        self.said: list[bool] = []
        self.check.changed.connect(self.said.append)

    def text(self) -> str:
        return self.field.text() if isinstance(self.field, SealedLine) else self.field.toPlainText()


@pytest.fixture(params=[SealedLine, SealedText])
def form(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[Form]:
    made = Form(request.param(), qapp)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    made.field.setFocus()
    return made


def test_typing_a_name_says_so_below_the_field_and_blocks(form: Form, qtbot: QtBot) -> None:
    qtbot.keyClicks(form.field, "EF of Mr. Brannigan is 20")
    qtbot.waitUntil(form.check.hint.isVisible)
    words = form.check._words.text()
    assert words == "This looks like the patient's name: say “the patient” instead."
    assert (form.check.blocks, form.said) == (True, [True])
    assert form.field.property("state") == "error"


def test_one_key_takes_it_out_and_one_goes_on_typing(form: Form, qtbot: QtBot) -> None:
    qtbot.keyClicks(form.field, "EF of Mr. Brannigan is 20, MRN 00482913")
    qtbot.keyClick(form.field, Qt.Key.Key_Return, ALT)
    assert form.text() == "EF of the patient is 20, MRN the record number"
    assert not form.check.blocks
    assert not form.check.hint.isVisible()
    assert form.field.hasFocus()
    assert form.field.property("state") == ""
    qtbot.keyClick(form.field, Qt.Key.Key_End)
    qtbot.keyClicks(form.field, ", Harold")
    qtbot.waitUntil(lambda: form.check.blocks)
    qtbot.mouseClick(form.check._button, Qt.MouseButton.LeftButton)
    assert form.text().endswith(", the patient")


def test_typing_it_away_clears_the_hint(form: Form, qtbot: QtBot) -> None:
    qtbot.keyClicks(form.field, "per harold")
    qtbot.waitUntil(lambda: form.check.blocks)
    for _ in range(6):
        qtbot.keyClick(form.field, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: not form.check.blocks)
    assert not form.check.hint.isVisible()
    assert form.said == [True, False]


def test_a_text_of_other_letters_is_taken_out_at_the_right_place(form: Form) -> None:
    """Qt counts a character outside the first plane twice."""
    set_text = form.field.setText if isinstance(form.field, SealedLine) else form.field.setPlainText
    set_text("😀😀 per Brannigan 😀 today")
    form.check.take_out()
    assert form.text() == "😀😀 per the patient 😀 today"


def test_what_is_found_is_underlined_and_not_by_colour_alone(qtbot: QtBot, qapp: QApplication) -> None:
    form = Form(SealedText(), qapp)
    qtbot.addWidget(form)
    form.field.setPlainText("😀 per Brannigan")
    form.check.look()
    [mark] = form.field.extraSelections()
    assert mark.cursor.selectedText() == "Brannigan"
    assert mark.format.underlineStyle() is QTextCharFormat.UnderlineStyle.WaveUnderline
    form.check.take_out()
    assert form.field.extraSelections() == []


def test_the_hint_never_repeats_what_was_typed(form: Form) -> None:
    set_text = form.field.setText if isinstance(form.field, SealedLine) else form.field.setPlainText
    set_text("Harold Brannigan 00482913 3/14/1952")
    form.check.look()
    said = form.check._words.text() + form.check._button.text() + form.check._button.accessibleName()
    assert not any(secret in said for secret in ("Harold", "Brannigan", "00482913", "1952"))
    assert "name and the record number and the date of birth" in said


def test_another_patient_and_nobody_s_field_and_one_that_is_read_only_block_nothing(form: Form) -> None:
    set_text = form.field.setText if isinstance(form.field, SealedLine) else form.field.setPlainText
    set_text("per Brannigan")
    form.check.look()
    assert form.check.blocks
    form.field.setReadOnly(True)
    form.check.look()
    assert not form.check.blocks
    form.field.setReadOnly(False)
    form.check.use(nobody)
    assert not form.check.blocks


def test_a_look_at_five_hundred_characters_costs_less_than_two_milliseconds(form: Form, qtbot: QtBot) -> None:
    set_text = form.field.setText if isinstance(form.field, SealedLine) else form.field.setPlainText
    set_text(("acute on chronic heart failure, Mr. Brannigan, EF 20 percent; " * 9)[:500])
    form.check.look()

    def seconds() -> float:
        began = time.perf_counter()
        form.check.look()
        return time.perf_counter() - began

    assert min(seconds() for _ in range(10)) < 0.002


def test_a_name_in_a_rationale_and_in_the_comment_stops_finalize_until_it_is_taken_out(screen: Screen) -> None:
    bot, coding = screen.bot, screen.page.coding
    screen.page.activateWindow()
    bot.waitActive(screen.page)
    screen.add("i50.23", principal=True)
    coding.view.focus_code("I50.23")
    bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Y)
    # the page has come back with it: until then a card may still be replaced
    screen.until(
        lambda: screen.page._opened and [n.poa for n in screen.page._opened.summary.lines] == [PoaIndicator.YES]
    )
    coding.view.focus_code("I50.23")
    bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_R)
    bot.keyClicks(QApplication.focusWidget(), "Brannigan's EF is 20")
    [card] = coding.view._cards.values()
    screen.until(lambda: card.check.blocks)
    coding._comment.setPlainText("MRN 00482913")
    coding.comment_check.look()
    assert coding.comment_check.hint.isVisible()
    coding.finalize()
    screen.until(lambda: any("Not handed in: 2 findings" in said for said in screen.notices.said))
    screen.until(lambda: all(card.check.blocks for card in coding.view._cards.values()))
    words = " ".join(label.text() for label in screen.page.findChildren(type(coding._count)) if label.isVisible())
    assert words.count("This looks like") == 2
    assert "holds the" not in words, "said once, below its field"
    [card] = coding.view._cards.values()
    card.check.take_out()
    assert card._rationale.text() == "The patient's EF is 20"
    coding.comment_check.take_out()
    coding.finalize()
    screen.until(lambda: screen.page._opened and screen.page._opened.work_state is WorkState.FINALIZED)
    assert coding.summary is not None
    assert coding.summary.lines[0].rationale == "The patient's EF is 20"
    assert coding.summary.comment == "MRN the record number"


def test_the_next_encounter_starts_without_the_last_one_s_hint(screen: Screen) -> None:
    coding = screen.page.coding
    coding._comment.setPlainText("per Brannigan")
    coding.comment_check.look()
    assert coding.comment_check.blocks
    screen.page.leave()
    assert not coding.comment_check.blocks
    assert not coding.comment_check.hint.isVisible()


def test_what_is_typed_in_a_rationale_goes_on_when_the_summary_comes_back_anew(screen: Screen) -> None:
    """A pause kept the words, the card was made anew, and the next letters went to its keys: P made it principal."""
    bot, coding = screen.bot, screen.page.coding
    screen.page.activateWindow()
    bot.waitActive(screen.page)
    screen.add("i50.23", principal=True)
    screen.until(lambda: screen.page._opened and screen.page._opened.summary.lines)
    coding.view.focus_code("I50.23")
    bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_R)
    bot.keyClicks(QApplication.focusWidget(), "EF 20")
    [before] = coding.view._cards.values()
    screen.page._reload()
    screen.until(lambda: coding.view._cards and before not in coding.view._cards.values())
    bot.keyClicks(QApplication.focusWidget(), " percent")
    [card] = coding.view._cards.values()
    assert card._rationale.text() == "EF 20 percent"
    coding.commit()
    screen.until(lambda: coding.summary and coding.summary.lines[0].rationale == "EF 20 percent")
    assert QApplication.focusWidget() is next(iter(coding.view._cards.values()))._rationale
