"""Laboratory results, vital signs, medications and problems as tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt

from ui.sealed.tables import Column
from ui.theme import TextRole, Theme
from workstation.domain.encounter import Medication, Problem, Result

_FLAGS = {"H": "High", "L": "Low", "HH": "Critically high", "LL": "Critically low", "A": "Abnormal", "AA": "Critical"}


def stamp(moment: datetime | None) -> str:
    return f"{moment:%b} {moment.day} {moment:%H:%M}" if moment else "–"


def result_columns(theme: Callable[[], Theme]) -> tuple[Column[Result], ...]:
    def flagged(result: Result, role: int) -> Any:
        if not result.flag:
            return None
        if role == Qt.ItemDataRole.FontRole:
            return theme().font(TextRole.STRONG)
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme().colour("on_danger_soft" if len(result.flag) > 1 else "on_warning_soft")
        return None

    return (
        Column("Taken", lambda r: stamp(r.taken_at), lambda r: r.taken_at.timestamp() if r.taken_at else 0, width=110),
        Column("Panel", lambda r: r.panel, width=170),
        Column("Test", lambda r: r.name),
        Column("Value", lambda r: r.value, look=flagged, align_right=True, width=90),
        Column("Unit", lambda r: r.unit, width=90),
        Column("Flag", lambda r: _FLAGS.get(r.flag, r.flag), look=flagged, width=110),
        Column("Reference", lambda r: r.reference, width=110),
    )


def medication_columns() -> tuple[Column[Medication], ...]:
    def given(drug: Medication) -> str:
        if not drug.given_at:
            return "not given"
        last = max(drug.given_at)
        return f"{len(drug.given_at)} times, last {stamp(last)}" if len(drug.given_at) > 1 else stamp(last)

    return (
        Column("Drug", lambda m: m.name),
        Column("Dose", lambda m: m.dose, width=120),
        Column("Route", lambda m: m.route, width=80),
        Column("Frequency", lambda m: m.frequency, width=150),
        Column(
            "Given",
            given,
            lambda m: len(m.given_at),
            width=210,
            says=lambda m: ", ".join(stamp(at) for at in m.given_at) or "not given",
        ),
        Column("Order", lambda m: m.ordered_status, width=100),
    )


def problem_columns() -> tuple[Column[Problem], ...]:
    return (
        Column("Problem", lambda p: p.text),
        Column("Since", lambda p: p.onset or "–", width=120),
        Column("State", lambda p: p.clinical_status, width=120),
    )
