"""Dates in a teaching copy: the year alone, or all moved back by the same whole weeks; what a policy decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workstation.domain.redaction.kinds import DateRule

YEAR, SHIFT = "year", "shift"
FEWEST_WEEKS, MOST_WEEKS = 4, 52  # whole weeks: a weekday stays a weekday


@dataclass(frozen=True, slots=True)
class DateWords:
    """How a moment of the chart's structure is written: `[DATE 2026] day 3`, or the moved day; never a time of day.

    Days are counted from the beginning of the encounter: an interval is no element of a date (45 CFR
    164.514(b)(2)(i)(C)), and a coder cannot read a course of illness without it.
    """

    rule: DateRule
    began: date | None

    def of(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        day = moment.date()
        if self.rule.shift_days is not None:
            return f"[DATE {day + timedelta(days=self.rule.shift_days)}]"
        number = (day - self.began).days + 1 if self.began else 0
        return f"[DATE {day.year}] day {number}" if 0 < number < 1000 else f"[DATE {day.year}]"


def shift_of(weeks: int) -> DateRule:
    """The rule that moves every date of a copy so many weeks back. The caller draws the number and keeps it nowhere."""
    if not FEWEST_WEEKS <= weeks <= MOST_WEEKS:
        raise ValueError(weeks)
    return DateRule(-7 * weeks)


_SHOWN_YEAR = re.compile(r"\[DATE ([12]\d{3})(?:-\d\d-\d\d)?\]")
_BARE_YEAR = re.compile(
    r"(?<![^\W_])(?:born|birth|in|since|of|year|circa|about|around|from|until|d\.?o\.?b\.?)[\s:]{1,3}(1[89]\d\d)(?![\w.%/-])",
    re.IGNORECASE,
)


def telling_years(text: str, on: date) -> tuple[tuple[int, int], ...]:
    """Bare years that tell an age over 89, as `born in 1931`: even a year is an element of a date that is indicative
    of such age (45 CFR 164.514(b)(2)(i)(C))."""
    return tuple(match.span(1) for match in _BARE_YEAR.finditer(text) if int(match[1]) <= on.year - 90)


def without_telling_years(text: str, on: date) -> str:
    """The same for the years that stand in placeholders: a date of birth in 1931 leaves no year."""
    return _SHOWN_YEAR.sub(lambda found: "[DATE]" if int(found[1]) <= on.year - 90 else found[0], text)


# A month's name alone is an element of a date too, whatever stands before it; the redactor wants a word that says so.
_LONE_MONTH = re.compile(
    r"(?<![^\W_])(?:(?i:january|february|september|october|november|december)"
    r"|(?:April|June|July|August|APRIL|JUNE|JULY|AUGUST|Jan|Feb|Aug|Sept|Oct|Nov|Dec)|(?<=[a-z,] )(?:March|May))(?![^\W_])"
)


def without_lone_months(text: str) -> tuple[str, int]:
    """The text with `[DATE]` for months that still stand in it, and how many did."""
    return _LONE_MONTH.subn("[DATE]", text)
