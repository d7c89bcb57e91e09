"""What is left and could still be a name or a number: asked of the coder, so it must be short."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Unsure

_OF_A_NUMBER = (",", ".", "/", "%", "<", ">", "^", "|")


def find(finding: Finding) -> Iterator[Unsure]:
    """Each word once: a coder's answer holds for all of it."""
    note = finding.note
    asked: set[str] = set()
    for i, word in enumerate(note.low):
        if len(word) < 3 or i in finding.taken or word in asked:
            continue
        why = finding.doubts.get(i) or _why(finding, i, word)
        if why:
            asked.add(word)
            yield Unsure(note.start[i], note.end[i], why)


def _why(finding: Finding, i: int, word: str) -> str:
    note = finding.note
    raw = note.raw[i]
    if raw.isdigit():
        alone = note.gap(i)[:1] not in _OF_A_NUMBER and note.gap(i - 1)[-1:] not in _OF_A_NUMBER
        return "a number of five or six digits" if len(raw) in (5, 6) and alone else ""
    if not note.caps_mean or not raw[:1].isupper() or not raw.isalpha() or raw.isupper() or len(word) < 4:
        return ""
    if finding.is_word(word) or finding.is_medicine(i) or note.opens_sentence(i):
        return ""
    return "a capitalised word no dictionary has"
