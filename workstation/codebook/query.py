"""Reads what was typed: words, the everyday terms among them in any order, and the readings that follow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

from workstation.codebook.reader import PackReader
from workstation.codebook.shorthand import ARTICLE, TELLING, parts_of, shorthand_for, spell_out
from workstation.codebook.words import STOP_WORDS, stem, words
from workstation.domain.codes import CodeSystem

_LONGEST_PHRASE = 7
_LARGEST_BAG = 4  # an everyday term of so many words is known in any order, with other words between
_MOST_WORDS = 9  # of which bags are looked for
_MOST_VARIANTS = 8
_SIDE_BY_SIDE = 0.25  # what words that stand together are worth beside a rarer word further away
_LITERAL = 0.05  # doubt that the words of an everyday term were meant as they stand
_SHORTEST_BEGINNING = 3
_MOST_ENDINGS = 3
_TO_BE_FINISHED = 0.03  # doubt that the last word is the beginning of an everyday term
_UNFINISHED = 0.06  # doubt that the last word will become another one

# Their place among the other words is their meaning: "type 2 ... stage 3", "without ...".
_ORDERED = frozenset({"no", "non", "not", "without", "under", "over", "stage", "type", "grade", "degree"})


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
Choice = tuple[Meaning, float]  # a meaning and its doubt


class _Terms:
    """The everyday terms of one system: as phrases, and as words in any order."""

    def __init__(self) -> None:
        self.meanings: dict[str, list[str]] = {}
        self.bags: dict[frozenset[str], str] = {}
        self.short: list[str] = []  # terms of one word, as the rows come: in order

    def add(self, phrase: str, meaning: str) -> None:
        self.meanings.setdefault(phrase, []).append(meaning)
        bag = phrase.split()
        if len(bag) == 1 and (not self.short or self.short[-1] != phrase):
            self.short.append(phrase)
        if 2 <= len(bag) <= _LARGEST_BAG and all(len(w) > 1 and not _is_placed(w) for w in bag):
            self.bags.setdefault(frozenset(bag), phrase)


class QueryReader:
    """Knows the everyday terms of each system."""

    def __init__(self, reader: PackReader, rarity_of: Callable[[str], float | None]) -> None:
        self._rarity_of = rarity_of  # None for what is no word of any title
        self._reader = reader
        self._terms: dict[str, _Terms] = {}

    def warm(self, system: CodeSystem) -> None:
        self._terms_of(system)

    def _terms_of(self, system: CodeSystem) -> _Terms:
        """Read when a system is first asked for, so that the code book opens at once."""
        terms = self._terms.get(system.value)
        if terms is None:
            terms = self._terms[system.value] = _Terms()
            for phrase, meaning in self._reader.db.execute(
                "select phrase, meaning from synonyms where system = ? order by phrase, place", (system.value,)
            ):
                terms.add(phrase, meaning)
        return terms

    def read(self, text: str, system: CodeSystem) -> tuple[Variant, ...]:
        """Readings of the text, the likeliest first; at least one when it holds any word."""
        typed = words(text, TELLING)
        if not words(text):
            return ()
        unfinished = typed[-1] if not text[-1:].isspace() else ""
        spelled = spell_out(typed) or typed
        segments = self._segments(spelled, system, unfinished, len(spell_out(typed[:-1])))
        variants: dict[tuple[Term, ...], Variant] = {}
        for choice, doubt in _readings(segments):
            terms: dict[str, Term] = {}
            for segment, meaning in enumerate(choice):
                for word, optional in meaning:
                    known = terms.get(word)
                    if known is None or (known.optional and not optional):
                        terms[word] = Term(word, stem(word), optional, segment=segment)
            listed = list(terms.values())
            if not listed:
                continue
            if unfinished:
                listed = [replace(t, unfinished=True) if t.word == unfinished else t for t in listed]
            if all(t.optional for t in listed):
                listed = [replace(t, optional=False) for t in listed]
            variants.setdefault(tuple(listed), Variant(tuple(listed), doubt))
        return tuple(variants.values())[:_MOST_VARIANTS]

    def _segments(self, spelled: tuple[str, ...], system: CodeSystem, unfinished: str, last: int) -> list[list[Choice]]:
        """The words parted into everyday terms, each with its meanings and their doubt, in the order typed.

        What the last word typed was spelled out to begins at place `last`.
        """
        free = list(range(len(spelled)))
        parts: list[tuple[tuple[int, ...], str]] = []
        while len(free) > 1:
            found = self._longest(spelled, free, system)
            if found is None:
                break
            parts.append(found)
            free = [at for at in free if at not in found[0]]
        parts += [((at,), spelled[at]) for at in free if spelled[at] not in STOP_WORDS]
        segments: list[list[Choice]] = []
        for places, phrase in sorted(parts):
            choices = self._choices(tuple(spelled[at] for at in places), phrase, system, unfinished)
            if unfinished and places[0] >= last and unfinished not in spelled:
                choices.append((((unfinished, False),), _UNFINISHED))
            segments.append(choices)
        return segments

    def _longest(
        self, spelled: tuple[str, ...], free: list[int], system: CodeSystem
    ) -> tuple[tuple[int, ...], str] | None:
        """The longest everyday term of two words or more among the words still free, side by side if it can be."""
        terms = self._terms_of(system)
        known, bags = terms.meanings, terms.bags
        few = free[:_MOST_WORDS]
        for length in range(min(_LONGEST_PHRASE, len(free)), 1, -1):
            found: list[tuple[float, tuple[int, ...], str]] = []
            for start in range(len(free) - length + 1):
                places = tuple(free[start : start + length])
                phrase = " ".join(spelled[at] for at in places)
                if phrase in known and places[-1] - places[0] == length - 1:
                    found.append((self._telling(phrase) + _SIDE_BY_SIDE, places, phrase))
            if length <= _LARGEST_BAG:
                for chosen in combinations(few, length):
                    loose = bags.get(frozenset(spelled[at] for at in chosen))
                    if loose is not None:
                        found.append((self._telling(loose), chosen, loose))
            if found:
                _, places, phrase = max(found, key=lambda each: (each[0], [-at for at in each[1]]))
                return places, phrase
        return None

    def _telling(self, phrase: str) -> float:
        return sum(self._rarity_of(word) or 1.0 for word in phrase.split())

    def _finished(self, beginning: str, system: CodeSystem) -> list[Choice]:
        """What the last word means once it is one of the short forms it may become: "afi" is on its way to "afib"."""
        if len(beginning) < _SHORTEST_BEGINNING:
            return []
        terms = self._terms_of(system)
        low, high = bisect_left(terms.short, beginning), bisect_left(terms.short, beginning + "{")
        endings = sorted({*shorthand_for(beginning), *terms.short[low:high]} - {beginning}, key=lambda w: (len(w), w))
        said = dict.fromkeys(m[0] for w in endings if (m := terms.meanings.get(" ".join(spell_out((w,))))))
        return [(_read(m), _TO_BE_FINISHED + 0.01 * n) for n, m in enumerate(list(said)[:_MOST_ENDINGS])]

    def _choices(self, typed: tuple[str, ...], phrase: str, system: CodeSystem, unfinished: str) -> list[Choice]:
        literal = tuple(
            (part, part == ARTICLE != unfinished)
            for word in typed if word not in STOP_WORDS for part in parts_of(word)
        )  # fmt: skip
        meanings = self._terms_of(system).meanings.get(phrase, ())
        if not meanings:
            if unfinished in typed and len(typed) == 1:
                return [(literal, 0.0), *self._finished(unfinished, system)]
            return [(literal, 0.0)]
        choices: list[Choice] = [(_read(meaning), 0.01 * place) for place, meaning in enumerate(meanings)]
        if unfinished in typed and len(typed) == 1:
            choices.append((literal, _UNFINISHED))
            choices += self._finished(unfinished, system)
        elif all(self._rarity_of(word) is not None or word == unfinished for word, _ in literal):
            choices.append((literal, _LITERAL))
        return choices


def _read(meaning: str) -> Meaning:
    return tuple((word.rstrip("?"), word.endswith("?")) for word in meaning.split())


def _is_placed(word: str) -> bool:
    alone = len(parts_of(word)) == 1
    return word in _ORDERED or (alone and any(c.isdigit() for c in word)) or set(word) <= set("iv")


def _readings(segments: list[list[Choice]]) -> list[tuple[tuple[Meaning, ...], float]]:
    """The likeliest combinations: the first meaning of every term, then one other meaning, then two."""
    first = [choices[0] for choices in segments]
    others = [(at, other) for at, choices in enumerate(segments) for other in choices[1:]]
    combined = [first]
    for changed in [*combinations(others, 1), *combinations(others[:8], 2)]:
        if len({at for at, _ in changed}) == len(changed):
            mixed = list(first)
            for at, other in changed:
                mixed[at] = other
            combined.append(mixed)
    weighed = [(tuple(m for m, _ in mix), sum(d for _, d in mix)) for mix in combined]
    weighed.sort(key=lambda reading: reading[1])
    return weighed[: _MOST_VARIANTS + 4]
