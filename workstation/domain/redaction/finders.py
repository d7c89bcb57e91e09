"""All finders in their order over one text: sure shapes first, then the demographics, places, names, dates, ages."""

from __future__ import annotations

from workstation.domain.redaction import (
    address_tails,
    addresses,
    ages,
    contacts,
    cued_names,
    dates,
    hl7,
    known_names,
    known_places,
    numbers,
    partial_dates,
    places,
    spreading,
    towns,
)
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import Known, index_of
from workstation.domain.redaction.lexicon import BUILT_IN, Lexicon
from workstation.domain.redaction.note import Note

_PEOPLE = (Identifier.NAME, Identifier.PROVIDER, Identifier.RELATIVE)


def find_all(text: str, known: Known, lexicon: Lexicon) -> tuple[Finding, list[dates.Found]]:
    """Every claim of every finder, and the dates that could be read."""
    finding = Finding(Note(text), index_of(known), lexicon)
    hl7.find(finding)
    contacts.find(finding)
    numbers.find(finding)
    addresses.find(finding)
    known_names.find(finding)
    places.find(finding)
    cued_names.find(finding)
    towns.find(finding)
    address_tails.after_places(finding)
    spreading.propagate(finding)
    read = _dates(finding)
    _behind_names(finding)
    for start, end in ages.find(text):
        finding.claim(start, end, Identifier.AGE, "an age over 89")
    return finding, read


def find_known(text: str, known: Known) -> tuple[Finding, list[dates.Found]]:
    """Only what the demographics tell."""
    finding = Finding(Note(text), index_of(known), BUILT_IN)
    numbers.find_known(finding)
    known_places.find(finding)
    known_names.find(finding)
    finding.claims = [claim for claim in finding.claims if claim.known]
    return finding, [*dates.named(text), *dates.numeric(text)] if known.birth_date else []


def _dates(finding: Finding) -> list[dates.Found]:
    text = finding.note.text
    read = [*dates.named(text), *dates.numeric(text)]
    taken = [(found.start, found.end) for found in read]
    taken += [(claim.start, claim.end) for claim in finding.claims if claim.kind not in _PEOPLE]
    read += partial_dates.find(finding, read, taken)
    for found in read:
        finding.claim(found.start, found.end, Identifier.DATE, "a date")
    for start, end in dates.vague(text, caps_mean=finding.note.caps_mean):
        finding.claim(start, end, Identifier.DATE, "a date")
    return read


def _behind_names(finding: Finding) -> None:
    """An age over 89 in a column or brackets behind a name, a badge's number."""
    note = finding.note
    for i in finding.persons:
        if note.word(i + 1) in ("is", "now", "turned", "turns", "was") and note.gap(i) == note.gap(i + 1) == " ":
            value, after = note.word(i + 2), note.gap(i + 2)
            ends = after[:1] in (".", ",", ";", ")", "\n", "") and not after[:2].strip(".,").isdigit()
            if value.isdigit() and 89 < int(value[:4]) < 126 and ends:
                finding.claim(note.start[i + 2], note.end[i + 2], Identifier.AGE, "an age over 89")
        value, gap = note.word(i + 1), note.gap(i)
        if not value.isdigit() or len(value) > 6:
            continue
        after = note.gap(i + 1)
        column = gap.isspace() and len(gap) > 1 and "\n" not in gap
        ends = after[:1] in (")", ",", " ", "|", "\n", "/", ";", "") and not after.startswith(" %")
        if gap == " #" and len(value) > 2:
            finding.claim(note.start[i + 1], note.end[i + 1], Identifier.OTHER, "a number behind a name")
        elif 89 < int(value) < 126 and ends and (column or gap in (" (", ", ", " - ", " | ", " / ")):
            finding.claim(note.start[i + 1], note.end[i + 1], Identifier.AGE, "an age over 89")
