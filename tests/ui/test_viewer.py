"""The sealed viewer: offsets, passages and marks, and nothing to copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from pytestqt.qtbot import QtBot

from ui.sealed.fields import PasswordLine, SealedLine, SealedText
from ui.sealed.viewer import Mark, MarkKind, Viewer

TEXT = "\n".join(f"Line {number}: the patient was seen and examined on the ward." for number in range(400))


@pytest.fixture
def viewer(qtbot: QtBot) -> Iterator[Viewer]:
    made = Viewer()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show_text(TEXT)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.show_text("")  # laid-out text must not outlive the application: Qt crashes at exit when it does


def test_a_passage_is_marked_with_the_keyboard(viewer: Viewer, qtbot: QtBot) -> None:
    for _ in range(4):
        qtbot.keyClick(viewer, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.passage == (0, 4)
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.passage[0] == viewer.passage[1]


def test_a_double_click_marks_a_word(viewer: Viewer, qtbot: QtBot) -> None:
    qtbot.mouseDClick(viewer.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(24, 14))
    start, end = viewer.passage
    assert TEXT[start:end] == "Line"


def test_going_to_a_character_puts_its_line_first(viewer: Viewer) -> None:
    at = TEXT.index("Line 200")
    viewer.go_to(at)
    assert viewer.first_character() == at


def test_covering_identifiers_moves_nothing(viewer: Viewer) -> None:
    viewer.go_to(TEXT.index("Line 120"))
    before = viewer.first_character()
    viewer.recover(TEXT.replace("patient", "•••••••"))
    assert viewer.first_character() == before


def test_a_narrower_window_keeps_the_first_line(viewer: Viewer, qtbot: QtBot) -> None:
    at = TEXT.index("Line 150")
    viewer.go_to(at)
    viewer.resize(320, 400)
    qtbot.wait(20)
    assert abs(viewer.first_character() - at) < 80


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="ab \n\t\u0301\u05d0é\r•", max_size=300), at=st.integers(0, 300))
def test_every_text_can_be_walked_and_marked(viewer: Viewer, text: str, at: int) -> None:
    viewer.show_text(text)
    viewer.show_marks([Mark(0, len(text), MarkKind.HIT)])
    viewer.mark_passage(min(at, len(text)), len(text))
    viewer.viewport().repaint()
    start, end = viewer.passage
    assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize("make", [SealedLine, PasswordLine, SealedText])
def test_a_field_gives_its_text_to_no_clipboard_and_no_input_method(make, qtbot: QtBot) -> None:
    field = make()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    qtbot.keyClicks(field, "chf exacerbation")
    for key in (Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_X, Qt.Key.Key_Insert):
        qtbot.keyClick(field, key, Qt.KeyboardModifier.ControlModifier)
    assert "chf" not in QGuiApplication.clipboard().text()
    for query in (Qt.InputMethodQuery.ImSurroundingText, Qt.InputMethodQuery.ImCurrentSelection):
        assert not field.inputMethodQuery(query)
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        QGuiApplication.clipboard().clear(mode)  # what Python made must not outlive it there
