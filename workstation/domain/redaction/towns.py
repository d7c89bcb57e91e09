"""Towns nobody told us of: before a state, behind `lives in` and `near`, or large enough to be known."""

from __future__ import annotations

import re

from workstation.domain.redaction.address_tails import ZIP, take_zip
from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import CALENDAR, Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known_places import STATES_THAT_ARE_WORDS
from workstation.domain.redaction.place_words import (
    CITY_CUES,
    CITY_VERBS,
    COUNTRIES,
    FAMOUS_CITIES,
    NO_PLACES,
    STATE_NAMES,
    STATES,
    STREETS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

K = Identifier
_LABELS = word_set("travel birthplace hometown residence city town")
_SURE_CUES = word_set("in near from outside")
_LOOSE_CUES = word_set("to at of through")
_SEASONS = word_set("spring summer fall winter")
# Also credentials, computed tomography, myocardial infarction and other things one writes behind a comma.
_ALSO_ABBREVIATIONS = STATES_THAT_ARE_WORDS | word_set("md pt co al ms va dc mi ct nd mt ca ne sc pr as")
_ALSO_CREDENTIALS = word_set("MD DO PA MA MS DC OD CT MI VA ID OR IN ME PR SC LA RI AL AS CO DE HI ND")
_MOST_OFTEN_CREDENTIALS = word_set("MD DO PA MS MI CT")
_TAILS = word_set(
    "springs falls city beach heights park hills grove lake rapids creek valley island bay bend junction harbor ridge",
    "village point mills ferry landing crossing prairie rock forks shores gardens station center grande vista",
)
_LINKS = word_set("or of by du de on des la")
_SHAPED = re.compile(r"(?<![^\W_])\d{5}\s?-\s?\d{4}(?![0-9])")


def find(finding: Finding) -> None:
    note = finding.note
    find_before_states(finding, names=True)
    for i, word in enumerate(note.low):
        if word in FAMOUS_CITIES and note.caps_mean and _is_famous(finding, i):
            finding.claim_tokens(i, i, K.CITY, "a large city")
        behind = word in CITY_CUES or (word in _LABELS and note.gap(i).strip() == ":")
        if behind and i + 1 < note.count and i + 1 not in finding.taken:
            _after_cue(finding, i, word)
    for match in _SHAPED.finditer(note.text):
        finding.claim(match.start(), match.end(), K.ZIP, "shaped as a ZIP code")


def find_before_states(finding: Finding, *, names: bool = False) -> None:
    """`Springfield, IL 62704`; `names`: behind states written out too."""
    note = finding.note
    for i, word in enumerate(note.low):
        letters = len(word) == 2 and word.upper() in STATES and (note.raw[i].isupper() or not note.caps_mean)
        spelt = names and word in STATE_NAMES and note.gap(i - 1).strip(" \n") == ","
        if i and (letters or spelt):
            _before_state(finding, i)


def _is_famous(finding: Finding, i: int) -> bool:
    note = finding.note
    placed = note.word(i - 1) in CITY_CUES or note.gap(i).strip(" ")[:1] in (",", ".", ";", ")", "/", "")
    return placed and note.is_capitalised(i) and i not in finding.taken and not finding.has_head(i)


def _before_state(finding: Finding, i: int) -> None:
    note = finding.note
    gap = note.gap(i - 1).strip(" \n")
    zip_follows = (
        i + 1 < note.count and note.gap(i).strip(" \n,.^") == "" and ZIP.match(note.text, note.start[i + 1]) is not None
    )
    if gap not in (",", "^", ".,") and not (zip_follows and gap == ""):
        return
    if not zip_follows and not _is_state(finding, i, gap):
        return
    first = _town_start(finding, i)
    if first < i:
        finding.claim_tokens(first, i - 1, K.CITY, "a town before its state")
    if zip_follows:
        take_zip(finding, i + 1)


def _is_state(finding: Finding, i: int, gap: str) -> bool:
    note = finding.note
    if not note.caps_mean:
        return gap == "," and note.low[i] not in _ALSO_ABBREVIATIONS
    raw = note.raw[i]
    if raw not in _ALSO_CREDENTIALS:
        return True
    cued = note.word(i - 2) in CITY_CUES
    if i - 1 in finding.persons:
        return False
    return cued or not (finding.is_word(note.low[i - 1]) or raw in _MOST_OFTEN_CREDENTIALS)


def _town_start(finding: Finding, i: int) -> int:
    note = finding.note
    first = i
    while first > 0 and i - first < 3:
        word, raw = note.low[first - 1], note.raw[first - 1]
        if first - 1 in finding.taken or not word or not raw[0].isalpha():
            break
        if word in FUNCTION_WORDS or word in CITY_CUES or (note.caps_mean and not raw[:1].isupper()):
            break
        if first < i:
            joined = note.gap(first - 1).strip(" \n") in ("", ".")
            moved = not note.caps_mean and word in CITY_VERBS
            if not joined or word in NOTE_WORDS or word in STREETS or moved:
                break
        first -= 1
    return first


def _after_cue(finding: Finding, i: int, cue: str) -> None:
    note = finding.note
    first = i + 1
    gap = note.gap(i)
    if not (gap.isspace() or gap.strip() == ":") or gap.count("\n") > 1 or first in finding.persons:
        return
    word, raw = note.low[first], note.raw[first]
    if not word or not raw[0].isalpha() or word in FUNCTION_WORDS or word in NO_PLACES:
        return
    if word in COUNTRIES or word in STATE_NAMES:
        return
    moves = not CITY_VERBS.isdisjoint(note.low[max(0, i - 5) : i])
    if note.caps_mean:
        if _is_capital_town(finding, first, cue, moves=moves):
            last = _town_last(finding, first)
            finding.claim_tokens(first, last, K.CITY, f"a place after “{note.raw[i]}”")
    elif _is_town_without_capitals(finding, first, cue, moves=moves):
        last = first
        second = note.word(first + 1)
        if note.gap(first) in (" ", "\n") and second.isalpha() and (not finding.is_word(second) or second in _TAILS):
            last += 1
        finding.claim_tokens(first, last, K.CITY, f"a place after “{note.raw[i]}”")


def _is_town_without_capitals(finding: Finding, first: int, cue: str, *, moves: bool) -> bool:
    word = finding.note.low[first]
    if word in FAMOUS_CITIES:
        return True
    if cue in _SURE_CUES or (cue in _LOOSE_CUES and moves):
        if moves and _is_small_town(finding, word):
            return True
        after = finding.note.gap(first)
        strange = word.isalpha() and len(word) > 4 and not finding.is_word(word) and word not in finding.lexicon.given
        tailed = finding.note.word(first + 1) in _TAILS and after in (" ", "\n") and not finding.is_only_word(word)
        ends = after.strip(" ")[:1] in (".", ",", ";", ")", "\n", "") and after.strip(" ") != "-"
        voiced = sum(letter in "aeiouy" for letter in word) > 1
        return (strange and voiced and ends and cue in _SURE_CUES) or (tailed and moves)
    return False


def _is_small_town(finding: Finding, word: str) -> bool:
    plain = word in NOTE_WORDS or word in EPONYMS or finding.is_only_word(word)
    return not plain and len(word) > 2


def _is_capital_town(finding: Finding, first: int, cue: str, *, moves: bool) -> bool:
    note = finding.note
    word, raw = note.low[first], note.raw[first]
    if not raw[:1].isupper() or (raw.isupper() and len(raw) < 6) or word in CALENDAR:
        return False
    if (word in EPONYMS and not moves) or word in DRUGS_LIKE_NAMES or finding.has_head(first):
        return False
    if word in NOTE_WORDS and not (moves and cue in _SURE_CUES):
        return False
    if word in _SEASONS and not (first + 1 < note.count and note.is_capitalised(first + 1)):
        return False
    if cue in _LOOSE_CUES and not moves:
        return False
    clinical = word in finding.lexicon.clinical and finding.is_word(word)
    return moves or cue == "near" or not clinical


def _town_last(finding: Finding, first: int) -> int:
    note = finding.note
    last = first
    while last + 1 < note.count and last - first < 2 and note.is_capitalised(last + 1):
        gap = note.gap(last)
        joined = gap in (" ", "\n") or (gap == ". " and len(note.raw[first]) < 3)
        if not joined or note.low[last + 1] in NOTE_WORDS or finding.has_head(last):
            break
        last += 1
    if last == first and last + 2 < note.count and note.low[last + 1] in _LINKS:  # Fond du Lac
        tail = note.raw[last + 2]
        if note.gap(last) == note.gap(last + 1) == " " and tail[:1].isupper() and not tail.isupper():
            last += 2
    return last
