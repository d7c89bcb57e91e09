"""A name beside what its bearer is, without a colon: `PCP Smith`, `renal (Salgado)`, `family (Inez Foley)`."""

from __future__ import annotations

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import (
    MEDIUM_CUES,
    PATIENT_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    ROLES,
    VERBS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.reading import follows, take


def after_role(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    gap = note.gap(i)
    stripped = gap.strip(" \n")
    first = i + 1
    if first >= note.count or stripped not in ("", "(", "/", ",", "-", "@") or gap.count("\n") > 1:
        return
    if (word in MEDIUM_CUES and stripped == "") or ("\n" in gap and note.opens_sentence(first)):
        return
    if word in PATIENT_LABELS:
        kind = Identifier.NAME
    else:
        kind = Identifier.RELATIVE if word in RELATIVE_LABELS else Identifier.PROVIDER
    if note.caps_mean:
        _capitalised(finding, i, word, stripped, kind)
    elif stripped == "(" and word in RELATIVE_LABELS and _in_brackets(finding, first):
        last = first if note.gap(first).startswith(")") else first + 1
        last = last if note.gap(last).startswith(")") else last + 1
        finding.claim_person(first, last, kind, follows(finding, i))
    elif stripped in ("", "("):
        _small(finding, i, word, stripped, kind)


def _capitalised(finding: Finding, i: int, word: str, stripped: str, kind: Identifier) -> None:
    note = finding.note
    first = i + 1
    is_name = finding.lexicon.is_name(note.low[first])
    if finding.can_be_name(first, 1):
        if stripped in (",", "-", "/") and not is_name:
            return
        end = finding.name_end(first, 1)
        if stripped == "(" or is_name or end - first > 1 or not note.raw[first].isupper():
            finding.claim_person(first, end - 1, kind, follows(finding, i))
        return
    if stripped not in ("", "(") or not is_name or note.low[first] in NOTE_WORDS or not finding.can_be_name(first, 2):
        return
    end = finding.name_end(first, 2)
    medicine = finding.is_medicine(first)
    alone = stripped == "(" and end == first + 1 and note.gap(first)[:1] == ")" and not medicine
    full = end - first > 1 and not (finding.is_medicine(end - 1) and medicine)
    plain = note.low[first] not in VERBS and not note.opens_sentence(first) and word not in ("pt", "patient", "and")
    if alone or full or (stripped == "" and not medicine and plain):
        finding.claim_person(first, end - 1, kind, follows(finding, i))


def _in_brackets(finding: Finding, first: int) -> bool:
    """Up to three words between brackets, the first a name."""
    note = finding.note
    last = first
    while last + 1 < note.count and last - first < 2 and note.gap(last) == " ":
        last += 1
    inside = note.low[first : last + 1]
    plain = all(one.isalpha() and one not in FUNCTION_WORDS and one not in RELATIONS for one in inside)
    a_name = finding.lexicon.is_name(inside[0]) or not finding.is_word(inside[0])
    return note.gap(last).startswith(")") and plain and a_name


def _small(finding: Finding, i: int, word: str, stripped: str, kind: Identifier) -> None:
    note = finding.note
    first = i + 1
    name, second = note.low[first], note.word(first + 1)
    is_name, second_is_name = finding.lexicon.is_name(name), finding.lexicon.is_name(second)
    if not finding.is_word(name):
        spoken_of = len(name) > 3 and name.isalpha() and word in ROLES
        if (is_name or stripped == "(" or second_is_name or spoken_of) and finding.can_be_name(first, 1):
            take(finding, first, 1, kind, follows(finding, i))
        return
    two = second_is_name and note.gap(first) == " " and not finding.is_word(second)
    if two and stripped == "" and is_name and name not in NOTE_WORDS and name not in VERBS:
        take(finding, first, 2, kind, follows(finding, i))
