"""Ranks candidates: how much of the query a document covers, and how much it says that nobody asked for."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate, combinations

from workstation.codebook.query import Term, Variant
from workstation.codebook.reader import PackReader
from workstation.codebook.words import fold, stem, words
from workstation.domain.codes import CodeSystem

_EXTRA_COST = 0.035
_MOST_QUESTIONS = 10
_MOST_PARTS = 7
_GOOD_PART = 0.25
_SIDE = 0.5  # "left", "acute": words in so many titles that alone they lead nowhere
_FEW_FORMS = 8  # words that begin alike: so many are asked for one by one, which the index answers faster
_MOST_FORMS = 80

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
    "monitoring": 1.5, "fear": 2.0, "delayed": 2.0, "legal": 2.0, "military": 2.0, "torus": 1.5, "greenstick": 1.5,
    "traumatic": 1.4, "status": 1.3, "nontraffic": 1.5, "coma": 1.6,
}  # fmt: skip


# What a title denies was not asked for either: "without coma" is what is meant when nobody speaks of a coma.
_DENIALS = re.compile(r"\b(?:without|not|except)\b(.*?)(?=\bwith\b|$)")
_DENIED = 0.25

# A side that was said chooses between codes that are otherwise alike: rare or not, it must be found.
_SIDES = frozenset({"left", "right", "bilateral"})
_SAID_SIDE = 1.5

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
    costs: dict[str, float]  # what each of its words costs when nobody asked for it
    cost: float  # all of them
    joined: str  # its words with a blank before each, to see in one look whether any begins so


class Ranker:
    """Weighs words by how rarely the pack uses them."""

    def __init__(self, reader: PackReader) -> None:
        rows = reader.db.execute("select word, documents from vocabulary order by word").fetchall()
        self._words = [word for word, _ in rows]
        self._running = list(accumulate((count for _, count in rows), initial=0))
        self._documents = int(reader.db.execute("select value from facts where name = 'documents'").fetchone()[0])
        self._counts: dict[str, int] = dict(rows)
        self._rarities: dict[str, float] = {}
        self._weights: dict[str, float] = {}
        self._questions: dict[tuple[str, bool], str] = {}

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
        weight = self._weights.get(beginning)
        if weight is None:
            low, high = bisect_left(self._words, beginning), bisect_left(self._words, beginning + "{")
            weight = self._weights[beginning] = self._rarity(self._running[high] - self._running[low])
        return weight * (0.3 if term.optional else _SAID_SIDE if term.word in _SIDES else 1.0)

    def question(self, variant: Variant) -> str:
        """The full-text question for documents that hold all of a reading."""
        return " AND ".join(self.question_of(t) for t in _asked(variant))

    def lesser_questions(self, variant: Variant, is_held: Callable[[Term], bool]) -> list[str]:
        """Questions that ask for ever less of a reading, what tells the least left out first.

        What nothing holds is left out of all.
        """
        asked = [t for t in _asked(variant) if is_held(t)]
        if not asked:
            return []
        telling = {t.word: self._telling(t) for t in asked}
        units: dict[int, list[Term]] = {}
        for term in asked:
            units.setdefault(term.segment, []).append(term)
        parts: dict[frozenset[str], float] = {}
        for whole, most in ((list(units.values()), _MOST_PARTS), ([[t] for t in asked], 3)):
            whole.sort(key=lambda part: -sum(telling[t.word] for t in part))
            few = whole[:_MOST_PARTS]
            for left_out in range(min(len(few), most)):
                for kept in combinations(few, len(few) - left_out):
                    kept_words = frozenset(t.word for part in kept for t in part)
                    parts[kept_words] = sum(telling[w] for w in kept_words)
        if len(asked) == len(_asked(variant)):
            parts.pop(frozenset(telling), None)
        best = nlargest(_MOST_QUESTIONS, parts, key=lambda kept: (parts[kept], sorted(kept)))
        alone = {frozenset(t.word for t in part): sum(telling[t.word] for t in part) for part in units.values()}
        best += sorted(alone.keys() - set(best), key=lambda kept: (-alone[kept], sorted(kept)))
        return [" AND ".join(self.question_of(t) for t in asked if t.word in kept) for kept in best]

    def _telling(self, term: Term) -> float:
        """How much is lost when a word is left out; a number tells little without its word."""
        return self.weight(term) * (0.5 if term.word.isdigit() else 1.0)

    def rarity_of(self, word: str) -> float | None:
        """How rare a word is in titles; None for what stands in none."""
        return self._rarity_of(word) if self._counts.get(word) else None

    def candidate(
        self, document: int, bare: str, title: str, kind: int, phrase: str | None, found: str, system: CodeSystem
    ) -> Candidate:
        cheap, grave = _COSTS[system]
        listed = tuple(found.split())
        costs: dict[str, float] = {}
        denied: set[str] = set()
        if "without" in listed or "not" in listed or "except" in listed:
            for span in _DENIALS.findall(fold(phrase or title)):
                denied.update(words(span))
        for word in listed:
            free = cheap.get(word)
            if free is not None:
                cost = free * 0.5
            elif word.isdigit():
                cost = 0.1
            else:
                cost = self._rarity_of(word) * grave.get(word, 1.0)
            costs[word] = costs.get(word, 0.0) + cost * (_DENIED if word in denied else 1.0)
        return Candidate(document, bare, title, kind, phrase, listed, costs, sum(costs.values()), " " + found)

    def score(self, variant: Variant, weights: tuple[float, ...], candidate: Candidate) -> float:
        """Between 0 and a little over 1."""
        covered, extra = 0.0, candidate.cost
        names: set[str] = set()
        for term, weight in zip(variant.terms, weights, strict=True):
            best, word = _match(term, candidate)
            if best > 0:
                covered += weight * best
                if word not in names:
                    names.add(word)
                    extra -= candidate.costs[word]
        coverage = covered / sum(weights)
        first = 0.01 if candidate.words and candidate.words[0] in names else 0.0
        kind = 0.03 if candidate.kind == 0 else 0.0
        return coverage - _EXTRA_COST * min(extra, 12.0) + first + kind - variant.doubt

    def uncovered(self, variant: Variant, candidate: Candidate) -> Variant | None:
        """What a document leaves out of a reading, when that is a good part of it and not a mere side or number."""
        left = tuple(t for t in variant.terms if _match(t, candidate)[0] == 0 and not t.optional)
        if not left or len(left) == len(variant.terms):
            return None
        share = sum(self.weight(t) for t in left) / sum(self.weight(t) for t in variant.terms)
        tells = any(self._telling(t) > _SIDE for t in left)
        if share < _GOOD_PART or not tells:
            return None
        segments = {t.segment for t in left}
        return Variant(tuple(t for t in variant.terms if t.segment in segments))  # an everyday term is one thing

    def question_of(self, term: Term) -> str:
        key = (term.word, term.unfinished)
        if key not in self._questions:
            self._questions[key] = self._made_question(term)
        return self._questions[key]

    def _made_question(self, term: Term) -> str:
        if term.word.isdigit() or (len(term.word) == 1 and not term.unfinished):
            return f'"{term.word}"'
        beginning = term.stem if len(term.stem) >= 3 else term.word
        low, high = bisect_left(self._words, beginning), bisect_left(self._words, beginning + "{")
        forms = [w for w in self._words[low:high] if self._counts[w]] if high - low <= _MOST_FORMS else []
        if len(forms) > _FEW_FORMS:
            forms = [w for w in forms if w.startswith(term.word) or stem(w) == term.stem]
        if not 0 < len(forms) <= _FEW_FORMS:
            return f'"{beginning}"*'
        return "(" + " OR ".join(f'"{form}"' for form in forms) + ")"


def _asked(variant: Variant) -> list[Term]:
    asked = [t for t in variant.terms if not t.optional]
    return [t for t in asked if t.word not in _EVERYWHERE] or asked


def _match(term: Term, candidate: Candidate) -> tuple[float, str]:
    """How well the best word matches a term, and that word."""
    if term.word in candidate.costs:
        return 1.0, term.word
    if term.word.isdigit() or (len(term.word) == 1 and not term.unfinished) or " " + term.stem not in candidate.joined:
        return 0.0, ""
    best, at = 0.0, ""
    for word in candidate.costs:
        if word.startswith(term.stem):
            if stem(word) == term.stem:
                degree = 0.97
            elif word.startswith(term.word):
                degree = 0.9 if term.unfinished else 0.85
            else:
                degree = 0.8
            if degree > best:
                best, at = degree, word
    return best, at
