"""The step-up code inside the desk: asked when policy says so, counted before the act, never in the way of a lock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.background import Background
from ui.sealed.fields import SealedLine
from ui.step_up import StepUp, StepUpStrip
from workstation.domain.policy import Policy, policy_fields, policy_from
from workstation.errors import StepUpRefused
from workstation.host.clock import SetClock


class Scene:
    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        self.field, self.strip = SealedLine(), StepUpStrip()
        column = QVBoxLayout(self.window)
        column.addWidget(self.strip)
        column.addWidget(self.field)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        self.field.setFocus()
        self.clock, self.policy = SetClock(), Policy()
        self.asked: list[tuple[str, Future[None]]] = []
        self.done: list[str] = []
        self.gate = StepUp(self.strip, Background(pytest.fail), self.clock, lambda: self.policy, self.check, lambda: "")

    def check(self, code: str) -> Future[None]:
        future: Future[None] = Future()
        self.asked.append((code, future))
        return future

    def ask(self, verb: str = "reveal") -> None:
        self.gate.ask(verb, lambda: self.done.append(verb))


@pytest.fixture
def scene(qtbot: QtBot, qapp: QApplication) -> Iterator[Scene]:
    return Scene(qtbot)


def give(qtbot: QtBot, scene: Scene, code: str) -> None:
    line = QApplication.focusWidget()
    assert isinstance(line, SealedLine)
    qtbot.keyClicks(line, code)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def test_nothing_happens_before_the_guard_has_counted_the_code(qtbot: QtBot, scene: Scene) -> None:
    scene.ask()
    assert scene.strip.isVisible()
    give(qtbot, scene, "123456")
    assert scene.done == []
    scene.asked[0][1].set_result(None)
    qtbot.waitUntil(lambda: scene.done == ["reveal"])
    assert not scene.strip.isVisible()
    assert QApplication.focusWidget() is scene.field


def test_a_refused_code_is_said_and_can_be_typed_again(qtbot: QtBot, scene: Scene) -> None:
    scene.ask()
    give(qtbot, scene, "000000")
    scene.asked[0][1].set_exception(StepUpRefused("It was used before."))
    qtbot.waitUntil(lambda: not any(line.isReadOnly() for line in scene.strip.findChildren(SealedLine)))
    assert scene.done == []
    give(qtbot, scene, "654321")
    scene.asked[1][1].set_result(None)
    qtbot.waitUntil(lambda: scene.done == ["reveal"])


def test_escape_leaves_and_a_late_answer_does_nothing(qtbot: QtBot, scene: Scene) -> None:
    scene.ask()
    give(qtbot, scene, "123456")
    qtbot.keyClick(scene.strip, Qt.Key.Key_Escape)
    assert not scene.strip.isVisible()
    scene.asked[0][1].set_result(None)
    qtbot.wait(20)
    assert scene.done == []


def test_one_code_covers_what_follows_within_the_grace(qtbot: QtBot, scene: Scene) -> None:
    scene.ask()
    give(qtbot, scene, "123456")
    scene.asked[0][1].set_result(None)
    qtbot.waitUntil(lambda: scene.done == ["reveal"])
    scene.clock.advance(scene.policy.step_up_grace - 1)
    scene.ask("reopen")
    assert scene.done == ["reveal", "reopen"]
    scene.clock.wall_seconds -= 3_600  # a clock that is turned back buys nothing
    scene.clock.boot_seconds += 2
    scene.ask()
    assert scene.done == ["reveal", "reopen"]
    assert scene.strip.isVisible()


def test_the_organisation_chooses_what_needs_a_code(qtbot: QtBot, scene: Scene) -> None:
    scene.ask("hand-back")
    assert scene.done == ["hand-back"]
    scene.policy = replace(scene.policy, step_up_for=frozenset({"hand-back"}))
    scene.ask("hand-back")
    assert scene.strip.isVisible()
    scene.ask("reveal")
    assert scene.done == ["hand-back", "reveal"]


def test_the_choice_survives_the_pipe_and_the_profile() -> None:
    asked = replace(Policy(), step_up_for=frozenset({"hand-back"}), step_up_grace=60)
    assert policy_from(policy_fields(asked)) == asked


def test_what_was_typed_is_gone_with_the_strip(qtbot: QtBot, scene: Scene) -> None:
    scene.ask()
    line = QApplication.focusWidget()
    assert isinstance(line, SealedLine)
    qtbot.keyClicks(line, "123")
    qtbot.keyClick(scene.strip, Qt.Key.Key_Escape)
    assert line.text() == ""
