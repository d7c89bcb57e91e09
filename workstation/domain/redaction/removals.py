"""From claims to removals: overlapping ones become one, each with what stands in its place; and the text written anew."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from workstation.domain.redaction.dates import Found, shifted
from workstation.domain.redaction.kinds import Claim, DateRule, Identifier, Profile, Removal
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.place_words import RESTRICTED_ZIP3

Span = tuple[int, int]
Spans = Sequence[Span]
_ONE_NAME = frozenset({Identifier.NAME, Identifier.RELATIVE, Identifier.PROVIDER, Identifier.ADDRESS})
_OLDEST = 89


class Overlaps:
    """Does a span touch one of these? Asked of many, so they are sorted and joined once."""

    def __init__(self, spans: Spans) -> None:
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        self._ends = [end for _, end in joined]
        self._starts = [start for start, _ in joined]

    def touch(self, start: int, end: int) -> bool:
        at = bisect_left(self._ends, start + 1)
        return at < len(self._ends) and self._starts[at] < end


def births(known: Known, read: Iterable[Found]) -> list[Claim]:
    """The patient's date of birth wherever it is written whole, in any form and order."""
    born = known.birth_date
    if born is None:
        return []
    return [
        Claim(found.start, found.end, Identifier.DATE, "the patient's date of birth", True)
        for found in read
        if found.month and found.day
        and found.year in (born.year, born.year + 100, born.year - 100)
        and {found.month, found.day} == {born.month, born.day}
    ]  # fmt: skip


def is_over_89(known: Known) -> bool:
    """On the last day known of the encounter; without one, it is not said."""
    born, days = known.birth_date, known.encounter_dates
    if born is None or not days:
        return False
    last = max(days)
    return last.year - born.year - ((last.month, last.day) < (born.month, born.day)) > _OLDEST


def merged(text: str, claims: Iterable[Claim], placeholders: Spans) -> list[list[Claim]]:
    """Claims that overlap, and parts of one name beside each other, in groups by place."""
    kept = Overlaps(placeholders)
    groups: list[list[Claim]] = []
    reach = -1
    for claim in sorted(claims, key=lambda claim: (claim.start, -claim.end)):
        if claim.kind is not Identifier.ADDED and kept.touch(claim.start, claim.end):
            continue
        joined = groups and (claim.start < reach or _is_one_name(text, groups[-1][0], claim, reach))
        if joined:
            groups[-1].append(claim)
            reach = max(reach, claim.end)
        else:
            groups.append([claim])
            reach = claim.end
    return groups


def _is_one_name(text: str, before: Claim, claim: Claim, reach: int) -> bool:
    if claim.kind is not before.kind or claim.kind not in _ONE_NAME or claim.start - reach > 3:
        return False
    between = text[reach : claim.start]
    if "." in between and reach > 1 and text[reach - 2].isalnum():
        return False  # a sentence ends here: only an initial has its point inside a name
    return not between.strip(" \n,.")


class Shown:
    """What stands in place of a removal; in a teaching copy with what 45 CFR 164.514(b)(2)(i)(B), (C) let stand."""

    def __init__(self, text: str, known: Known, profile: Profile, rule: DateRule, read: Iterable[Found]) -> None:
        self._text = text
        self._profile = profile
        self._rule = rule
        self._read = {(found.start, found.end): found for found in read}
        # the year of birth of someone over 89 tells the age, so it may not stand
        self._birth_year: int | None = known.birth_date.year if known.birth_date and is_over_89(known) else None

    def of(self, group: list[Claim]) -> Removal:
        chief = max(group, key=lambda claim: (claim.known, claim.end - claim.start))
        start, end = group[0].start, max(claim.end for claim in group)
        return Removal(start, end, chief.kind, chief.why, self._words(chief.kind, start, end))

    def _words(self, kind: Identifier, start: int, end: int) -> str:
        if self._profile is not Profile.TEACHING:
            return kind.placeholder
        if kind is Identifier.AGE:
            return "[AGE 90 or older]"
        prefix = self._text[start : start + 3]
        if kind is Identifier.ZIP and prefix.isdigit():
            return f"[ZIP {'000' if prefix in RESTRICTED_ZIP3 else prefix}]"
        found = self._read.get((start, end)) if kind is Identifier.DATE else None
        said = self._date(found) if found else ""
        return f"[{kind.value} {said}]" if said else kind.placeholder

    def _date(self, found: Found) -> str:
        if found.year is None or found.year == self._birth_year:
            return ""
        if self._rule.shift_days is not None:
            return shifted(found, self._rule.shift_days) or ""
        return str(found.year)


def written(text: str, removals: tuple[Removal, ...]) -> str:
    parts, at = [], 0
    for removal in removals:
        parts += [text[at : removal.start], removal.shown]
        at = removal.end
    return "".join((*parts, text[at:]))
