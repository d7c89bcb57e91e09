"""What a blocked attempt does: one entry on record, one answer with the verb that helps; and the one exception."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QClipboard, QContextMenuEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.desks import Bench, open_bench
from tests.ui.kept import Notices
from ui.background import Background
from ui.refusals import Refusals, code_in_hand, instead
from ui.room import Room
from ui.sealed.fields import SealedLine, SealedText
from ui.sealed.images import PageView
from ui.sealed.lists import SealedList, SealedTree
from ui.sealed.paint_out import PaintOut
from ui.sealed.seal import Seal
from ui.sealed.tables import SealedTable
from ui.sealed.tips import plain_tip
from ui.sealed.viewer import Viewer
from ui.theme import apply_theme
from workstation.domain.policy import Policy

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
KEYS = {
    "copy": ((Qt.Key.Key_C, CTRL), (Qt.Key.Key_Insert, CTRL), (Qt.Key.Key_X, CTRL), (Qt.Key.Key_Delete, SHIFT)),
    "print": ((Qt.Key.Key_P, CTRL), (Qt.Key.Key_S, CTRL), (Qt.Key.Key_S, CTRL | SHIFT)),
    "screenshot": ((Qt.Key.Key_Print, NONE),),
    "menu": ((Qt.Key.Key_Menu, NONE),),
}


class Card(QWidget):
    """Something with a code, and a field in it for other words."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rationale = SealedLine(self)

    def code_in_hand(self) -> str:
        return "I50.33"


@dataclass
class Stand:
    bench: Bench
    said: Notices
    seal: Seal
    bot: QtBot
    policy: list[Policy]
    card: Card

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(self.card, QKeyEvent(kind, key, modifiers))

    def blocked(self) -> list[str]:
        return [one.reason for one in self.bench.guard.intents if one.act.value == "copy-blocked"]


@pytest.fixture
def stand(qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    bench, said, policy = open_bench(None), Notices(), [Policy()]
    room = Room(apply_theme(qapp, "light"), Background(said.trouble), said, None, None)  # type: ignore[arg-type]
    room.desk = bench.desk
    seal, card = Seal(qapp), Card()
    refusals = Refusals(seal, room, lambda: policy[0], seal)
    qtbot.addWidget(card)
    card.show()
    monkeypatch.setattr(QApplication, "focusWidget", lambda: card)
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _: True)  # the offscreen platform never says so
    yield Stand(bench, said, seal, qtbot, policy, card)
    qapp.removeEventFilter(seal)
    QGuiApplication.clipboard().changed.disconnect(seal._clipboard_changed)
    QGuiApplication.clipboard().clear()
    refusals.deleteLater()
    seal.deleteLater()
    bench.desk.db.close()


@pytest.mark.parametrize("what", KEYS)
def test_each_press_is_one_entry_and_one_answer(stand: Stand, what: str) -> None:
    for number, (key, modifiers) in enumerate(KEYS[what], 1):
        stand.press(key, modifiers)
        assert stand.blocked() == [what] * number
        assert len(stand.said.said) == number


def test_pressing_twice_quickly_is_two_attempts(stand: Stand) -> None:
    stand.press(Qt.Key.Key_C, CTRL)
    stand.press(Qt.Key.Key_C, CTRL)
    assert stand.blocked() == ["copy", "copy"]


def test_a_key_held_down_is_one_attempt(stand: Stand) -> None:
    stand.press(Qt.Key.Key_C, CTRL)
    for _ in range(5):
        QApplication.sendEvent(stand.card, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_C, CTRL, "", autorep=True))
    assert stand.blocked() == ["copy"]


def test_a_context_menu_is_refused_once(stand: Stand) -> None:
    stand.press(Qt.Key.Key_Menu)
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(2, 2), QPoint(2, 2), NONE)
    QApplication.sendEvent(stand.card, asked)
    assert stand.blocked() == ["menu"]


def test_typing_is_no_attempt(stand: Stand) -> None:
    for key, modifiers in ((Qt.Key.Key_C, NONE), (Qt.Key.Key_P, NONE), (Qt.Key.Key_S, SHIFT), (Qt.Key.Key_F10, NONE)):
        stand.press(key, modifiers)
    assert stand.bench.guard.intents == []


def test_what_reaches_the_clipboard_by_another_way_is_taken_back_and_on_record(stand: Stand) -> None:
    QGuiApplication.clipboard().setText("Brannigan")
    assert QGuiApplication.clipboard().text() == ""
    assert stand.blocked() == ["copy"]


def test_a_code_is_copied_where_policy_allows_and_only_then(stand: Stand) -> None:
    stand.press(Qt.Key.Key_C, CTRL)
    assert stand.blocked() == ["copy"]
    assert QGuiApplication.clipboard().text() == ""
    stand.policy[0] = replace(stand.policy[0], code_copy=True)
    stand.press(Qt.Key.Key_C, CTRL)
    stand.bot.waitUntil(lambda: QGuiApplication.clipboard().text() == "I50.33")
    assert stand.blocked() == ["copy"]
    assert [(one.act.value, one.reason) for one in stand.bench.guard.intents[1:]] == [("code-copy", "I50.33")]
    QGuiApplication.clipboard().setText("I50.33 and what the note says")
    assert QGuiApplication.clipboard().text() == "", "that very code, and nothing longer"


def test_a_code_that_cannot_be_put_on_record_is_not_copied(stand: Stand) -> None:
    stand.policy[0] = replace(stand.policy[0], code_copy=True)
    stand.bench.guard.refuses = True
    stand.press(Qt.Key.Key_C, CTRL)
    stand.bot.waitUntil(lambda: bool(stand.said.said))
    assert QGuiApplication.clipboard().text() == ""


def test_a_field_beside_a_code_is_not_the_code(stand: Stand) -> None:
    assert code_in_hand(stand.card) == "I50.33"
    assert code_in_hand(stand.card.rationale) == ""
    assert code_in_hand(None) == ""


def test_the_answer_fits_where_the_coder_stands(qtbot: QtBot) -> None:
    whole = QWidget()
    column = QVBoxLayout(whole)
    places = [Viewer(), PageView(), PaintOut(), SealedTable("Results"), SealedText(), Card()]
    for place in places:
        column.addWidget(place)
    qtbot.addWidget(whole)
    answers = [instead("copy", place) for place in [*places, None]]
    assert len(set(answers)) == len(answers)
    assert all(answer.startswith("Copying is off") for answer in answers)
    assert len({instead(what, None) for what in ("copy", "print", "drag", "menu", "screenshot")}) == 5


def test_sealed_widgets_refuse_without_the_seal_too(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QTreeWidgetItem

    tree, lines = SealedTree("Chart"), SealedList("Codes found")
    for widget in (tree, lines):
        qtbot.addWidget(widget)
        assert widget.accessibleName()
        assert not widget.dragEnabled()
    QTreeWidgetItem(tree, ["Brannigan"])
    tree.setCurrentItem(tree.topLevelItem(0))
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(tree, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == ""


def test_a_tooltip_shows_letters_and_no_html() -> None:
    assert plain_tip("H&P of Nov 9") == "H&P of Nov 9"
    assert "<img" not in plain_tip("<img src='file:///x'>")
