"""A name behind a label and a colon: `Attending: Smith`, `PATIENT: LEE, ANN`, `To: Smith; Jones`."""

from __future__ import annotations

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import (
    CREDENTIALS,
    PATIENT_LABELS,
    PROVIDER_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    ROLES,
    TITLES,
    WEAK_CREDENTIALS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.reading import follows
from workstation.domain.redaction.wording import word_set

# The word before these says whose: `Surgeon name:`, `Dictated by:`.
_SECOND_WORDS = word_set("name names by md provider physician nurse of person to from surgeon no phys mrn")
_THINGS_WITH_NAMES = word_set(
    "hospital facility drug medication procedure brand generic test plan clinic file employer school pharmacy",
)


def after_label(finding: Finding, i: int, word: str, gap: str) -> None:
    note = finding.note
    if not gap.strip(" \t\n").startswith((":", "=", ".:", "):", "(s):")) or gap.count("\n") > 1:
        return
    before = note.word(i - 1)
    if word == "name" and before in _THINGS_WITH_NAMES:
        return
    kind = (_kind(before) if word in _SECOND_WORDS and i else None) or _kind(word)
    why = follows(finding, i, ":")
    if kind is None:
        _after_unknown_label(finding, i + 1, why)
        return
    first, strength = i + 1, 2
    if note.word(first) in TITLES or (note.word(first) in ("rn", "np", "pa") and note.gap(first).isspace()):
        first, strength = first + 1, 3
    # a label may open a sentence instead of a name: `PATIENT: Alert and oriented`
    if first < note.count and finding.is_word(note.low[first]) and not looks_like_a_name(finding, first):
        return
    end = finding.name_end(first, strength, comma=True)
    if end > first:
        finding.claim_person(first, end - 1, kind, why)
        _take_list(finding, end, kind, why)


def _kind(label: str) -> Identifier | None:
    if label in PATIENT_LABELS:
        return Identifier.NAME
    if label in RELATIONS or label in RELATIVE_LABELS:
        return Identifier.RELATIVE
    if label in PROVIDER_LABELS or label in ROLES:
        return Identifier.PROVIDER
    return None


def _after_unknown_label(finding: Finding, first: int, why: str) -> None:
    """A name that is nothing else and fills the whole field: `Ord: BLANKENSHIP  Perf: …`."""
    note = finding.note
    if not (finding.can_be_name(first, 1) and finding.lexicon.is_name(note.low[first]) and len(note.low[first]) > 3):
        return
    gap = note.gap(first)
    if gap[:1] in ("+", "-") or note.word(first + 1)[:1].isdigit():
        return  # a score
    end = finding.name_end(first, 1)
    closes = gap.strip(" ")[:1] in (",", "/", "|", ";", "(", "") or "  " in gap or "\n" in gap
    if end - first > 1 or closes:
        finding.claim_person(first, end - 1, Identifier.PROVIDER, why)


def _take_list(finding: Finding, end: int, kind: Identifier, why: str) -> None:
    """More names in one field: `Surgeons: A. Smith / B. Jones`."""
    note = finding.note
    for _ in range(4):
        if end >= note.count:
            return
        gap = note.gap(end - 1).strip()
        start = end
        if note.low[end] in CREDENTIALS and gap in (",", ""):
            end += 1
            continue
        if note.low[end] in ("and", "w", "with"):
            start = end + 1
        elif gap not in ("/", ";", "&", "+"):
            return
        if note.word(start) in TITLES:
            start += 1
        stop = finding.name_end(start, 2)
        if stop == start or (finding.is_word(note.low[start]) and not looks_like_a_name(finding, start)):
            return
        finding.claim_person(start, stop - 1, kind, why)
        end = stop


def looks_like_a_name(finding: Finding, i: int) -> bool:
    """A word that is also a name has a name's company: a comma and another, an initial, a known part, a line's end."""
    note = finding.note
    word, gap = note.low[i], note.gap(i)
    if word in finding.index.names and word not in FUNCTION_WORDS:
        return True
    is_name = finding.lexicon.is_name(word)
    if not is_name and not (note.caps_mean and note.is_capitalised(i)):
        return False
    if i + 1 == note.count:
        return is_name
    if "\n" in gap or "  " in gap or "\t" in gap:
        a_surname = note.raw[i][1:].islower() and word in finding.lexicon.surnames
        return is_name and (word not in NOTE_WORDS or a_surname)
    if gap in (", ", ",", "^", " "):
        return _goes_on_as_a_name(finding, i, is_name=is_name)
    return is_name and word not in NOTE_WORDS and gap.strip()[:1] in (",", ";", "/", "|", ")", "(", ".", "&", "-", "<")


def _goes_on_as_a_name(finding: Finding, i: int, *, is_name: bool) -> bool:
    note = finding.note
    following = note.word(i + 1)
    if following in CREDENTIALS and following not in WEAK_CREDENTIALS:
        return True
    if note.caps_mean and not note.raw[i + 1][:1].isupper():
        return False
    if len(following) == 1 and following.isalpha():
        return True
    second_is_name = finding.lexicon.is_name(following)
    if following in NOTE_WORDS or following.isdigit() or not (second_is_name or not finding.is_word(following)):
        return False
    return is_name or note.gap(i) != " " or second_is_name
