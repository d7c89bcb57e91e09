"""From a name that was found to what belongs to it, and to where it stands again."""

from __future__ import annotations

from workstation.domain.redaction.bare_names import is_a_grade
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import (
    CREDENTIALS,
    MEDIUM_CUES,
    MODALS,
    PARTICLES,
    PATIENT_LABELS,
    PROVIDER_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    ROLES,
    SPEAKS,
    TITLES,
    VERBS,
)
from workstation.domain.redaction.place_words import STATES
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NAMES_THAT_ARE_WORDS, NOTE_WORDS

_NOT_ALONE = frozenset({"do", "o", "y", "al", "san", "la", "el", "d", "le"})
_NO_GIVEN = TITLES | CREDENTIALS | RELATIONS | RELATIVE_LABELS | PROVIDER_LABELS | PATIENT_LABELS | ROLES | MEDIUM_CUES
_CLOSES = ("  ", "\n", " |", ") ", ")", ", ", "; ", " (")


def widen(finding: Finding) -> None:
    """Initials, particles and given names beside a found name: `A. Marsh`, `Lee, Ada J.`, `de la Cruz`."""
    note = finding.note
    for i in sorted(finding.persons):
        kind = finding.persons[i]
        first = _over_particles(finding, i)
        first = _over_initial(finding, first)
        if first and (
            _is_given(finding, first - 1)
            or (first < i and _is_before_particle(finding, first - 1))
            or _is_strange(finding, first - 1)
        ):
            first -= 1
        if first < i:
            finding.claim_person(first, i, kind, "stands before a name")
        after = i + 1
        if after < note.count and after not in finding.taken and _is_initial_behind(finding, i):
            finding.claim_person(i, after, kind, "an initial behind a name")


def _over_particles(finding: Finding, i: int) -> int:
    note = finding.note
    while i > 0:
        word, gap = note.low[i - 1], note.gap(i - 1)
        free = i - 1 not in finding.taken
        particle = word in PARTICLES and len(word) > 1 and word not in _NOT_ALONE and gap.isspace() and free
        second = word in ("la", "el", "le") and note.word(i - 2) in ("de", "du") and gap == " "
        if not (particle or second):
            return i
        i -= 1
    return i


def _over_initial(finding: Finding, i: int) -> int:
    note = finding.note
    if i == 0 or i - 1 in finding.taken or len(note.low[i - 1]) != 1 or not note.raw[i - 1].isalpha():
        return i
    if note.caps_mean and not note.raw[i - 1].isupper():
        return i
    gap = note.gap(i - 1)
    pointed = gap in (". ", ".", ".\n")
    if gap != "." and is_a_grade(finding, i - 1):
        return i
    return i - 1 if pointed or (gap == " " and i > 1 and i - 2 in finding.persons) else i


def _is_given(finding: Finding, i: int) -> bool:
    note = finding.note
    word = note.low[i]
    if i in finding.taken or note.gap(i) not in (" ", "\n") or word not in finding.lexicon.given:
        return False
    if word in NOTE_WORDS or word in FUNCTION_WORDS or word in TITLES:
        return False
    if note.caps_mean:
        return note.is_capitalised(i) and not (note.opens_sentence(i) and finding.is_word(word))
    return not finding.is_word(word)


def _is_strange(finding: Finding, i: int) -> bool:
    """`Ximena Rocha`: no dictionary has it, and a name is behind it."""
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if i in finding.taken or note.gap(i) != " " or len(word) < 4 or not word.isalpha() or finding.is_word(word):
        return False
    if word in _NO_GIVEN or finding.is_compound_eponym(i):
        return False
    return raw[1:].islower() and raw[:1].isupper() if note.caps_mean else len(word) > 4


def _is_before_particle(finding: Finding, i: int) -> bool:
    """`April de la Cruz`: no month is followed so."""
    note = finding.note
    given = note.low[i] in finding.lexicon.given and note.low[i + 1] in PARTICLES
    return given and i not in finding.taken and note.gap(i) in (" ", "\n") and note.is_capitalised(i)


def _is_initial_behind(finding: Finding, i: int) -> bool:
    note = finding.note
    after = i + 1
    if len(note.low[after]) != 1 or not note.raw[after].isalpha() or note.gap(i) not in (" ", ", "):
        return False
    gap = note.gap(after)
    if (note.caps_mean and not note.raw[after].isupper()) or gap[:1] == "/":
        return False
    if gap[:1] == ".":
        return True
    return gap[:2] in _CLOSES and (i - 1 in finding.persons or note.gap(i) == ", ")


def propagate(finding: Finding) -> None:
    """A name found once is taken wherever it stands; one that is also a word where its capital or company says so."""
    note = finding.note
    found: dict[str, Identifier] = {}
    for i, kind in finding.persons.items():
        word = note.low[i]
        short = (
            len(word) == 2 and kind is Identifier.RELATIVE and not finding.is_word(word) and word.upper() not in STATES
        )
        if (len(word) > 2 or short) and word not in FUNCTION_WORDS and word not in TITLES and word not in CREDENTIALS:
            found.setdefault(word, kind)
    for i in range(note.count):
        again = found.get(note.low[i])
        if again is None or i in finding.taken or (note.caps_mean and not note.is_capitalised(i)):
            continue
        if not finding.is_word(note.low[i]) or _is_beside_a_name(finding, i) or _is_meant(finding, i):
            finding.claim_person(i, i, again, "a name found elsewhere in the text")


def _is_beside_a_name(finding: Finding, i: int) -> bool:
    note = finding.note
    before = i - 1 in finding.persons and note.gap(i - 1) in (" ", ", ")
    return before or (i + 1 in finding.persons and note.gap(i) in (" ", ", ", ". "))


def _is_meant(finding: Finding, i: int) -> bool:
    """The capital of a word that is also a name is no sentence's, or it does what people do."""
    note = finding.note
    word, following = note.low[i], note.word(i + 1)
    if not note.caps_mean:
        plain = (
            word in finding.lexicon.words
            or word in finding.lexicon.clinical
            or word in NOTE_WORDS
            or word in NAMES_THAT_ARE_WORDS
        )
        if note.gap(i) == " " and following in SPEAKS and word not in MODALS:
            return not finding.has_head(i)
        return not plain and not finding.has_head(i) and finding.lexicon.is_name(word) and not following[:1].isdigit()
    if finding.is_medicine(i) or note.raw[i].isupper():
        return False
    acts = following in VERBS and following not in MODALS and word not in MODALS and note.gap(i) == " "
    return acts or not note.opens_sentence(i) or note.gap(i - 1)[-1:] == "("
