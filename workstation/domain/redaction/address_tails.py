"""What stands behind a street: the unit, the town, the state, the ZIP code."""

from __future__ import annotations

import re
from bisect import bisect_left

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES
from workstation.domain.redaction.finding import CALENDAR, Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.place_words import DIRECTIONS, FAMOUS_CITIES, STATE_NAMES, STATES, UNITS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

K = Identifier
ZIP = re.compile(r"\d{5}(?:\s?-\s?\d{4})?(?![0-9])(?!\s?(?:mg|ml|mcg|units|iu|cells|steps|feet))")
_BEFORE_TOWN = (",", "", "^^", "^", "|", ";", ".,", "-", "/")
_NO_TOWNS = word_set(
    "apt unit phone tel cell home work fax suite room building floor who and with she he they where inc llc",
    "employed retired also",
)
_STATE_PARTS = word_set("new north south west zip code rhode")


def take_unit(finding: Finding, last: int) -> None:
    """`Apt 3B`, `# 12`, `Suite 400`, then the rest of the address."""
    note = finding.note
    while last + 1 < note.count:
        step = _unit_at(finding, last + 1, note.gap(last).strip(" \n.,"))
        if not step:
            break
        last += step
    take_town(finding, last + 1)


def _unit_at(finding: Finding, i: int, between: str) -> int:
    """How many tokens from `i` on say the unit or the side of the street; 0 when none."""
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if between == "#" and (word[:1].isdigit() or len(word) == 1):
        finding.claim_tokens(i, i, K.ADDRESS, "a unit")
        return 1
    if between:
        return 0
    if word in DIRECTIONS and note.gap(i - 1) == " " and (raw.isupper() or len(word) > 4):
        finding.claim_tokens(i, i, K.ADDRESS, "a direction of a street")
        return 1
    if word not in UNITS or i + 1 >= note.count or note.gap(i).strip(" .#\n:"):
        return 0
    value = note.low[i + 1]
    if any(map(str.isdigit, value)) or len(value) == 1:
        finding.claim_tokens(i, i + 1, K.ADDRESS, "a unit")
        return 2
    return 1 if value in UNITS else 0


def take_town(finding: Finding, first: int) -> None:
    note = finding.note
    if first >= note.count:
        return
    gap = note.gap(first - 1)
    if gap.strip(" \n") not in _BEFORE_TOWN or gap.count("\n") > 1:
        return
    end = _town_end(finding, first)
    if end == first:
        take_zip(finding, first)
        return
    state = end < note.count and (note.low[end].upper() in STATES or note.low[end] in STATE_NAMES)
    if state or (end < note.count and ZIP.match(note.text, note.start[end])):
        finding.claim_tokens(first, end - 1, K.CITY, "the town of an address")
        take_zip(finding, end)
    elif gap.strip(" \n")[:1] == "," and _ends_a_phrase(note.gap(end - 1)) and _could_be_town(finding, first, end):
        finding.claim_tokens(first, end - 1, K.CITY, "the town of an address")


def _town_end(finding: Finding, first: int) -> int:
    note = finding.note
    end = first
    while end < note.count and end - first < 3:
        word, raw = note.low[end], note.raw[end]
        if not word or not raw[0].isalpha() or (note.caps_mean and not raw[:1].isupper()):
            break
        if word in FUNCTION_WORDS and word not in ("of", "the"):
            break
        if end > first:
            gap = note.gap(end - 1).strip(" \n")
            if raw in STATES or (gap and not (gap == "." and len(note.low[end - 1]) < 4)):
                break
        end += 1
    return end


def _ends_a_phrase(gap: str) -> bool:
    return gap.strip(" ")[:1] in (".", ",", ";", "", "\n", ")", "(", "-", "|")


def _could_be_town(finding: Finding, first: int, end: int) -> bool:
    note = finding.note
    word = note.low[first]
    if finding.has_head(first) or word in DRUGS_LIKE_NAMES or word in _NO_TOWNS:
        return False
    if any(k in finding.taken or note.low[k] in CALENDAR for k in range(first, end)):
        return False
    if note.caps_mean:
        return not note.raw[first].isupper()
    plain = word in NOTE_WORDS and not finding.lexicon.is_name(word)
    return (end - first < 3 and not plain) or word in FAMOUS_CITIES


def take_zip(finding: Finding, i: int) -> None:
    """The ZIP code at token i, over a state's name."""
    note = finding.note
    for k in range(i, min(i + 3, note.count)):
        match = ZIP.match(note.text, note.start[k])
        if match and (match.end() == len(note.text) or not note.text[match.end()].isalnum()):
            finding.claim(match.start(), match.end(), K.ZIP, "a ZIP code")
            finding.taken.add(k)
            return
        word = note.low[k]
        if not (word.upper() in STATES or word in STATE_NAMES or word in _STATE_PARTS):
            return


def after_places(finding: Finding) -> None:
    """A town or a unit behind a school, a clinic or a firm: `Tall Pines Elementary, Flint.`"""
    note = finding.note
    for claim in list(finding.claims):
        if claim.kind not in (K.FACILITY, K.EMPLOYER, K.ADDRESS):
            continue
        last = bisect_left(note.start, claim.end) - 1
        if not 0 <= last < note.count - 1:
            continue
        if note.low[last + 1] in UNITS:
            take_unit(finding, last)
        elif note.gap(last).strip(" \n") == "," and last + 1 not in finding.taken:
            take_town(finding, last + 1)
