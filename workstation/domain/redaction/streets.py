"""Streets: read back from `Lane` or `St.` over their names to the house's number."""

from __future__ import annotations

import re

from workstation.domain.redaction.address_tails import take_unit
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.place_words import CITY_CUES, DIRECTIONS, STREETS, SURE_STREETS, UNITS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

_HOUSE = re.compile(r"[0-9OlI]{1,6}[a-z]?(?:-[0-9]{1,5})?", re.IGNORECASE)
_ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)")
_NUMBER_WORDS = word_set("one two three four five six seven eight nine ten")
_BEFORE = word_set("on at near off of and from to along down the corner in")
_COUNTS = word_set("x mg ct in")


def find(finding: Finding) -> None:
    note = finding.note
    for i, word in enumerate(note.low):
        if word in STREETS and i not in finding.taken and (not note.caps_mean or note.is_capitalised(i)):
            _street(finding, i, word)


def _street(finding: Finding, i: int, word: str) -> None:
    first = i
    while first > 0 and i - first < 6 and _is_joined(finding, first - 1):
        if _is_house(finding, first - 1, in_name=first < i):
            if first < i or word in SURE_STREETS:
                _numbered(finding, first - 1, i)
            return
        if not _is_of_the_name(finding, first - 1, in_name=first < i):
            break
        first -= 1
    if first < i and _is_named(finding, first, i, word):
        finding.claim_tokens(first, i, Identifier.ADDRESS, "a street")
        take_unit(finding, i)


def _is_joined(finding: Finding, i: int) -> bool:
    gap = finding.note.gap(i)
    if gap.strip(" \n.") or gap.count("\n") > 1 or "  " in gap.replace("\n ", "\n"):
        return False
    return not (". " in gap and len(finding.note.low[i]) > 2)


def _is_house(finding: Finding, i: int, *, in_name: bool) -> bool:
    raw, word = finding.note.raw[i], finding.note.low[i]
    figures = _HOUSE.fullmatch(raw) is not None and any(map(str.isdigit, raw))
    return figures or (word in _NUMBER_WORDS and in_name)


def _numbered(finding: Finding, house: int, i: int) -> None:
    note = finding.note
    if note.word(house - 1) in _COUNTS and all(note.low[k] in DIRECTIONS for k in range(house + 1, i)):
        return  # x 3 St.
    if note.word(house - 2) in UNITS and note.gap(house - 1).strip() == "," and note.low[house - 1][:1].isdigit():
        house -= 2  # Unit 14, 2200 Cactus Trail
    finding.claim_tokens(house, i, Identifier.ADDRESS, "a house number and a street")
    take_unit(finding, i)


def _is_of_the_name(finding: Finding, i: int, *, in_name: bool) -> bool:
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if not word or (word in FUNCTION_WORDS and word not in ("the", "of")):
        return False
    plain = word in NOTE_WORDS and word not in DIRECTIONS and not finding.lexicon.is_name(word)
    if plain and not (note.caps_mean and raw[:1].isupper() and in_name):
        return False
    if note.caps_mean:
        return raw[:1].isupper() or _ORDINAL.fullmatch(raw) is not None
    return word not in CITY_CUES


def _is_named(finding: Finding, first: int, i: int, word: str) -> bool:
    """Without a house's number the street's name itself must say that it is one."""
    note = finding.note
    words = note.low[first:i]
    ordinal = any(one[:1].isdigit() and not one.isdigit() for one in words)
    if i - first > 3 or all(one in DIRECTIONS for one in words) or not (word in SURE_STREETS or ordinal):
        return False
    if not note.caps_mean and all(finding.is_only_word(one) for one in words):
        return False
    before = note.gap(first - 1).strip() if first else ""
    between_commas = before == "," and note.gap(i).strip()[:1] == ","
    if before == "&" or between_commas or note.word(first - 1) in _BEFORE:
        return True
    titled = all(raw[:1].isupper() and not raw.isupper() for raw in note.raw[first : i + 1])
    plain = note.low[first] not in NOTE_WORDS and not finding.is_medicine(first) and word != "road"
    return note.caps_mean and titled and plain and len(word) > 3 and not note.opens_sentence(first)
