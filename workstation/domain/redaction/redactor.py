"""The redactor: what goes of a text, why, what stands there instead, and what to ask the coder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workstation.domain.redaction import doubts
from workstation.domain.redaction.dates import Found
from workstation.domain.redaction.eponyms import EPONYMS
from workstation.domain.redaction.finders import find_all, find_known
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.folding import folded
from workstation.domain.redaction.kinds import YEAR_ONLY, Claim, DateRule, Identifier, Profile, Redacted, Removal
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.lexicon import BUILT_IN, Lexicon
from workstation.domain.redaction.removals import Overlaps, Shown, Span, Spans, births, is_over_89, merged, written

_BIRTH_LABEL = re.compile(
    r"(?:\bd\.?o\.?b\.?|\bborn|birth\s?date|date\s+of\s+birth|b-?day|birthday)\W{0,6}(?:on|is|in)?\W{0,3}$",
    re.IGNORECASE,
)
_NUMBERS = (
    Identifier.OTHER,
    Identifier.ACCOUNT,
    Identifier.PLAN,
    Identifier.MRN,
    Identifier.DEVICE,
)  # 20260310 is a date
_OF_WHO_IS_ASKED = (Identifier.PROVIDER, Identifier.FACILITY)
_CLINICAL = (Identifier.DATE, Identifier.AGE)  # what a provider must read to answer a query


def redact(
    text: str,
    known: Known,
    profile: Profile,
    lexicon: Lexicon = BUILT_IN,
    dates: DateRule = YEAR_ONLY,
    *,
    also: Spans = (),
    but_not: Spans = (),
) -> Redacted:
    """The text without what identifies someone, every span explained.

    `also` are spans the coder takes out too, `but_not` doubts they said are fine: those come back unless they are a
    known identifier of this patient. All offsets, asked and answered, are into `text`.
    """
    finding, read = find_all(text, known, lexicon)
    fine = Overlaps(but_not)
    claims = _of_profile(finding.claims, known, profile, read, text)
    claims = [claim for claim in claims if claim.known or not fine.touch(claim.start, claim.end)]
    claims += [
        Claim(start, end, Identifier.ADDED, "taken out by the coder", True) for start, end in also if start < end
    ]
    shown = Shown(text, known, profile, dates, read)
    removals = tuple(shown.of(group) for group in merged(text, claims, finding.note.placeholders))
    gone = Overlaps([(removal.start, removal.end) for removal in removals])
    unsure = tuple(
        doubt
        for doubt in doubts.find(finding)
        if not gone.touch(doubt.start, doubt.end) and not fine.touch(doubt.start, doubt.end)
    )
    return Redacted(written(text, removals), removals, unsure)


def identifiers_in(text: str, known: Known) -> tuple[Removal, ...]:
    """Known identifiers of this patient alone, fast enough for every keystroke in any field."""
    finding, read = find_known(text, known)
    claims = [*finding.claims, *births(known, read)]
    shown = Shown(text, known, Profile.QUERY, YEAR_ONLY, read)
    return tuple(shown.of(group) for group in merged(text, claims, finding.note.placeholders))


def in_own_words(text: str, known: Known, lexicon: Lexicon = BUILT_IN) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Where a coder's own words name or number a person, and where they only may: a name of this patient that is a word.

    Beside this patient's identifiers it finds all the redactor is sure of. Providers and facilities stand: who is asked
    is no secret of the patient's (45 CFR 164.514(b)(2)(i) names the individual, relatives, employers, household).
    """
    sure = [(found.start, found.end) for found in identifiers_in(text, known)]
    done = redact(text, known, Profile.QUERY, lexicon)
    sure += [(gone.start, gone.end) for gone in done.removals if gone.kind not in _OF_WHO_IS_ASKED]
    finding, _ = find_known(text, known)
    note = finding.note
    sure += [(note.start[at], note.end[at]) for at in range(note.count) if _is_their_number(note.raw[at], known)]
    gone = Overlaps(sure)
    perhaps = [at for at in range(note.count) if at in finding.doubts or _may_be_theirs(finding, at, lexicon)]
    places = ((note.start[at], note.end[at]) for at in perhaps)
    return tuple(sorted(set(sure))), tuple((start, end) for start, end in places if not gone.touch(start, end))


def _is_their_number(raw: str, known: Known) -> bool:
    """A number of this patient as people type it: without the noughts before it; a birth date without its strokes."""
    if not raw.isdigit() or len(raw) < 5:
        return False
    if known.birth_date is not None and raw in (f"{known.birth_date:%m%d%Y}", f"{known.birth_date:%Y%m%d}"):
        return True
    return raw.lstrip("0") in {number.lstrip("0") for _, number in known.numbers}


def _may_be_theirs(finding: Finding, at: int, lexicon: Lexicon) -> bool:
    """A name of the patient or a relative, or half of a double one, unless it is a common word written small."""
    raw = finding.note.raw[at]
    for half in (finding.note.low[at], *map(folded, raw.split("-"))):
        part = finding.index.names.get(half)
        if len(half) > 2 and part is not None and part.kind in (Identifier.NAME, Identifier.RELATIVE):
            return raw[:1].isupper() or half in EPONYMS or not lexicon.is_word(half)
    return False


def _of_profile(claims: list[Claim], known: Known, profile: Profile, read: list[Found], text: str) -> Iterable[Claim]:
    """In a query clinical dates and ages stay; the birth date goes in both."""
    born = births(known, read)
    if profile is Profile.TEACHING:
        return [*claims, *born, *_birth_years(known, text)]
    labelled = [
        Claim(found.start, found.end, Identifier.DATE, "a date of birth")
        for found in read
        if _BIRTH_LABEL.search(text, max(0, found.start - 30), found.start)
    ]
    dated = Overlaps([(found.start, found.end) for found in read])
    kept = [
        claim
        for claim in claims
        if claim.kind not in _CLINICAL
        and not (claim.kind in _NUMBERS and not claim.known and dated.touch(claim.start, claim.end))
    ]
    return [*kept, *born, *labelled]


def _birth_years(known: Known, text: str) -> list[Claim]:
    """The year of birth of someone over 89 (45 CFR 164.514(b)(2)(i)(C): "including year ... indicative of such age")."""
    if known.birth_date is None or not is_over_89(known):
        return []
    return [
        Claim(match.start(), match.end(), Identifier.DATE, "a year of birth that tells an age over 89", True)
        for match in re.finditer(rf"(?<![^\W_]){known.birth_date.year}(?![^\W_])", text)
    ]


__all__ = ["Redacted", "Removal", "identifiers_in", "in_own_words", "redact"]
