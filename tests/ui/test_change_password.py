"""Changing the unlock password: the old one is asked for, the new one opens the same key, nothing typed stays."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ui.background import Background
from ui.entry.change_password import ChangePasswordPage, ChangingPassword
from ui.sealed.fields import PasswordLine
from workstation import messages as m
from workstation.errors import DiskTrouble, WrongPassword
from workstation.keys.derive import FLOOR
from workstation.keys.vault import VaultIdentity, WrappedRecord, enrol, open_vault

OLD, NEW = "seven quiet lanterns", "eight loud lanterns"
HALF = bytes(range(32))


class Link:
    """The guard's side, answered by hand."""

    def __init__(self) -> None:
        self.told: list[m.Message] = []
        self.kept: list[dict[str, Any]] = []
        self.allowed = True
        self.full_disk = False

    def tell(self, message: m.Message) -> None:
        self.told.append(message)

    def ask_try(self) -> Future[m.TryAnswer]:
        return _done(m.TryAnswer(1, self.allowed, 0.0 if self.allowed else 5.0, 9))

    def ask_keep_vault(self, vault: dict[str, Any]) -> Future[None]:
        if self.full_disk:
            failed: Future[None] = Future()
            failed.set_exception(DiskTrouble("No space left on device"))
            return failed
        self.kept.append(vault)
        return _done(None)


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


class Scene:
    def __init__(self, qtbot: QtBot) -> None:
        self.page, self.link = ChangePasswordPage(), Link()
        qtbot.addWidget(self.page)
        self.page.show()
        record, dek, _ = enrol(bytearray(OLD.encode()), bytearray(HALF), VaultIdentity("t", "dana", "d", 1), cost=FLOOR)
        self.dek, self.vault = bytes(dek), record.to_json()
        self.changed: list[dict[str, Any]] = []
        self.changing = ChangingPassword(
            self.page,
            self.link,
            Background(pytest.fail),
            lambda: self.vault,
            self.changed.append,  # type: ignore[arg-type]
        )
        self.page.begin("dana")

    def change(self, qtbot: QtBot, old: str, new: str, again: str) -> None:
        for field, text in zip(self.page.findChildren(PasswordLine), (old, new, again), strict=True):
            field.setText(text)
        button = next(one for one in self.page.findChildren(QPushButton) if one.text() == "Change password")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def give_half(self) -> bytearray:
        half = bytearray(HALF)
        self.changing.half_came(half)
        return half

    def words(self) -> str:
        return " ".join(one.text() for one in self.page.findChildren(QLabel) if one.isVisible())


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    made = Scene(qtbot)
    yield made
    made.changing._worker.shutdown(wait=True)


def test_the_new_password_opens_the_same_key_and_the_old_one_no_longer(qtbot: QtBot, scene: Scene) -> None:
    scene.change(qtbot, OLD, NEW, NEW)
    assert m.HalfWanted() in scene.link.told
    half = scene.give_half()
    qtbot.waitUntil(lambda: bool(scene.changed), timeout=20_000)
    record = WrappedRecord.from_json(scene.changed[0])
    assert bytes(open_vault(record, bytearray(NEW.encode()), bytearray(HALF)).dek) == scene.dek
    with pytest.raises(WrongPassword):
        open_vault(record, bytearray(OLD.encode()), bytearray(HALF))
    assert scene.link.kept == scene.changed
    assert set(half) == {0}


def test_a_wrong_present_password_counts_as_a_try_and_keeps_nothing(qtbot: QtBot, scene: Scene) -> None:
    scene.change(qtbot, "not the password", NEW, NEW)
    scene.give_half()
    qtbot.waitUntil(lambda: m.TryFailed() in scene.link.told, timeout=20_000)
    assert scene.link.kept == []
    assert "not" in scene.words().lower()


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("", NEW, NEW, "present password first"),
        (OLD, "short", "short", "at least 12"),
        (OLD, NEW, NEW + "x", "not the same"),
        (OLD, OLD, OLD, "not the present one"),
        (OLD, "my name is dana yes", "my name is dana yes", "user name"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_tried(
    qtbot: QtBot, scene: Scene, old: str, new: str, again: str, said: str
) -> None:
    scene.change(qtbot, old, new, again)
    assert said in scene.words()
    assert scene.link.told == []


def test_a_disk_that_cannot_keep_it_leaves_the_old_one_in_force(qtbot: QtBot, scene: Scene) -> None:
    scene.link.full_disk = True
    scene.change(qtbot, OLD, NEW, NEW)
    scene.give_half()
    qtbot.waitUntil(lambda: "No space" in scene.words() or "disk" in scene.words().lower(), timeout=20_000)
    assert scene.changed == []


def test_too_many_tries_are_held_off(qtbot: QtBot, scene: Scene) -> None:
    scene.link.allowed = False
    scene.change(qtbot, OLD, NEW, NEW)
    qtbot.waitUntil(lambda: "5 s" in scene.words())
    assert scene.link.told == []


def test_leaving_forgets_what_was_typed(qtbot: QtBot, scene: Scene) -> None:
    scene.page.findChildren(PasswordLine)[0].setText(OLD)
    scene.page.forget()
    assert all(field.text() == "" for field in scene.page.findChildren(PasswordLine))
