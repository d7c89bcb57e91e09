"""What changed between two texts, word by word: which stretches of the old one are gone, which of the new one are new."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from workstation.domain.queries.query import Span

MOST_WORDS = 6_000  # of one text; what is longer is compared up to there
_WORD = re.compile(r"\S+")


def differences(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """(gone from the old, new in the new), in characters. Spacing and line breaks are no difference."""
    before, after = _words(old), _words(new)
    matcher = SequenceMatcher(None, [w for w, _ in before], [w for w, _ in after], autojunk=False)
    gone: list[Span] = []
    come: list[Span] = []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if a1 < a2:
            gone.append((before[a1][1][0], before[a2 - 1][1][1]))
        if b1 < b2:
            come.append((after[b1][1][0], after[b2 - 1][1][1]))
    return tuple(gone), tuple(come)


def _words(text: str) -> list[tuple[str, Span]]:
    found = []
    for match in _WORD.finditer(text):
        found.append((match.group().casefold(), match.span()))
        if len(found) == MOST_WORDS:
            break
    return found
