"""Reading JSON that may hold anything: every look-up answers with an empty value rather than fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

LONGEST_TEXT = 20_000  # characters kept of any one string; a note is a document, not a string

YEARS = range(
    1800, 2200
)  # 0001 and 9999 stand for "no date" in other people's programs, and reckoning with them overflows

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(\.\d+)?(Z|[+-]\d{2}:\d{2})?")
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
# C0 and C1 controls, bidirectional overrides and isolates: they can make a label say something else
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def at(value: object, *path: str | int) -> Any:
    """What lies at a path of keys and positions, or None."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def text(value: object, *path: str | int) -> str:
    """The string at a path without control characters; "" for anything else."""
    found = at(value, *path)
    return plain(found) if isinstance(found, str) else ""


def plain(words: str) -> str:
    return _UNSEEN.sub("", words)[:LONGEST_TEXT].strip()


def each(value: object, *path: str | int) -> Iterator[dict[str, Any]]:
    """The objects of the list at a path; what is no object is left out."""
    found = at(value, *path)
    if isinstance(found, list):
        yield from (element for element in found if isinstance(element, dict))


def code(concept: object, *systems: str) -> str:
    """The code of a CodeableConcept in one of some systems (any system when none is named)."""
    for coding in each(concept, "coding"):
        if not systems or coding.get("system") in systems:
            return text(coding, "code")
    return ""


def codes(concept: object, system: str) -> tuple[str, ...]:
    return tuple(text(coding, "code") for coding in each(concept, "coding") if coding.get("system") == system)


def words(concept: object) -> str:
    """A CodeableConcept as people read it: its text, else a display, else a code."""
    displays = (text(coding, "display") for coding in each(concept, "coding"))
    return text(concept, "text") or next((found for found in displays if found), "") or code(concept)


def reference(value: object, kind: str = "") -> str:
    """`Type/id` of a Reference, whether relative or absolute; "" when it names none or another type."""
    parts = text(value, "reference").partition("/_history/")[0].split("/")
    if len(parts) < 2 or (kind and parts[-2] != kind):
        return ""
    return f"{parts[-2]}/{parts[-1]}"


def reference_id(value: object, kind: str) -> str:
    return reference(value, kind).partition("/")[2]


def moment(value: object) -> datetime | None:
    """A FHIR dateTime or instant with the offset it was written with; a bare date is its midnight, UTC."""
    if not isinstance(value, str):
        return None
    try:
        if found := _MOMENT.fullmatch(value):
            day, time, fraction, zone = found.groups()
            when = datetime.fromisoformat(f"{day}T{time}{(fraction or '')[:7]}{zone or '+00:00'}")
            return when if when.year in YEARS else None
        on = whole_day(value)
        return datetime(on.year, on.month, on.day, tzinfo=UTC) if on else None
    except ValueError:
        return None


def whole_day(value: object) -> date | None:
    """A FHIR date that names a day; None for a year or a month alone."""
    try:
        found = date.fromisoformat(value[:10]) if isinstance(value, str) and len(value) >= 10 else None
        return found if found is not None and found.year in YEARS else None
    except ValueError:
        return None


def partial_day(value: object) -> str:
    """A FHIR date as it was written, a year or month alone included."""
    found = _DAY.match(value) if isinstance(value, str) else None
    return found.group(0) if found else ""


def number(value: object) -> str:
    """A decimal as it was written, without the noise of binary fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:g}" if abs(value) < 1e6 else f"{value}"


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
