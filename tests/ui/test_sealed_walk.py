"""Titles, tooltips and names of widgets hold nothing of a patient: other programs and other windows read them."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget

from tests.desks import NOTE
from tests.ui.test_encounter_page import Screen, screen

__all__ = ["screen"]

MARKERS = ("Brannigan", "Harold", "00482913", "2611090417", *(line for line in NOTE.splitlines() if len(line) > 12))


def _told(widget: QWidget) -> list[str]:
    return [
        widget.windowTitle(), widget.toolTip(), widget.statusTip(), widget.whatsThis(), widget.objectName(),
        widget.windowIconText(), widget.windowFilePath(),
    ]  # fmt: skip


def _found(top: list[QWidget]) -> list[str]:
    widgets = {widget for one in top for widget in [one, *one.findChildren(QWidget)]}
    return [marker for widget in widgets for marker in MARKERS if any(marker in text for text in _told(widget))]


def test_nothing_of_a_patient_stands_in_a_title_a_tooltip_or_a_name(screen: Screen) -> None:
    screen.page.reveal("verify-patient")
    screen.until(lambda: "Brannigan" in screen.page._strip._patient.text())
    screen.add("i50.23", principal=True)
    at = NOTE.index("Acute on chronic")
    screen.page.reader.viewer.mark_passage(at, at + 44)
    screen.page.coding.cite()
    screen.until(lambda: screen.page.coding.summary and screen.page.coding.summary.lines[0].evidence)
    assert _found(QApplication.topLevelWidgets()) == []
    screen.page.setToolTip("Brannigan")
    assert _found([screen.page]) == ["Brannigan"], "and this would find it"
