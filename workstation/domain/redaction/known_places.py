"""Facilities, streets and towns from the demographics, word for word or one slip of a scanner away."""

from __future__ import annotations

from workstation.domain.redaction.address_tails import ZIP, take_unit
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.folding import one_slip_apart
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.place_words import CITY_CUES, STATE_NAMES, STATES
from workstation.domain.redaction.wording import word_set

K = Identifier
Words = tuple[str, ...]
# States' letters that are words of any sentence.
STATES_THAT_ARE_WORDS = word_set("in or me hi ok id de la ma pa oh")
_MONTHS = word_set("may april june august march")
_SURE_CUES = word_set("in near from to outside")


def find(finding: Finding) -> None:
    note = finding.note
    by_first: dict[str, list[tuple[Words, Identifier]]] = {}
    for words, kind in finding.index.places:
        by_first.setdefault(words[0], []).append((words, kind))
        if kind is K.FACILITY and len(words) > 1:  # Grace-Elmwood is one token, Grace Elmwood two
            joined = words[0] + words[1]
            by_first.setdefault(joined, []).append(((joined, *words[2:]), kind))
    for i, word in enumerate(note.low if by_first else ()):
        for words, kind in by_first.get(word, ()):
            if _stands_at(finding, i, words):
                _take(finding, i, min(i + len(words), note.count) - 1, words, kind)


def _stands_at(finding: Finding, i: int, words: Words) -> bool:
    """All words the same, or all but one, and that one a slip apart."""
    found = tuple(finding.note.low[i : i + len(words)])
    if found == words:
        return True
    if len(words) < 2 or len(found) < len(words):
        return False
    different = [(one, other) for one, other in zip(found, words, strict=True) if one != other]
    return len(different) == 1 and len(different[0][1]) > 2 and one_slip_apart(*different[0])


def _take(finding: Finding, first: int, last: int, words: Words, kind: Identifier) -> None:
    note = finding.note
    if kind is not K.CITY:
        finding.claim_tokens(first, last, kind, "a place from the demographics", known=True)
        if kind is K.ADDRESS:
            take_unit(finding, last)
        return
    if len(words) > 1 or not finding.is_word(words[0]):
        meant = not (note.caps_mean and note.raw[first].islower()) and first not in finding.persons
    else:
        meant = _is_town(finding, first)
    if meant:
        finding.claim_tokens(first, last, kind, "the patient's town", known=True)


def _is_town(finding: Finding, i: int) -> bool:
    """A town whose name is a word: a state, a ZIP code, or `in`, `near`, `from` beside it."""
    note = finding.note
    if note.caps_mean and not note.is_capitalised(i):
        return False
    if _is_before_state(finding, i) or note.gap(i - 1).strip(" \n") in ("^^", "^"):
        return True
    if note.caps_mean and not note.opens_sentence(i) and not finding.is_medicine(i) and not note.raw[i].isupper():
        dated = note.low[i] in _MONTHS and note.word(i + 1)[:1].isdigit()
        if i not in finding.persons and not dated:
            return True
    cues = CITY_CUES if note.caps_mean else _SURE_CUES
    return note.word(i - 1) in cues and note.gap(i - 1).isspace() and not finding.has_head(i)


def _is_before_state(finding: Finding, i: int) -> bool:
    note = finding.note
    gap = note.gap(i).strip(" \n")
    if i + 1 >= note.count or gap not in ("", ",", "^"):
        return False
    after = note.raw[i + 1]
    if after.lower() in STATE_NAMES or ZIP.match(note.text, note.start[i + 1]):
        return True
    if after.upper() not in STATES:
        return False
    if after.isupper() and (gap == "," or note.caps_mean):
        return gap == "," or after.lower() not in STATES_THAT_ARE_WORDS
    if not note.caps_mean:
        zip_follows = gap == "," and i + 2 < note.count and note.raw[i + 2][:5].isdigit()
        return zip_follows or after.lower() not in STATES_THAT_ARE_WORDS
    return False
