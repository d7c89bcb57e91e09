"""Addresses known by their form: boxes, numbered roads, corners, a number and a name behind `lives at`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from workstation.domain.redaction.address_tails import take_unit
from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.plain_words import NOTE_WORDS
from workstation.domain.redaction.wording import word_set

_BOX = re.compile(
    r"(?<![^\W_])(?:p\.?\s?o\.?\s{0,2}box|post\s+office\s+box|(?:r\.?\s?r\.?|rural\s+route|hc|psc|cmr|route)\s?\d+,?\s+box)"
    r"\s{1,2}#?\d+[a-z]?(?![^\W_])|(?<![^\W_])(?:apo|fpo|dpo)\s+(?:aa|ae|ap)\b",
    re.IGNORECASE,
)
_ROAD = re.compile(
    r"(?<![^\W_])(?P<house>\d{1,6}\s+(?:[nsew]\.?\s+)?)?(?P<whose>(?:county|co\.?|state|farm|township|twp|old|us|u\.s\.)\s+)?"
    r"(?P<kind>rd|road|route|rte|rt\.?|hwy|highway|fm|cr|sr|us|u\.s\.|interstate)\s{1,2}#?\d{1,4}[a-z]?"
    r"(?:\s(?:north|south|east|west|[nsew])(?![^\W_]))?(?![^\W_])(?!\s?(?:mg|ml|cm|mm|%))",
    re.IGNORECASE,
)
_SURE_ROADS = word_set("route rte hwy highway interstate")
_ROADS = word_set("rd road")
_LIVES_BEFORE = re.compile(r"(?:at|lives|address|:)\s*$", re.IGNORECASE)
_STREET_NAMES = word_set(
    "main broadway market elm oak maple pine cedar walnut chestnut state high center union grand park lake river",
    "hill church mill",
)
_CORNER = re.compile(
    r"(?<![^\W_])(?<!-)\d{1,3}(?:st|nd|rd|th)(?:\s+(?:st|ave)\.?)?\s+(?:and|&)\s+(?P<w>[^\W\d_]{3,})"
    r"(?:\s+(?:st|ave|street|avenue)\.?(?![^\W_]))?",
    re.IGNORECASE,
)
_CORNER_BACK = re.compile(
    r"(?<![^\W_])(?P<w>[A-Z][a-z]{2,})(?:\s(?:St|Ave)\.?)?\s(?:and|&)\s\d{1,3}(?:st|nd|rd|th)(?:\s(?:St|Ave)\.?)?(?![^\W_])"
)
_NUMBER_AND_NAME = re.compile(
    r"(?<![^\W_])(?i:at|address|lives?|resides?|to)[:\s]{1,3}"
    r"(?P<a>[0-9]{2,5}\s(?:[NSEW]\.?\s)?(?P<w>[A-Z][a-z]{3,})(?:\s[A-Z][a-z]{3,})?)(?=\s?(?:#|,|;|\.|\)|\n|Apt|apt|Unit))"
)


def find_roads(finding: Finding) -> None:
    text = finding.note.text
    lower = text.lower()
    if "box" in lower or "apo" in lower or "fpo" in lower:
        for match in _BOX.finditer(text):
            _take(finding, match.start(), match.end(), "a post box")
    for match in _ROAD.finditer(text):
        if _is_road(match, text):
            _take(finding, match.start(), match.end(), "a road")


def _is_road(match: re.Match[str], text: str) -> bool:
    kind = match["kind"].lower().rstrip(".")
    if kind in _SURE_ROADS:
        return True
    if kind in _ROADS:
        return bool(match["whose"] or match["house"])
    # FM 12, CR 5, US 3 have other meanings: a house's number and a word of living must stand before
    return bool(match["house"]) and _LIVES_BEFORE.search(text, max(0, match.start() - 12), match.start()) is not None


def find_corners(finding: Finding) -> None:
    for start, end in _corners(finding):
        _take(finding, start, end, "a street corner")
    lexicon = finding.lexicon
    for match in _NUMBER_AND_NAME.finditer(finding.note.text):
        word = match["w"].lower()
        medicine = word in EPONYMS or word in DRUGS_LIKE_NAMES or word in lexicon.clinical
        if word not in NOTE_WORDS and not medicine:
            _take(finding, match.start("a"), match.end("a"), "a house number and a name")


def _corners(finding: Finding) -> Iterator[tuple[int, int]]:
    note = finding.note
    for pattern in (_CORNER, _CORNER_BACK):
        for match in pattern.finditer(note.text):
            word = match["w"].lower()
            strange = not finding.is_only_word(word) and (match["w"][0].isupper() or not note.caps_mean)
            if word in _STREET_NAMES or strange:
                yield match.span()


def _take(finding: Finding, start: int, end: int, why: str) -> None:
    note = finding.note
    first = bisect_left(note.start, start)
    last = bisect_left(note.start, end) - 1
    finding.claim(start, end, Identifier.ADDRESS, why)
    finding.taken.update(range(first, last + 1))
    take_unit(finding, last)
