"""Ranks candidates: how much of the query a document covers, and how much it says that nobody asked for."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, combinations

from workstation.codebook.query import Term, Variant
from workstation.codebook.reader import PackReader
from workstation.codebook.words import stem
from workstation.domain.codes import CodeSystem

_EXTRA_COST = 0.035
_MOST_QUESTIONS = 12

# In so many titles that asking the index for them costs more than it tells; the ranking still counts them.
_EVERYWHERE = frozenset({"initial", "encounter", "approach"})

# What a title may add without meaning anything else than what was asked.
_FREE = {
    "unspecified": 0.05, "initial": 0.02, "encounter": 0.02, "closed": 0.1, "nos": 0.02, "disease": 0.4,
    "disorder": 0.4, "syndrome": 0.5, "other": 0.7, "site": 0.2, "essential": 0.3, "primary": 0.6, "mellitus": 0.1,
    "without": 0.25, "not": 0.3, "elsewhere": 0.5, "classified": 0.2, "specified": 0.4, "approach": 0.1,
    "complications": 0.3, "complication": 0.3, "displaced": 0.2, "native": 0.3, "all": 0.3, "uncomplicated": 0.3,
}  # fmt: skip

# What changes the meaning of everything before it: never to be answered unasked.
_GRAVE = {
    "subsequent": 3.0, "sequela": 4.0, "newborn": 2.0, "pregnancy": 2.0, "childbirth": 2.0, "puerperium": 2.0,
    "maternal": 2.0, "fetus": 2.0, "neonatal": 2.0, "congenital": 2.0, "history": 2.5, "family": 2.0,
    "poisoning": 2.0, "adverse": 2.0, "underdosing": 2.5, "induced": 1.5, "postprocedural": 1.6, "assault": 2.5,
    "nonunion": 2.0, "malunion": 2.0, "open": 1.3, "remission": 1.5, "secondary": 1.4, "screening": 1.5,
    "sequelae": 2.5, "robotic": 1.5, "nondisplaced": 1.2, "suspected": 1.5, "observation": 1.5, "ruled": 2.0,
    "bilateral": 1.3, "right": 1.2, "left": 1.25, "juvenile": 1.5, "undetermined": 1.5, "foreign": 2.0, "conjoined": 2.0,
    "monitoring": 1.5, "fear": 2.0,
}  # fmt: skip


_FREE_IN_PCS = {
    "approach": 0.05, "open": 0.4, "percutaneous": 0.7, "substance": 0.5, "native": 0.3, "region": 0.4, "site": 0.3,
    "one": 0.5, "greater": 0.5, "other": 0.8, "non": 0.6, "number": 0.5,
}  # fmt: skip
_GRAVE_IN_PCS = {
    "diagnostic": 1.6, "robotic": 1.5, "bilateral": 1.2, "group": 3.0, "technology": 3.0, "intraoperative": 2.0,
    "resurfacing": 1.5, "allogeneic": 1.3, "zooplastic": 1.3, "left": 1.02, "fluorescence": 1.5, "radioactive": 1.5,
    "drainage": 1.2, "external": 1.2, "hand": 1.5, "assisted": 1.5,
}  # fmt: skip
_COSTS = {
    CodeSystem.ICD10CM: (_FREE, _GRAVE),
    CodeSystem.ICD10PCS: (_FREE_IN_PCS, _GRAVE_IN_PCS),
    CodeSystem.HCPCS: ({"injection": 0.2, "per": 0.1, "mg": 0.1, "up": 0.1}, {}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may answer."""

    document: int
    bare: str
    title: str
    kind: int
    phrase: str | None
    words: tuple[str, ...]


class Ranker:
    """Weighs words by how rarely the pack uses them."""

    def __init__(self, reader: PackReader) -> None:
        rows = reader.db.execute("select word, documents from vocabulary order by word").fetchall()
        self._words = [word for word, _ in rows]
        self._running = list(accumulate((count for _, count in rows), initial=0))
        self._documents = int(reader.db.execute("select value from facts where name = 'documents'").fetchone()[0])
        self._counts: dict[str, int] = dict(rows)
        self._rarities: dict[str, float] = {}

    def is_known(self, word: str) -> bool:
        """Whether any word of the pack begins so."""
        at = bisect_left(self._words, word)
        return at < len(self._words) and self._words[at].startswith(word)

    def _rarity(self, count: int) -> float:
        return min(max(math.log(self._documents / (count + 1)) / 8, 0.15), 1.0)

    def _rarity_of(self, word: str) -> float:
        rarity = self._rarities.get(word)
        if rarity is None:
            rarity = self._rarities[word] = self._rarity(self._counts.get(word, 0))
        return rarity

    def weight(self, term: Term) -> float:
        beginning = term.stem if not term.unfinished else term.word
        low, high = bisect_left(self._words, beginning), bisect_left(self._words, beginning + "{")
        return self._rarity(self._running[high] - self._running[low]) * (0.3 if term.optional else 1.0)

    def questions(self, variant: Variant) -> Iterator[tuple[int, str]]:
        """Full-text questions and how much each leaves out: first whole everyday terms, then single words."""
        asked = [t for t in variant.terms if not t.optional]
        asked = [t for t in asked if t.word not in _EVERYWHERE] or asked
        units: dict[int, list[Term]] = {}
        for term in asked:
            units.setdefault(term.segment, []).append(term)
        given: set[str] = set()
        level = 0
        for parts, most in ((list(units.values()), 4), ([[t] for t in asked], 3)):
            # Combinations of a list sorted by weight leave out the least telling parts first.
            parts.sort(key=lambda part: -max(self._telling(t) for t in part))
            for left_out in range(min(len(parts), most)):
                for kept in combinations(parts[:8], min(len(parts), 8) - left_out):
                    question = " ".join(_question(t) for part in kept for t in part)
                    if question not in given:
                        yield level, question
                        given.add(question)
                    if len(given) >= _MOST_QUESTIONS:
                        return
                level += 1

    def _telling(self, term: Term) -> float:
        """How much is lost when a word is left out; a number tells little without its word."""
        return self.weight(term) * (0.5 if term.word.isdigit() else 1.0)

    def score(self, variant: Variant, weights: tuple[float, ...], candidate: Candidate, system: CodeSystem) -> float:
        """Between 0 and a little over 1."""
        found = candidate.words
        matched: set[int] = set()
        covered = 0.0
        for term, weight in zip(variant.terms, weights, strict=True):
            best, at = _match(term, found)
            if best > 0:
                covered += weight * best
                matched.add(at)
        coverage = covered / sum(weights)
        extra = 0.0
        names = {found[i] for i in matched}
        cheap, grave = _COSTS[system]
        for i, word in enumerate(found):
            if i in matched or word in names:
                continue
            free = cheap.get(word)
            if free is not None:
                extra += free * 0.5
            elif not word.isdigit():
                extra += self._rarity_of(word) * grave.get(word, 1.0)
            else:
                extra += 0.1
        first = 0.01 if found and 0 in matched else 0.0
        kind = 0.03 if candidate.kind == 0 else 0.0
        return coverage - _EXTRA_COST * min(extra, 12.0) + first + kind - variant.doubt


def _question(term: Term) -> str:
    if term.word.isdigit() or (len(term.word) == 1 and not term.unfinished):
        return f'"{term.word}"'
    return f'"{term.stem if len(term.stem) >= 3 else term.word}"*'


def _match(term: Term, found: tuple[str, ...]) -> tuple[float, int]:
    """How well the best word matches a term, and where it stands."""
    if term.word in found:
        return 1.0, found.index(term.word)
    if term.word.isdigit() or (len(term.word) == 1 and not term.unfinished):
        return 0.0, -1
    best, at = 0.0, -1
    for i, word in enumerate(found):
        if word.startswith(term.stem):
            if stem(word) == term.stem:
                degree = 0.97
            elif word.startswith(term.word):
                degree = 0.9 if term.unfinished else 0.85
            else:
                degree = 0.8
            if degree > best:
                best, at = degree, i
    return best, at
