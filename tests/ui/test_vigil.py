"""The desk's own watch over sleep and idleness: nothing is painted and no key arrives after a gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from ui.sealed.vigil import Vigil


class Chart(QLineEdit):
    """Counts how often it was painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        super().paintEvent(event)


@dataclass
class Watched:
    chart: Chart
    vigil: Vigil
    why: list[str]
    boot: float = 1000.0
    touched: float = 1000.0

    def repaint(self) -> bool:
        """Ask for a paint; whether it came."""
        before = self.chart.painted
        self.chart.repaint()
        return self.chart.painted > before


@pytest.fixture
def watched(qtbot: QtBot, qapp: QApplication) -> Iterator[Watched]:
    chart = Chart()
    qtbot.addWidget(chart)
    chart.show()
    qtbot.waitExposed(chart)
    vigil = Vigil(qapp, lambda: made.boot, lambda: 300 - (made.boot - made.touched))
    made = Watched(chart, vigil, [])
    vigil.lapsed.connect(made.why.append)
    yield made
    qapp.removeEventFilter(vigil)
    vigil.deleteLater()
    QCoreApplication.sendPostedEvents(vigil)


def test_a_desk_in_use_paints_and_hears(watched: Watched, qtbot: QtBot) -> None:
    watched.vigil.begin()
    watched.boot += 2
    QTest.keyClicks(watched.chart, "chf")
    assert watched.repaint()
    assert (watched.chart.text(), watched.why) == ("chf", [])


def test_after_sleep_nothing_is_painted_and_the_guard_is_told_once(watched: Watched) -> None:
    watched.vigil.begin()
    watched.boot += 12 * 3600
    assert not watched.repaint()
    assert not watched.repaint()
    assert watched.why == ["suspend"]


def test_the_first_key_after_sleep_reaches_nothing(watched: Watched, qtbot: QtBot) -> None:
    watched.vigil.begin()
    watched.boot += 12 * 3600
    QTest.keyClicks(watched.chart, "chf")
    QTest.keyClick(watched.chart, Qt.Key.Key_Return)
    assert (watched.chart.text(), watched.why) == ("", ["suspend"])


def test_a_key_after_the_idle_time_does_not_bring_the_coder_back(watched: Watched, qtbot: QtBot) -> None:
    watched.vigil.begin()
    for _ in range(60):
        watched.boot += 4.9
        watched.repaint()
    assert watched.why == []
    watched.boot += 7
    QTest.keyClicks(watched.chart, "chf")
    assert (watched.chart.text(), watched.why) == ("", ["idle"])


def test_a_standby_may_wait_for_hours(watched: Watched) -> None:
    watched.boot += 12 * 3600
    assert watched.repaint()
    watched.touched = watched.boot  # the coder who has just come in
    watched.vigil.begin()
    assert watched.repaint()
