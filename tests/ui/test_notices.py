"""The strip of notices: one at a time, and an answer to a slip goes with the next thing that is done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from ui import notices
from ui.notices import NoticeStrip


def test_a_passing_notice_stands_for_a_glance_and_goes_with_the_next_deed(
    qtbot: QtBot, qapp: QApplication, monkeypatch
) -> None:
    strip, elsewhere = NoticeStrip(), QPushButton("elsewhere")
    for part in (strip, elsewhere):
        qtbot.addWidget(part)
    elsewhere.show()
    strip.say("Copying is off.", "warning", passing=True)
    qtbot.keyClick(elsewhere, Qt.Key.Key_A)
    assert strip.isVisible()  # the key that follows at once is no proof that it was read
    monkeypatch.setattr(notices, "GLANCE", 0)
    qtbot.keyClick(elsewhere, Qt.Key.Key_A)
    assert not strip.isVisible()


def test_a_warning_stays_while_one_works(qtbot: QtBot, qapp: QApplication, monkeypatch) -> None:
    strip, elsewhere = NoticeStrip(), QPushButton("elsewhere")
    for part in (strip, elsewhere):
        qtbot.addWidget(part)
    elsewhere.show()
    monkeypatch.setattr(notices, "GLANCE", 0)
    strip.say("Copying is off.", "warning", passing=True)
    strip.say("Not sent.", "warning")
    qtbot.keyClick(elsewhere, Qt.Key.Key_A)
    assert strip.isVisible()
    strip.clear()
