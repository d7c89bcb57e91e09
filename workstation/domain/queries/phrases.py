"""Phrases as a compliance officer writes them in a rule pack, turned into what a text is searched with.

A phrase is words with spaces; a hyphen, comma or line's end in the text counts as a space. Of the signs, `*` stands for any
ending of a word, `#` for a number, `...` for up to four words, `(a|b)` for one of several, `[a]` for words that may be
missing, and `_` for any one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workstation.domain.queries.query import Span

_PIECE = re.compile(r"\.\.\.|[()\[\]|*#_]|\s+|[^()\[\]|*#_\s.]+|\.")
_GAP = r"[\s\-,:]+[(\"“]?"
_MORE = r"(?:\s+[^\s.?!]+){0,4}"  # up to four words at the end of a phrase
_SIGNS = {"*": r"\w*", "#": r"\d+(?:[.,]\d+)?", "_": r"\S+", "(": "(?:", ")": ")", "|": "|"}


class BadPhrase(ValueError):
    """A phrase that cannot be read; says what is wrong with it."""


def pattern(phrase: str) -> str:
    """The regular expression of one phrase. Raises BadPhrase."""
    pieces = _PIECE.findall(phrase.strip())
    if not any(piece[0].isalnum() or piece in "#$%" for piece in pieces):
        raise BadPhrase(f"the phrase {phrase!r} has no word")
    trailing = pieces[-1] == "..." and len(pieces) > 2
    made = "".join(_translated(pieces[:-2] if trailing else pieces)) + (_MORE if trailing else "")
    try:
        re.compile(made)
    except re.error as wrong:
        raise BadPhrase(f"the phrase {phrase!r} is not well formed ({wrong.msg})") from None
    return made


def _translated(pieces: list[str]) -> Iterable[str]:
    optional: list[bool] = []  # for each open bracket, whether a space follows its words
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        if piece == "[":
            optional.append(at == 0 or pieces[at - 1].isspace() or pieces[at - 1] in "([|")
            yield "(?:"
        elif piece == "]":
            alone = bool(optional) and optional.pop()
            if alone and at + 1 < len(pieces) and pieces[at + 1].isspace():
                at += 1
                yield _GAP
            yield ")?"
        elif piece == "...":
            yield r"(?:[^\s.?!]+\s+){0,4}?"
            at += 1 if at + 1 < len(pieces) and pieces[at + 1].isspace() else 0
        elif piece.isspace():
            yield _GAP
        else:
            yield _SIGNS.get(piece) or re.escape(piece).replace("'", "['’]")
        at += 1


def compiled(phrases: Iterable[str], *, cased: bool = False) -> re.Pattern[str] | None:
    """One expression for all phrases, the longest first; None where there are none."""
    made = [pattern(phrase) for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase))]
    if not made:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(made)})(?!\w)", 0 if cased else re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Phrases that count together, and what makes them innocent."""

    say: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    innocent_families: frozenset[str] = frozenset()  # documented ones that give the words another meaning (HCC: C22)
    before_diagnosis: bool = False  # counts only where a diagnosis follows within a few words
    in_excerpts: bool = False  # so plain that it is looked for in the chart's own words too

    def hits(self, text: str) -> tuple[Span, ...]:
        found = [match.span() for match in self.say.finditer(text)]
        if not found or self.unless is None:
            return tuple(found)
        innocent = [match.span() for match in self.unless.finditer(text)]
        return tuple(
            (start, end) for start, end in found if not any(low <= start and end <= high for low, high in innocent)
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of one rule."""

    groups: tuple[PhraseGroup, ...] = ()

    def hits(self, text: str, families: frozenset[str] = frozenset(), *, excerpt: bool = False) -> tuple[Span, ...]:
        """Where the phrases stand, in order, without overlaps; phrases that need a diagnosis are left out."""
        found = sorted(
            span
            for group in self.groups
            if not group.before_diagnosis and (group.in_excerpts or not excerpt)
            if not (group.innocent_families & families)
            for span in group.hits(text)
        )
        return merged(found)

    def hits_before(self, text: str, mentions: Iterable[Span]) -> tuple[Span, ...]:
        """Phrases that name a diagnosis right after them, with the name."""
        starts = sorted(mentions)
        found = [
            (start, mention[1])
            for group in self.groups
            if group.before_diagnosis
            for start, end in group.hits(text)
            for mention in starts
            if mention[0] >= end and _near(text[end : mention[0]])
        ]
        return merged(sorted(found))


def merged(found: Iterable[Span]) -> tuple[Span, ...]:
    """Overlapping spans as one; takes them in order."""
    joined: list[Span] = []
    for start, end in found:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _near(between: str) -> bool:
    return len(between.split()) <= 3 and not re.search(r"[.?!;:]", between)
