"""One word in quotes behind a word of calling, or beside a name: `goes by "Skip"`, `asks for "Earl"`."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.plain_words import FUNCTION_WORDS
from workstation.domain.redaction.wording import word_set

_CALLED = word_set(
    "prefers preferred goes called known nickname nicknamed aka alias named name likes asks asking calling calls",
    "yelling shouting crying for about to infant baby female male boy girl as by himself herself newborn child pet",
)
_SMALL = word_set("about as to by")
_BEFORE_SMALL = word_set("goes known referred asks asking preferred")
_SURELY = word_set("goes nickname nicknamed prefers")
_OPENING, _CLOSING = ('"', "“", "‘", " '", "('"), ('"', "”", "’", "'", ',"', '."')
_BETWEEN = ('"', '("', "“", "(“", "('", "'")


def find(finding: Finding) -> None:
    note = finding.note
    for i in range(1, note.count):
        if i in finding.taken or not note.gap(i - 1).endswith(_OPENING) or not note.gap(i).startswith(_CLOSING):
            continue
        word = note.low[i]
        if not word.isalpha() or len(word) < 2 or word in FUNCTION_WORDS:
            continue
        if note.caps_mean and not note.is_capitalised(i):
            continue
        named = i - 1 in finding.persons and note.gap(i - 1).strip() in _BETWEEN
        if _is_name(finding, i, named=named):
            finding.claim_person(i, i, Identifier.NAME, "a name in quotes")
            _take_surname(finding, i + 1, named=named)


def _is_name(finding: Finding, i: int, *, named: bool) -> bool:
    note = finding.note
    word, raw, before = note.low[i], note.raw[i], note.word(i - 1)
    if before in _SURELY or note.word(i - 2) == "goes" or (named and not finding.is_only_word(word)):
        return True
    nothing_else = not finding.is_word(word)
    likely = nothing_else or (finding.lexicon.is_name(word) and note.caps_mean)
    called = before in _CALLED and not (before in _SMALL and note.word(i - 2) not in _BEFORE_SMALL)
    alone = note.caps_mean and raw[1:].islower() and len(word) > 2 and note.gap(i - 1).endswith(' "')
    return likely and (called or (alone and word not in EPONYMS and word not in DRUGS_LIKE_NAMES))


def _take_surname(finding: Finding, i: int, *, named: bool) -> None:
    """`"Skip" Dolan`."""
    note = finding.note
    if note.gap(i - 1).strip(' "”)') or not finding.can_be_name(i, 2) or not finding.lexicon.is_name(note.low[i]):
        return
    if named or note.low[i] in finding.index.names:
        finding.claim_person(i, i, Identifier.NAME, "a name behind a nickname")
