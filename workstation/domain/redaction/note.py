"""A text as tokens: words with where they stand, how they compare, and whether their capitals mean anything."""

from __future__ import annotations

import re
from bisect import bisect_left

from workstation.domain.redaction.folding import folded
from workstation.domain.redaction.kinds import Identifier

PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.value for kind in Identifier) + r")(?: [^\]\[\n]{1,24})?\]")
# A word with what OCR or a name may put inside it: O'Brien-López, St.one, M.D, 10.31.2025, 555-0172.
# Soft hyphens, zero-width marks, changes of direction and accents of their own stand in a word without ending it.
_UNSEEN = r"[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
_TOKEN = re.compile(
    PLACEHOLDER.pattern + rf"|[^\W_]+(?:(?:{_UNSEEN}{{1,8}}|['’‘`´-]|\.(?=[a-z0-9])|(?<=[A-Z])\.(?=[A-Z]))[^\W_]+)*"
)
# A line's end with what a printer, another system or a mail puts around it; the gap of an empty line stays two.
_BREAK = re.compile(r"[ \t\r]*\n[ \t]*(?:>[ \t]*)?")
_SENTENCE_ENDS = frozenset(".:;!?\n•*|>#")


def _lowered(text: str) -> str:
    """In small letters, every offset kept: a few capital letters grow when lowered."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


class Note:
    """Parallel tuples over the tokens of one text; `gap(i)` is what stands between token i and the next."""

    __slots__ = ("_gaps", "caps_mean", "count", "end", "low", "lower", "placeholders", "raw", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lower = _lowered(text)
        self.raw: list[str] = []
        self.low: list[str] = []
        self.start: list[int] = []
        self.end: list[int] = []
        self.placeholders: list[tuple[int, int]] = []
        upper = lower = capitals = 0
        for match in _TOKEN.finditer(text):
            word = match.group()
            start, end = match.span()
            self.start.append(start)
            self.raw.append(word)
            if word[0] == "[":
                self.end.append(end)
                self.placeholders.append((start, end))
                self.low.append("")
                continue
            if len(word) > 2 and word[-2] in "'’" and word[-1] in "sS":  # the possessive is no part of a name
                end -= 2
                self.raw[-1] = word = word[:-2]
            self.end.append(end)
            self.low.append(folded(word))
            if word[0].isupper():
                capitals += 1
                upper += len(word) > 3 and word.isupper() and word.isalpha()
            elif len(word) > 3 and word.islower():
                lower += 1
        self.count = len(self.raw)
        begins = [*self.start[1:], len(text)] if self.start else []
        gaps = [text[end:begin] for end, begin in zip(self.end, begins, strict=True)]
        self._gaps = [_BREAK.sub("\n", gap) if len(gap) > 1 and "\n" in gap else gap for gap in gaps]
        # In a note all in capitals or all in small letters a capital is no evidence.
        all_small = capitals * 50 < self.count
        all_large = upper > 3 * lower
        self.caps_mean = not (all_small or all_large)

    def gap(self, i: int) -> str:
        """What stands between token i and the next; before the first for -1, all the rest after the last."""
        if i < 0:
            return self.text[: self.start[0]] if self.count else self.text
        return self._gaps[i]

    def word(self, i: int) -> str:
        """The folded token i, "" outside the text."""
        return self.low[i] if 0 <= i < self.count else ""

    def words_between(self, start: int, end: int) -> tuple[str, ...]:
        """The folded tokens that begin in a span of the text."""
        return tuple(self.low[bisect_left(self.start, start) : bisect_left(self.start, end)])

    def is_capitalised(self, i: int) -> bool:
        return self.raw[i][:1].isupper()

    def opens_sentence(self, i: int) -> bool:
        """Its capital may be only that of a beginning: of a sentence, a line, a list entry, a quotation."""
        if i == 0:
            return True
        between = self.gap(i - 1)
        stripped = between.strip(" \t\r")
        if not stripped:
            return False
        if "\n" in between and stripped == "\n":
            return self.text[self.end[i - 1] - 1] in ".:;!?" or "\n\n" in between or not self.looks_wrapped(i)
        if stripped == "." and len(self.raw[i - 1]) <= 2 and self.raw[i - 1][:1].isupper():
            return False  # an initial
        return any(mark in _SENTENCE_ENDS for mark in stripped) or stripped in ("(", '"', "“", "--", "[ ]", "=")

    def looks_wrapped(self, i: int) -> bool:
        """The line before is long enough to have been broken by a printer."""
        end = self.end[i - 1]
        begin = self.text.rfind("\n", 0, end) + 1
        return end - begin > 45
