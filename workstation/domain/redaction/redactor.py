"""The redactor: what goes of a text, why, what stands there instead, and what to ask the coder."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workstation.domain.redaction import (
    address_tails,
    addresses,
    ages,
    contacts,
    cued_names,
    dates,
    doubts,
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
from workstation.domain.redaction.kinds import (
    YEAR_ONLY,
    Claim,
    DateRule,
    Identifier,
    Profile,
    Redacted,
    Removal,
    Unsure,
)
from workstation.domain.redaction.known import Known, index_of
from workstation.domain.redaction.lexicon import BUILT_IN, Lexicon
from workstation.domain.redaction.note import Note
from workstation.domain.redaction.place_words import RESTRICTED_ZIP3

Spans = Sequence[tuple[int, int]]


def redact(
    text: str,
    known: Known,
    profile: Profile,
    lexicon: Lexicon = BUILT_IN,
    dates_rule: DateRule = YEAR_ONLY,
    also: Spans = (),
    but_not: Spans = (),
) -> Redacted:
    """The text without what identifies someone; `also` are spans the coder adds, `but_not` doubts they said are fine."""
    finding, whole = _found(text, known, lexicon)
    claims = _of_profile(finding.claims, known, profile, whole, text)
    claims = [claim for claim in claims if claim.known or not _overlaps(claim.start, claim.end, but_not)]
    claims += [
        Claim(start, end, Identifier.ADDED, "taken out by the coder", True) for start, end in also if start < end
    ]
    removals = _removals(text, claims, finding.note.placeholders, profile, whole, dates_rule)
    unsure = tuple(
        doubt
        for doubt in doubts.find(finding, profile)
        if not _overlaps(doubt.start, doubt.end, [(r.start, r.end) for r in removals])
        and not _overlaps(doubt.start, doubt.end, but_not)
    )
    return Redacted(_written(text, removals), removals, unsure)


def identifiers_in(text: str, known: Known) -> tuple[Removal, ...]:
    """Known identifiers of this patient alone, fast enough for every keystroke in any field."""
    finding = Finding(Note(text), index_of(known), BUILT_IN)
    numbers.find_known(finding)
    known_places.find(finding)
    known_names.find(finding)
    whole = [*dates.named(text), *dates.numeric(text)]
    claims = [claim for claim in finding.claims if claim.known]
    claims += _births(known, whole)
    return _removals(text, claims, finding.note.placeholders, Profile.QUERY, {}, YEAR_ONLY)


def _found(text: str, known: Known, lexicon: Lexicon) -> tuple[Finding, dict[tuple[int, int], dates.Found]]:
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
    whole = [*dates.named(text), *dates.numeric(text)]
    taken = [(found.start, found.end) for found in whole] + [
        (c.start, c.end)
        for c in finding.claims
        if c.kind not in (Identifier.NAME, Identifier.PROVIDER, Identifier.RELATIVE)
    ]
    whole += partial_dates.find(finding, whole, taken)
    for found in whole:
        finding.claim(found.start, found.end, Identifier.DATE, "a date")
    for start, end in dates.vague(text, caps_mean=finding.note.caps_mean):
        finding.claim(start, end, Identifier.DATE, "a date")
    note = finding.note
    for i in finding.persons:
        age, gap = note.word(i + 1), note.gap(i)
        if gap == " #" and age.isdigit() and len(age) > 2:
            finding.claim(note.start[i + 1], note.end[i + 1], Identifier.OTHER, "a number behind a name")
        if (
            age.isdigit()
            and 89 < int(age[:4]) < 126
            and (gap in (" (", ", ", " - ", " | ", " / ") or (gap.isspace() and len(gap) > 1 and "\n" not in gap))
            and note.gap(i + 1)[:1] in (")", ",", " ", "|", "\n", "/", ";", "")
            and not note.gap(i + 1).startswith(" %")
        ):
            finding.claim(note.start[i + 1], note.end[i + 1], Identifier.AGE, "an age over 89")
    for start, end in ages.find(text):
        finding.claim(start, end, Identifier.AGE, "an age over 89")
    return finding, {(found.start, found.end): found for found in whole}


def _births(known: Known, whole: list[dates.Found]) -> list[Claim]:
    born = known.birth_date
    if born is None:
        return []
    return [
        Claim(found.start, found.end, Identifier.DATE, "the patient's date of birth", True)
        for found in whole
        if found.month is not None and found.day is not None
        and found.year in (born.year, born.year + 100, born.year - 100)
        and {found.month, found.day} == {born.month, born.day}
    ]  # fmt: skip


_BIRTH_LABEL = re.compile(
    r"(?:\bd\.?o\.?b\.?|\bborn|birth\s?date|date\s+of\s+birth|b-?day|birthday)\W{0,6}(?:on|is|in)?\W{0,3}$",
    re.IGNORECASE,
)


def _of_profile(
    claims: list[Claim], known: Known, profile: Profile, whole: dict[tuple[int, int], dates.Found], text: str
) -> list[Claim]:
    """In a query clinical dates and ages stay; the birth date goes in both."""
    births = _births(known, list(whole.values()))
    if profile is Profile.TEACHING:
        return [*claims, *births]
    kept = [claim for claim in claims if claim.kind not in (Identifier.DATE, Identifier.AGE)]
    labelled = [
        Claim(start, end, Identifier.DATE, "a date of birth")
        for start, end in whole
        if _BIRTH_LABEL.search(text, max(0, start - 30), start)
    ]
    return [*kept, *births, *labelled]


def _overlaps(start: int, end: int, spans: Spans) -> bool:
    return any(start < stop and begin < end for begin, stop in spans)


def _removals(
    text: str,
    claims: list[Claim],
    placeholders: Spans,
    profile: Profile,
    whole: dict[tuple[int, int], dates.Found],
    rule: DateRule,
) -> tuple[Removal, ...]:
    """Overlapping claims become one; the longest names it, a known one before all."""
    merged: list[list[Claim]] = []
    reach = -1
    for claim in sorted(claims, key=lambda claim: (claim.start, -claim.end)):
        if any(claim.start < stop and begin < claim.end for begin, stop in placeholders):
            continue
        if merged and claim.start < reach:
            merged[-1].append(claim)
            reach = max(reach, claim.end)
        elif (
            merged
            and claim.kind is merged[-1][0].kind
            and not text[reach : claim.start].strip(" \n,.")
            and claim.start - reach < 4
            and claim.kind in _ONE_NAME
        ):
            merged[-1].append(claim)
            reach = claim.end
        else:
            merged.append([claim])
            reach = claim.end
    removals = []
    for group in merged:
        chief = max(group, key=lambda claim: (claim.known, claim.end - claim.start))
        start, end = group[0].start, max(claim.end for claim in group)
        shown = _shown(text, chief, start, end, profile, whole, rule)
        removals.append(Removal(start, end, chief.kind, chief.why, shown))
    return tuple(removals)


_ONE_NAME = frozenset({Identifier.NAME, Identifier.RELATIVE, Identifier.PROVIDER, Identifier.ADDRESS})


def _shown(
    text: str,
    chief: Claim,
    start: int,
    end: int,
    profile: Profile,
    whole: dict[tuple[int, int], dates.Found],
    rule: DateRule,
) -> str:
    """The placeholder; in a teaching copy with what the law lets stand."""
    kind = chief.kind
    if profile is not Profile.TEACHING:
        return kind.placeholder
    if kind is Identifier.AGE:
        return "[AGE 90 or older]"
    if kind is Identifier.ZIP:
        prefix = text[start : start + 3]
        if prefix.isdigit():
            return f"[ZIP {'000' if prefix in RESTRICTED_ZIP3 else prefix}]"
    if kind is Identifier.DATE:
        found = whole.get((start, end))
        if found is not None:
            if rule.shift_days is not None:
                moved = dates.shifted(found, rule.shift_days)
                return f"[DATE {moved}]" if moved else kind.placeholder
            if found.year is not None:
                return f"[DATE {found.year}]"
    return kind.placeholder


def _written(text: str, removals: tuple[Removal, ...]) -> str:
    parts, at = [], 0
    for removal in removals:
        parts += [text[at : removal.start], removal.shown]
        at = removal.end
    return "".join((*parts, text[at:]))


__all__ = ["Redacted", "Removal", "Unsure", "identifiers_in", "redact"]
