"""Runs of proper words: back from a head noun, forward from a cue."""

from __future__ import annotations

from workstation.domain.redaction.finding import CALENDAR, Finding
from workstation.domain.redaction.people_words import CREDENTIALS, VERBS
from workstation.domain.redaction.place_words import (
    EMPLOYER_HEADS,
    FACILITY_HEADS,
    SERVICE_WORDS,
    SURE_FACILITY_HEADS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

SAINTS = word_set("st saint ste our mount mt holy sacred santa san good blessed")
INNER = word_set("of the and at in for on de la del")
_SMALL_LINKS = word_set("of the and for de del la")
_SMALL_SERVICE = SERVICE_WORDS & FUNCTION_WORDS
_NUMBERED = word_set("local post ps station company lodge district school no unit")
_LEGAL = word_set("inc llc llp corp co ltd plc")
_TITLES = word_set("dr mr mrs ms")
_BEFORE_OF = word_set("lady sisters sons church university of")


def is_proper(finding: Finding, i: int) -> bool:
    """Says which place, not what kind."""
    word = finding.note.low[i]
    kind = word in SERVICE_WORDS or word in FACILITY_HEADS or word in INNER or word in FUNCTION_WORDS
    return bool(word) and not kind


def walk_back(finding: Finding, i: int, heads: frozenset[str]) -> int:
    """The first token of the name whose head is token i."""
    note = finding.note
    first = i
    while first > 0 and i - first < 7 and note.low[first - 1] and _is_joined(finding, first):
        if not (_fits_with_capitals(finding, first) if note.caps_mean else _fits_without(finding, first - 1, heads)):
            break
        first -= 1
    while first < i and (note.low[first] in INNER or note.low[first] in _SMALL_SERVICE):
        first += 1
    return first


def _is_joined(finding: Finding, first: int) -> bool:
    """What stands between token `first` and the one before it lets a name go on."""
    note = finding.note
    gap, previous = note.gap(first - 1), note.low[first - 1]
    stripped = gap.strip(" \n")
    if gap.count("\n") > 1 or "\t" in gap or ("  " in gap and "\n" not in gap):
        return False
    if "\n" in gap and not note.looks_wrapped(first):
        return False
    if stripped == ".":
        return previous in SAINTS or len(previous) <= 2
    if stripped == ",":
        return note.low[first] in _LEGAL
    return stripped in ("", "&", "-", "/", "'", "'s", "’s", "'S", "’S")


def _fits_with_capitals(finding: Finding, first: int) -> bool:
    note = finding.note
    previous, raw = note.low[first - 1], note.raw[first - 1]
    if not raw[:1].isupper():
        return _links_capitals(finding, first - 1)
    if raw.isdigit() or previous in _TITLES:
        return False
    return not (note.opens_sentence(first - 1) and (previous in FUNCTION_WORDS or previous in VERBS))


def _links_capitals(finding: Finding, i: int) -> bool:
    """`Lady of the Lake`: small words between capitals."""
    note = finding.note
    if note.low[i] not in _SMALL_LINKS or i == 0 or not note.gap(i - 1).isspace():
        return False
    if note.is_capitalised(i - 1):
        return note.low[i - 1] not in FUNCTION_WORDS
    return note.low[i] in ("of", "the") and note.low[i - 1] in ("of", "the") and i > 1 and note.is_capitalised(i - 2)


def _fits_without(finding: Finding, i: int, heads: frozenset[str]) -> bool:
    note = finding.note
    word = note.low[i]
    if word in FUNCTION_WORDS:
        return word in ("of", "the") and note.word(i - 1) in _BEFORE_OF
    if word in VERBS or word in _TITLES or word.isdigit():
        return False
    if word in NOTE_WORDS:
        return word in SERVICE_WORDS or word in heads or finding.lexicon.is_name(word)
    return True


def back_to_cue(finding: Finding, i: int, cues: frozenset[str]) -> int | None:
    """Where capitals say nothing: the first of up to four plain words between a word of going or working and token i."""
    note = finding.note
    first = i
    while first > 0 and i - first < 5:
        gap, before = note.gap(first - 1), note.low[first - 1]
        if gap.strip(" \n") not in ("", "&") or gap.count("\n") > 1:
            return None
        if before in cues:
            break
        if not before.isalpha() or before in FUNCTION_WORDS or before in VERBS or first - 1 in finding.taken:
            return None
        first -= 1
    else:
        return None
    said = [one for one in note.low[first:i] if not _says_little(finding, one)]
    return first if said and note.low[first] not in SERVICE_WORDS else None


def _says_little(finding: Finding, word: str) -> bool:
    kinds = word in NOTE_WORDS or word in SERVICE_WORDS or word in FACILITY_HEADS or word in EMPLOYER_HEADS
    return kinds or word in finding.lexicon.clinical


def read_forward(finding: Finding, first: int) -> int:
    """The end of a run of proper words that begins at `first`: capitals, `&`, `of`, numbers of a local."""
    note = finding.note
    end = first
    while end < note.count and end - first < 7 and note.low[end]:
        if end > first and not _goes_on(finding, end):
            break
        if not (_is_capital_run(finding, first, end) if note.caps_mean else _is_small_run(finding, first, end)):
            break
        end += 1
    while end > first and note.low[end - 1] in ("of", "the", "and", "at", "for"):
        end -= 1
    return end


def _goes_on(finding: Finding, end: int) -> bool:
    note = finding.note
    gap, previous = note.gap(end - 1), note.low[end - 1]
    stripped = gap.strip(" \n")
    if "  " in gap or gap.count("\n") > 1:
        return False
    if stripped == ".":
        return previous in SAINTS or len(previous) == 1
    if stripped == ",":
        return note.low[end] in _LEGAL
    return stripped in ("", "&") or gap == "-"


def _is_capital_run(finding: Finding, first: int, end: int) -> bool:
    note = finding.note
    word, raw, gap = note.low[end], note.raw[end], note.gap(end)
    if raw[:1].isupper():
        return not (word in CREDENTIALS and raw.isupper() and word not in EMPLOYER_HEADS) and word not in CALENDAR
    if end == first:
        return False
    if raw.isdigit():
        return note.low[end - 1] in _NUMBERED
    if word in EMPLOYER_HEADS and note.gap(end - 1) == " ":
        return True
    following = note.word(end + 1)
    if gap == " " and following in EMPLOYER_HEADS and word not in FUNCTION_WORDS:
        return True  # the Harmon paper mill
    return word in ("of", "the") and gap == " " and end + 1 < note.count and note.is_capitalised(end + 1)


def _is_small_run(finding: Finding, first: int, end: int) -> bool:
    word = finding.note.low[end]
    return word not in VERBS and not (word in FUNCTION_WORDS and not (word == "of" and end > first))


def trimmed(finding: Finding, first: int, end: int) -> int:
    """Without capitals a name ends at its head noun, or with its last word that is nothing else."""
    note = finding.note
    for k in range(end - 1, first - 1, -1):
        word = note.low[k]
        if word in EMPLOYER_HEADS or word in SURE_FACILITY_HEADS or not finding.is_word(word) or word.isdigit():
            return k + 1
    return first
