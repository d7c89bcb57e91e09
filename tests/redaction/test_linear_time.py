"""A megabyte made to be slow: the work of the redactor grows with the text and no faster, counted in steps."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from tests.redaction.dictionaries import LEXICON
from workstation.domain.redaction.kinds import Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.redactor import redact

KNOWN = Known(
    patient=("Ann Lee",),
    numbers=((Identifier.MRN, "1111111"),),
    birth_date=date(1950, 1, 1),
    encounter_dates=(date(2026, 1, 1),),
)
PIECES = [
    "Dr. ", "Ann ", "in     ", "may may ", "1", "1/1 ", "1-1-", "1 1 1 ", "(555) ", "a@", "a.com/", "x.y.", "[NAME] ",
    "Hospital ", "Lane ", "& Sons ", "|", "^", "\n", "wife ", "by ", "MRN ", "aged ", "1 January ", "of the ", "A. ", "St. ",
    "car ", '"Ann" ', "née ", "PID|1|^^^\n", "O'", "the 4th of ", "#1 ", "Ab, ",
]  # fmt: skip


def steps(text: str) -> int:
    """Lines of the package carried out over a text."""
    counted = 0

    def count(frame, event, _):  # type: ignore[no-untyped-def]
        nonlocal counted
        if "redaction" not in frame.f_code.co_filename:
            return None
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        redact(text, KNOWN, Profile.TEACHING, LEXICON)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_costs_at_most_five_times_the_steps(piece: str) -> None:
    small = steps(piece * 60)
    assert steps(piece * 240) <= 5 * small + 2000


def test_a_megabyte_of_them_all_is_redacted() -> None:
    """A pattern that backtracks without end would never come back: the suite's time limit ends it."""
    length = 1_000_000 // len(PIECES)
    text = "".join((piece * length)[:length] for piece in PIECES)
    redacted = redact(text, KNOWN, Profile.TEACHING, LEXICON)
    assert all(one.start < one.end <= len(text) for one in redacted.removals)
