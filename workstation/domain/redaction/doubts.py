"""What is left and could still be a name or a number: asked of the coder, so it must be short."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Profile, Unsure
from workstation.domain.redaction.plain_words import NOTE_WORDS


def find(finding: Finding, profile: Profile) -> Iterator[Unsure]:
    note = finding.note
    asked: set[str] = set()
    for i in range(note.count):
        word, raw = note.low[i], note.raw[i]
        if i in finding.taken or len(word) < 3:
            continue
        why = finding.doubts.get(i) or _why(finding, i, word, raw)
        if why and word not in asked:
            asked.add(word)
            yield Unsure(note.start[i], note.end[i], why)
    del profile


def _why(finding: Finding, i: int, word: str, raw: str) -> str:
    note = finding.note
    if (
        raw.isdigit()
        and len(raw) in (5, 6)
        and note.gap(i)[:1] not in (",", ".", "/", "%")
        and note.gap(i - 1)[-1:] not in (",", ".", "/", "<", ">")
    ):
        return "a number of five or six digits"
    if not note.caps_mean or not raw[:1].isupper() or not raw.isalpha() or raw.isupper() or len(word) < 4:
        return ""
    if (
        finding.is_word(word)
        or word in EPONYMS
        or word in DRUGS_LIKE_NAMES
        or word in NOTE_WORDS
        or finding.has_head(i)
    ):
        return ""
    if note.opens_sentence(i):
        return ""
    return "a capitalised word no dictionary has"
