"""A name before a credential, `Jane Doe, MD`, or behind one used as a title, `RN Doe`; and where such a name begins."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import (
    CREDENTIALS,
    PROVIDER_LABELS,
    RELATIONS,
    ROLES,
    TITLES,
    VERBS,
    WEAK_CREDENTIALS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.reading import follows, take
from workstation.domain.redaction.wording import word_set

_AS_TITLES = word_set("md rn np pa crna cnm lpn slp pt ot rt cna msw lcsw rd pharmd aprn")
_ALSO_ABBREVIATIONS = word_set("pt ot rt pa")
_TOLD = word_set("per by with to from w")
_SMALL_WORDS = word_set("do ma attending resident intern fellow hospitalist ms pt ot pa bs rt od rd")


def before_credential(finding: Finding, i: int, word: str) -> None:
    """Read back from `, MD`, `RN`, `PGY-3`."""
    note = finding.note
    raw = note.raw[i]
    gap = note.gap(i - 1) if i else ""
    stripped = gap.strip(" \n")
    if i == 0 or stripped not in ("", ",", ".,", "., ", "(") or gap.count("\n") > 1:
        _after_credential(finding, i, word)
        return
    if not _is_credential(finding, i, word, stripped):
        return
    first = name_start(finding, i - 1, strong=stripped.endswith(",") or stripped == ".,")
    if first is not None:
        finding.claim_person(first, i - 1, Identifier.PROVIDER, f"stands before “{raw}”")
    elif stripped == "" and _is_told(finding, i - 1):
        finding.claim_person(i - 1, i - 1, Identifier.PROVIDER, f"stands before “{raw}”")
    elif stripped == "":
        _after_credential(finding, i, word)


def _is_told(finding: Finding, i: int) -> bool:
    """`called to Marsh RN`: a surname that is also a word, between a word of telling and a credential."""
    note = finding.note
    told = note.word(i - 1) in _TOLD and note.gap(i - 1) == " "
    plain = note.low[i] not in NOTE_WORDS and note.low[i] not in FUNCTION_WORDS
    return told and plain and finding.lexicon.is_name(note.low[i]) and (not note.caps_mean or note.is_capitalised(i))


def _is_credential(finding: Finding, i: int, word: str, between: str) -> bool:
    note = finding.note
    raw = note.raw[i]
    if between == "(":
        return not note.caps_mean or raw.isupper()
    if between == "":
        if word in WEAK_CREDENTIALS and not word.startswith("pgy"):
            return False
        return not note.caps_mean or raw[:2].isupper() or word in ("attending", "resident", "pharmd")
    return not (word in _SMALL_WORDS and note.caps_mean and raw.islower())


def _after_credential(finding: Finding, i: int, word: str) -> None:
    """`RN Smith`, `per NP Jones`: the credential as a title."""
    note = finding.note
    gap = note.gap(i)
    if word not in _AS_TITLES or not gap.isspace() or len(gap) > 3 or not (note.raw[i].isupper() or not note.caps_mean):
        return
    name = note.word(i + 1)
    is_name = finding.lexicon.is_name(name)
    plain = name not in NOTE_WORDS and name not in FUNCTION_WORDS and name not in VERBS
    told = note.word(i - 1) in _TOLD
    if not note.caps_mean and word in ("rn", "np") and is_name and plain and told:
        take(finding, i + 1, 2, Identifier.PROVIDER, follows(finding, i))
    elif finding.can_be_name(i + 1, 1) and name not in EPONYMS:
        take(finding, i + 1, 1, Identifier.PROVIDER, follows(finding, i))
    elif word in _ALSO_ABBREVIATIONS or not note.caps_mean or not is_name:
        return
    elif finding.can_be_name(i + 1, 2) and not finding.has_head(i + 1):
        take(finding, i + 1, 2, Identifier.PROVIDER, follows(finding, i))


def name_start(finding: Finding, last: int, *, strong: bool) -> int | None:
    """The first token of the name that ends at `last`; None when none does. `strong`: the cue is sure."""
    note = finding.note
    while last > 0 and note.gap(last - 1).strip() in (",", "") and _is_suffix(note.low[last]):
        last -= 1  # MD, PhD
    if last in finding.persons:
        return last
    if _is_pair(finding, last, strong=strong):
        return last - 1
    possible = finding.can_be_name(last, 2 if strong else 1)
    if not note.caps_mean and finding.is_only_word(note.low[last]):
        possible = False
    if not possible and not (strong and _has_given(finding, last)):
        return None
    first = _walk_back(finding, last)
    word = note.low[last]
    if first == last and finding.is_word(word):
        if not strong or (word in NOTE_WORDS and not finding.lexicon.is_name(word)):
            return None
        if word in EPONYMS and not finding.lexicon.is_name(word):
            return None
    return first


def _is_suffix(word: str) -> bool:
    return word in CREDENTIALS or word in ("jr", "sr", "ii", "iii")


def _has_given(finding: Finding, last: int) -> bool:
    """A capitalised word behind a name no dictionary has: `Thuy Stone, MD`."""
    note = finding.note
    return (
        note.caps_mean and last > 0 and note.is_capitalised(last) and note.low[last].isalpha()
        and note.gap(last - 1) == " " and finding.can_be_name(last - 1, 1)
    )  # fmt: skip


def _is_pair(finding: Finding, last: int, *, strong: bool) -> bool:
    """A given name, then whatever stands between it and the cue."""
    note = finding.note
    word, given = note.low[last], note.word(last - 1)
    if not last or not word.isalpha() or word in FUNCTION_WORDS or note.gap(last - 1) not in (" ", "\n"):
        return False
    a_given = given in finding.lexicon.given and given not in FUNCTION_WORDS
    nothing_else = not finding.is_word(given)
    if note.caps_mean:
        capitals = note.is_capitalised(last) and note.is_capitalised(last - 1) and note.gap(last - 1) == " "
        return capitals and ((a_given and nothing_else) or last - 1 in finding.persons)
    is_name = finding.lexicon.is_name(word)
    if a_given and given not in NOTE_WORDS and (is_name or nothing_else) and word not in CREDENTIALS:
        return strong or not finding.is_only_word(word)
    return strong and nothing_else and len(given) > 2 and given.isalpha() and is_name


def _walk_back(finding: Finding, last: int) -> int:
    note = finding.note
    first = last
    while first > 0 and last - first < 4:
        gap, previous = note.gap(first - 1), note.low[first - 1]
        if gap in (". ", ".") and len(previous) == 1:
            first -= 1
            continue
        if not (gap == " " or (gap.isspace() and gap.count("\n") == 1)) or not previous or previous.isdigit():
            break
        given = previous in finding.lexicon.given and not finding.is_word(previous)
        capital = not note.caps_mean or note.is_capitalised(first - 1)
        if not (given and capital) and not _can_precede(finding, first - 1, is_last=first == last):
            break
        first -= 1
    return first


def _can_precede(finding: Finding, i: int, *, is_last: bool) -> bool:
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if word in FUNCTION_WORDS or word in TITLES or _is_suffix(word):
        return False
    if word in ROLES or word in PROVIDER_LABELS or word in RELATIONS:
        return False
    is_name = finding.lexicon.is_name(word)
    if word in NOTE_WORDS and not (note.caps_mean and is_name and raw[:1].isupper() and not raw.isupper()):
        return False
    if note.caps_mean:
        begins = finding.is_only_word(word) and note.opens_sentence(i) and not is_last
        return note.is_capitalised(i) and not begins
    return len(word) == 1 or not finding.is_word(word) or (is_name and is_last)
