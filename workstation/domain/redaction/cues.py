"""A name behind a small word: `by Smith`, `d/w Jones`, `attn Ike`, `Hi Ann`."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import CREDENTIALS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.reading import follows, take
from workstation.domain.redaction.wording import word_set

_GREETINGS = word_set("hi hello dear thanks thank regards")
_TO_ANYTHING = word_set("to from for and or in via")
_PERSONAL = word_set("by attn hi dear cc thanks hello")
_SPOKEN_WITH = word_set(
    "by w with attn cc told asked paged notified informed contacted called spoke saw thanks dear hi"
)
_BEFORE_TWO = word_set("by attn dr cc w with per")


def after_cue(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    gap = note.gap(i)
    first = i + 1
    if first >= note.count or not _leads_on(gap, word):
        return
    name, second = note.low[first], note.word(first + 1)
    is_name = finding.lexicon.is_name(name)
    shouted = word == "per" and note.caps_mean and note.raw[first].isupper() and not is_name
    if (
        name == "the"
        or shouted
        or (word in _TO_ANYTHING and note.caps_mean and not is_name and not finding.lexicon.is_name(second))
    ):
        return
    if (name in EPONYMS or name in DRUGS_LIKE_NAMES) and not _is_full_name(finding, first):
        return
    if finding.can_be_name(first, 1):
        if note.caps_mean or is_name or _is_name_without_capitals(finding, first, word):
            take(finding, first, 1, Identifier.PROVIDER, follows(finding, i))
    elif finding.can_be_name(first, 2) and is_name and name not in NOTE_WORDS and name not in FUNCTION_WORDS:
        titled = note.caps_mean and note.is_capitalised(first) and not note.raw[first].isupper()
        if _are_two_names(finding, first) or (word in _PERSONAL and titled):
            take(finding, first, 2, Identifier.PROVIDER, follows(finding, i))


def _leads_on(gap: str, word: str) -> bool:
    if gap.count("\n") > 1 or len(gap) > 8:
        return False
    stripped = gap.strip(" \n")
    if stripped == ",":
        return word in _GREETINGS
    return stripped in ("", "/", ":", "@") or (gap == ". " and word in ("attn", "cc", "w"))


def _is_full_name(finding: Finding, first: int) -> bool:
    """An eponym that is also a given name, with a family's name behind it: `by Hazel Vance`."""
    note = finding.note
    given = note.caps_mean and note.low[first] in finding.lexicon.given
    return given and note.gap(first) == " " and finding.can_be_name(first + 1, 1)


def _is_name_without_capitals(finding: Finding, first: int, cue: str) -> bool:
    note = finding.note
    name, second = note.low[first], note.word(first + 1)
    if len(name) < 3 or not name.isalpha():
        return False
    if cue in _SPOKEN_WITH and len(name) > 3 and any(vowel in name for vowel in "aeiouy"):
        return cue in _BEFORE_TWO
    strange = len(second) > 2 and second.isalpha() and not finding.is_word(second)
    pair = note.gap(first) == " " and (finding.lexicon.is_name(second) or second in CREDENTIALS or strange)
    return cue in _BEFORE_TWO and pair


def _are_two_names(finding: Finding, first: int) -> bool:
    note = finding.note
    second = note.word(first + 1)
    if note.gap(first) != " " or second in NOTE_WORDS or not finding.lexicon.is_name(second):
        return False
    if finding.has_head(first + 1):
        return False
    if note.caps_mean:
        capitals = note.is_capitalised(first) and note.is_capitalised(first + 1)
        return capitals and not (finding.is_medicine(first) and finding.is_medicine(first + 1))
    return note.low[first] in finding.lexicon.given and not finding.is_word(second)
