"""A fact of the device as one line of a table: how it stands, what it is, who enforces it, what it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import Qt

from ui.icons import icon
from ui.room import Room
from ui.sealed.tables import Column

LEVELS = {
    "red": ("octagon-alert", "danger", "Act now"),
    "attention": ("triangle-alert", "warning", "Look at it"),
    "good": ("circle-check", "success", "In order"),
    "note": ("info", "muted", "For your information"),
}


class Line(NamedTuple):
    """One fact, as `workstation.guard.facts.Fact.row` sends it."""

    what: str
    state: str
    level: str
    by: str
    meaning: str
    remedy: str


def columns(room: Room, *, report: bool = False) -> tuple[Column[Line], ...]:
    """The same for every page that shows facts; in a report what each means stands there in full."""

    def level(line: Line, role: int) -> Any:
        picture, tone, _ = LEVELS[line.level]
        return icon(picture, room.theme, role=tone) if role == Qt.ItemDataRole.DecorationRole else None

    if report:
        return (
            Column("", lambda line: LEVELS[line.level][2], width=170, look=level, says=in_words),
            Column("What", lambda line: line.what, width=150),
            Column("State", lambda line: line.state, width=190),
            Column("What it means", lambda line: line.meaning, says=lambda line: line.meaning),
        )
    return (
        Column("", lambda line: LEVELS[line.level][2], width=170, look=level, says=in_words),
        Column("What", lambda line: line.what, width=255),
        Column("State", lambda line: line.state, width=215),
        Column("Enforced", lambda line: line.by, width=150),
        Column("What it means", lambda line: line.meaning, says=lambda line: line.meaning),
    )


def in_words(line: Line) -> str:
    by = f", {line.by}" if line.by else ""
    return f"{LEVELS[line.level][2]}. {line.what}: {line.state}{by}. {line.meaning}. {line.remedy}".strip()


def sum_of(lines: Iterable[Line]) -> tuple[str, str]:
    """(tone, words): how many want something done."""
    levels = [line.level for line in lines]
    urgent, look = levels.count("red"), levels.count("attention")
    tone, words = ("danger", f"{urgent} to act on") if urgent else ("success", "In order")
    if look and not urgent:
        return "warning", f"{look} to look at"
    return tone, f"{words}, {look} to look at" if look else words
