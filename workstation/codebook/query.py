"""Reads what was typed: words, the everyday terms among them, and the readings that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from workstation.codebook.reader import PackReader
from workstation.codebook.words import stem, words
from workstation.domain.codes import CodeSystem

_LONGEST_PHRASE = 7
_MOST_VARIANTS = 6


@dataclass(frozen=True, slots=True)
class Term:
    """One word looked for."""

    word: str
    stem: str
    optional: bool = False  # lifts what holds it, is not asked of the index
    unfinished: bool = False  # the last word, still being typed
    segment: int = 0  # words of one everyday term are left out together


@dataclass(frozen=True, slots=True)
class Variant:
    """One reading of the text: its terms, and how much less likely it is than the plainest."""

    terms: tuple[Term, ...]
    doubt: float = 0.0


Meaning = tuple[tuple[str, bool], ...]  # (word, optional) ...


class QueryReader:
    """Knows the everyday terms of each system."""

    def __init__(self, reader: PackReader) -> None:
        self._meanings: dict[tuple[str, str], list[str]] = {}
        rows = reader.db.execute("select system, phrase, meaning from synonyms order by system, phrase, place")
        for system, phrase, meaning in rows:
            self._meanings.setdefault((system, phrase), []).append(meaning)

    def _known(self, system: CodeSystem, phrase: tuple[str, ...]) -> list[Meaning]:
        meanings = self._meanings.get((system.value, " ".join(phrase)), ())
        return [tuple((w.rstrip("?"), w.endswith("?")) for w in meaning.split()) for meaning in meanings]

    def read(self, text: str, system: CodeSystem) -> tuple[Variant, ...]:
        """Readings of the text, the likeliest first; at least one when it holds any word."""
        typed = words(text)
        if not typed:
            return ()
        unfinished = not text[-1:].isspace()
        segments = self._segments(typed, system, unfinished)
        variants: dict[tuple[Term, ...], Variant] = {}
        for choice in product(*segments):
            terms: dict[str, Term] = {}
            for segment, (meaning, _) in enumerate(choice):
                for word, optional in meaning:
                    known = terms.get(word)
                    if known is None or (known.optional and not optional):
                        terms[word] = Term(word, stem(word), optional, segment=segment)
            listed = list(terms.values())
            if not listed:
                continue
            if unfinished and listed[-1].word == typed[-1]:
                listed[-1] = replace(listed[-1], unfinished=True)
            if all(t.optional for t in listed):
                listed = [replace(t, optional=False) for t in listed]
            variant = Variant(tuple(listed), sum(doubt for _, doubt in choice))
            variants.setdefault(variant.terms, variant)
        return tuple(sorted(variants.values(), key=lambda v: v.doubt)[:_MOST_VARIANTS])

    def _segments(
        self, typed: tuple[str, ...], system: CodeSystem, unfinished: bool
    ) -> list[list[tuple[Meaning, float]]]:
        """The text cut into known phrases, longest first, each with its meanings and their doubt."""
        segments: list[list[tuple[Meaning, float]]] = []
        at = 0
        while at < len(typed):
            for length in range(min(_LONGEST_PHRASE, len(typed) - at), 0, -1):
                meanings = self._known(system, typed[at : at + length])
                if meanings:
                    choices = [(m, 0.01 * place) for place, m in enumerate(meanings)]
                    if unfinished and at + length == len(typed) and length == 1:
                        choices.append((((typed[at], False),), 0.06))  # it may yet become another word
                    segments.append(choices)
                    at += length
                    break
            else:
                segments.append([(((typed[at], False),), 0.0)])
                at += 1
        return segments
