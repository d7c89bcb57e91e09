"""Facilities and employers in one pass, and where their names stand again: shortened, or as initials."""

from __future__ import annotations

from workstation.domain.redaction import employers, facilities
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import acronyms_of
from workstation.domain.redaction.place_words import EMPLOYER_HEADS, FACILITY_HEADS, SERVICE_WORDS
from workstation.domain.redaction.wording import word_set

K = Identifier
_UNITS = word_set(
    "l&d l ed er icu micu sicu ccu cath lab clinic labor neurology radiology cardiology surgery campus main unit"
)
_KINDS = FACILITY_HEADS | SERVICE_WORDS | EMPLOYER_HEADS
_BEFORE = word_set("at to from of outside")


def find(finding: Finding) -> None:
    note = finding.note
    for i, word in enumerate(note.low):
        if not word or i in finding.taken:
            continue
        if word in facilities.CUES:
            facilities.find(finding, i, word)
        if word in employers.CUES:
            employers.find(finding, i, word)
        if word == "local":
            _union(finding, i)
        if 3 <= len(word) <= 4 and note.caps_mean and note.raw[i].isupper():
            _system(finding, i, word)
    _again(finding)
    _acronyms(finding)


def _union(finding: Finding, i: int) -> None:
    note = finding.note
    if i + 1 >= note.count or note.gap(i) not in (" ", " #"):
        return
    if note.raw[i + 1].isdigit() and len(note.raw[i + 1]) < 5:
        finding.claim_tokens(i, i + 1, K.EMPLOYER, "a union's local")


def _system(finding: Finding, i: int, word: str) -> None:
    """A health system's letters before a place: `OHS Marlow`."""
    note = finding.note
    raw = note.raw[i]
    if not raw.isalpha() or i + 1 >= note.count:
        return
    following = note.raw[i + 1]
    titled = following[:1].isupper() and following[1:].islower() and len(following) > 3 and note.gap(i) == " "
    if not titled or i in finding.taken or i + 1 in finding.taken:
        return
    placed = note.word(i - 1) in _BEFORE or note.gap(i - 1).strip()[-1:] in (",", "(", ":", "/")
    if placed and not finding.is_word(word) and not finding.is_word(note.low[i + 1]):
        finding.claim_tokens(i, i + 1, K.FACILITY, "a health system and a place")


def _again(finding: Finding) -> None:
    """A place named once, wherever its first words stand again: `Three Oaks Rehab`, then `Three Oaks`."""
    note = finding.note
    short: dict[str, set[tuple[str, ...]]] = {}
    for claim in finding.claims:
        if claim.kind in (K.FACILITY, K.EMPLOYER) and not claim.known:
            words = note.words_between(claim.start, claim.end)
            while words and words[-1] in _KINDS:
                words = words[:-1]
            if len(words) > 1 or (words and not finding.is_word(words[0]) and len(words[0]) > 3):
                short.setdefault(words[0], set()).add(words)
    for i, word in enumerate(note.low if short else ()):
        for words in short.get(word, ()):
            last = i + len(words) - 1
            capital = not note.caps_mean or note.is_capitalised(i)
            if capital and i not in finding.taken and tuple(note.low[i : last + 1]) == words:
                finding.claim_tokens(i, last, K.FACILITY, "a place found elsewhere in the text")
                break


def _acronyms(finding: Finding) -> None:
    """The initials of a facility named here or in the demographics."""
    note = finding.note
    known = set(finding.index.acronyms)
    for claim in finding.claims:
        if claim.kind is K.FACILITY:
            known |= acronyms_of(note.text[claim.start : claim.end])
    for i, word in enumerate(note.low if known else ()):
        if word not in known or i in finding.taken or not (note.raw[i].isupper() or not note.caps_mean):
            continue
        before, after = note.gap(i - 1), note.gap(i)
        placed = note.word(i - 1) in _BEFORE or note.word(i + 1) in _UNITS
        marked = "^" in before or "|" in before or after[:1] == "&"
        if placed or marked or not finding.is_word(word):
            finding.claim_tokens(i, i, K.FACILITY, "a facility's initials")
