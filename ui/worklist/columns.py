"""What the worklist shows of each encounter, and how each column sorts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt

from ui.icons import icon
from ui.sealed.tables import Column
from ui.theme import TextRole, Theme
from ui.words import CLASS_WORDS
from workstation.domain.worklist import SendState, Urgency, WorklistItem, days_since_discharge, urgency

# as numbers: each cell of each frame is asked for them
_PICTURE, _INK = int(Qt.ItemDataRole.DecorationRole), int(Qt.ItemDataRole.ForegroundRole)
_FONT = int(Qt.ItemDataRole.FontRole)
_TONES = {
    Urgency.CONFLICT: "danger",
    Urgency.ANSWERED: "success",
    Urgency.OVERDUE: "danger",
    Urgency.STAT: "danger",
    Urgency.DUE_TODAY: "warning",
    Urgency.AGING: "warning",
}
_ICONS = {
    Urgency.CONFLICT: "octagon-alert",
    Urgency.ANSWERED: "message-square-reply",
    Urgency.OVERDUE: "triangle-alert",
    Urgency.STAT: "siren",
    Urgency.DUE_TODAY: "clock",
    Urgency.AGING: "hourglass",
    Urgency.ROUTINE: "circle",
    Urgency.ON_HOLD: "pause",
    Urgency.DONE: "circle-check",
}
_SENT = {
    SendState.IN_STEP: "In step",
    SendState.WAITING: "Waiting to send",
    SendState.REFUSED: "Refused",
    SendState.CONFLICT: "Conflict",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A worklist item as it stands now: its urgency is worked out once, not in each cell."""

    of: WorklistItem
    urgency: Urgency
    why: str
    days: int | None
    haystack: str  # what the filter searches, lower case


def rows(items: tuple[WorklistItem, ...], now: datetime) -> tuple[Row, ...]:
    """Rows in the given order."""
    made = []
    for it in items:
        level, why = urgency(it, now)
        words = (
            it.account_number,
            it.patient_initials,
            it.masked_mrn[-3:],
            CLASS_WORDS[it.encounter_class],
            it.service,
            why,
            it.work_state.value,
            _SENT[it.send_state],
        )
        made.append(Row(it, level, why, days_since_discharge(it, now.date()), " ".join(words).lower()))
    return tuple(made)


def matching(found: tuple[Row, ...], typed: str) -> tuple[Row, ...]:
    """Rows that hold every typed word."""
    wanted = typed.lower().split()
    return tuple(row for row in found if all(word in row.haystack for word in wanted)) if wanted else found


def day_words(moment: datetime | None, now: datetime, *, time: bool = False) -> str:
    """`Today 17:00`, `Tomorrow`, `Nov 27`."""
    if moment is None:
        return "–"
    local = moment  # a due day is the facility's: the zone the server wrote
    days = (local.date() - now.astimezone(moment.tzinfo).date()).days
    clock = f" {local:%H:%M}" if time else ""
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get(days)
    return f"{near}{clock}" if near else f"{local:%b} {local.day}" + (f", {local.year}" if abs(days) > 300 else "")


def columns(  # noqa: C901  one small function a column
    theme: Callable[[], Theme], now: Callable[[], datetime]
) -> tuple[Column[Row], ...]:
    def moment(value: datetime | None) -> float:
        return value.timestamp() if value else float("inf")

    def why_look(row: Row, role: int) -> Any:
        if role not in (_PICTURE, _INK):
            return None
        tone = _TONES.get(row.urgency, "muted")
        if role == _PICTURE:
            return icon(_ICONS[row.urgency], theme(), 16, role=tone)
        if role == _INK and tone != "muted":
            return theme().colour(f"on_{tone}_soft")
        return None

    def unread_look(row: Row, role: int) -> Any:
        if role == _FONT and row.of.unread_documents:
            return theme().font(TextRole.STRONG)
        return None

    def code_look(row: Row, role: int) -> Any:
        return theme().font(TextRole.CODE) if role == _FONT else None

    def sent_look(row: Row, role: int) -> Any:
        if role == _INK and row.of.send_state is not SendState.IN_STEP:
            return theme().colour("on_warning_soft" if row.of.send_state is SendState.WAITING else "on_danger_soft")
        return None

    def unread(row: Row) -> str:
        if not row.of.is_complete:
            return "loading…"
        return (
            f"{row.of.unread_documents} new of {row.of.documents}" if row.of.unread_documents else f"{row.of.documents}"
        )

    def state(row: Row) -> str:
        return row.of.work_state.value.capitalize()

    return (
        Column("Why now", lambda r: r.why.capitalize(), lambda r: r.urgency, look=why_look, width=196),
        Column("Account", lambda r: r.of.account_number, look=code_look, width=112),
        Column(
            "Patient",
            lambda r: f"{r.of.patient_initials}   {r.of.masked_mrn}",
            lambda r: r.of.patient_initials,
            width=126,
            says=lambda r: f"Patient {r.of.patient_initials}, record number ending {r.of.masked_mrn[-3:]}",
        ),
        Column("Type", lambda r: CLASS_WORDS[r.of.encounter_class], width=92),
        Column("Service", lambda r: r.of.service, width=0),
        Column(
            "Discharged",
            lambda r: day_words(r.of.discharged_at, now()),
            lambda r: moment(r.of.discharged_at),
            width=88,
        ),
        Column(
            "Days",
            lambda r: "–" if r.days is None else str(r.days),
            lambda r: -1 if r.days is None else r.days,
            align_right=True,
            width=48,
        ),
        Column("Due", lambda r: day_words(r.of.due_at, now(), time=True), lambda r: moment(r.of.due_at), width=122),
        Column("Documents", unread, lambda r: r.of.unread_documents, look=unread_look, width=98),
        Column("Work", state, width=96),
        Column(
            "Server",
            lambda r: _SENT[r.of.send_state],
            look=sent_look,
            width=116,
            says=lambda r: r.of.refusal or _SENT[r.of.send_state],
        ),
    )
