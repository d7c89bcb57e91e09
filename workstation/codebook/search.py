"""Search on every keystroke: codes by their beginning, words through the full-text index, ranked by coverage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workstation.codebook.documents import DEFAULT, INCLUSION, INDEX
from workstation.codebook.query import QueryReader, Term, Variant
from workstation.codebook.ranking import Candidate, Ranker
from workstation.codebook.reader import PackReader
from workstation.codebook.shorthand import is_shorthand
from workstation.codebook.spelling import repair
from workstation.codebook.words import fold
from workstation.domain.codes import Code, CodeMatch, CodeSystem

CAP = 120  # candidates per full-text question; more adds time, not answers
CAP_OF_PARTS = 50  # candidates per question that leaves words out: there are many such questions
LIKELY = 3  # readings of a text that are worth asking with words left out
ALWAYS_ASKED = 3  # questions that leave words out: which of the best finds the right code is not known before
MOST_ANSWERED = 2_000  # full-text answers kept in memory
MOST_KEPT = 20_000  # documents kept in memory, some 20 MB
ENOUGH = 4  # candidates that hold all words; with fewer, words are left out

WHOLE = 0.8  # a score below: no document says nearly all that was typed

_Best = dict[str, tuple[float, Candidate]]

_INDEX = {
    CodeSystem.ICD10CM: "search_cm",
    CodeSystem.ICD10PCS: "search_pcs",
    CodeSystem.HCPCS: "search_hcpcs",
}
_CODE_SHAPE = {
    CodeSystem.ICD10CM: re.compile(r"[A-Z][0-9A]?(?:[0-9A-Z](?:\.[0-9A-Z]{0,4}|[0-9A-Z]{0,4})?)?"),
    CodeSystem.ICD10PCS: re.compile(r"(?=.*[0-9])[0-9A-HJ-NP-Z]{2,7}"),
    CodeSystem.HCPCS: re.compile(r"[A-V][0-9]{1,4}"),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    score: float
    system: CodeSystem
    candidate: Candidate

    def match(self) -> CodeMatch:
        found = self.candidate
        return CodeMatch(Code.parse(self.system, found.bare), found.title, True, _why(found))


class Searcher:
    """Answers one search; holds no state but what the pack says."""

    def __init__(self, reader: PackReader) -> None:
        self._reader = reader
        self._ranker = Ranker(reader)
        self._query = QueryReader(reader, self._ranker.rarity_of)
        self._answered: dict[tuple[str, str, int], list[int]] = {}
        self._mended: dict[str, str | None] = {}
        self._held: dict[tuple[str, str], bool] = {}  # whether a word stands in any document of a system
        self._known: dict[int, tuple[int, int | None, Candidate]] = {}  # documents read before: first and last day

    def warm(self, systems: tuple[CodeSystem, ...]) -> None:
        """Read what the first keystroke would have to wait for."""
        for system in systems:
            self._query.warm(system)

    def search(self, text: str, day: int, systems: tuple[CodeSystem, ...], limit: int) -> tuple[CodeMatch, ...]:
        if not text.strip() or limit < 1:
            return ()
        codes = [m for system in systems for m in self._by_code(text, day, system, limit)]
        if codes:
            return tuple(codes[:limit])
        groups: list[list[_Answer]] = []
        for system in systems:
            answers = self._by_words(text, day, system) if system in _INDEX else []
            if answers:
                groups.append(answers)
        # one system after another, the one with the best answer first, so that none hides the others
        groups.sort(key=lambda group: (-group[0].score, group[0].candidate.document))
        share = -(-limit // len(groups)) if groups else 0
        kept = [answer for group in groups for answer in group[:share]]
        return tuple(answer.match() for answer in kept[:limit])

    def _by_code(self, text: str, day: int, system: CodeSystem, limit: int) -> list[CodeMatch]:
        """Codes that begin as typed, the heading itself first; only once a digit shows that a code is meant."""
        shape = _CODE_SHAPE.get(system)
        typed = "".join(text.split()).upper()
        if shape is None or not shape.fullmatch(typed) or not re.search(r"[0-9]", typed):
            return []
        bare = typed.replace(".", "")
        rows = self._reader.db.execute(
            "select bare, title, billable and first_day <= :day and (last_day is null or last_day >= :day) as full"
            " from codes where system = :system and bare >= :low and bare < :high and ("
            "  (billable and first_day <= :day and (last_day is null or last_day >= :day))"
            "  or (first_heading <= :day and (last_heading is null or last_heading >= :day)))"
            " order by bare limit :limit",
            {"system": system.value, "low": bare, "high": bare + "~", "day": day, "limit": limit},
        )
        found = [CodeMatch(Code.parse(system, code), title, bool(full)) for code, title, full in rows]
        if found or system is not CodeSystem.ICD10CM or not 4 <= len(bare) < 7:
            return found
        # W19A is meant as W19.XXXA: the placeholders between category and 7th character were left out
        padded = f"{bare[:-1]:X<6}{bare[-1]}"
        return [m for m in self._by_code(padded, day, system, 1) if m.billable and m.code.bare == padded]

    def _by_words(self, text: str, day: int, system: CodeSystem) -> list[_Answer]:
        return self._answers(self._query.read(self._repaired(text), system), day, system)

    def _answers(self, variants: tuple[Variant, ...], day: int, system: CodeSystem) -> list[_Answer]:
        best: dict[str, tuple[float, Candidate]] = {}
        asked = [(variant, self._holding_all(variant, _INDEX[system])) for variant in variants]
        if self._codes_of(set().union(*(ids for _, ids in asked))) < ENOUGH:
            for variant, ids in asked[:LIKELY]:
                self._add_holding_most(ids, variant, _INDEX[system])
        for variant, ids in asked:
            self._score(variant, ids, day, system, best)
        answers = [_Answer(score, system, candidate) for score, candidate in best.values()]
        answers.sort(key=lambda a: (-a.score, a.candidate.document))
        return self._with_the_rest(answers, variants[0], day, system) if variants else answers

    def _score(self, variant: Variant, ids: set[int], day: int, system: CodeSystem, best: _Best) -> None:
        weights = tuple(self._ranker.weight(term) for term in variant.terms)
        for candidate in self._load(ids, day, system):
            score = self._ranker.score(variant, weights, candidate)
            if score > best.get(candidate.bare, (0.0, candidate))[0]:
                best[candidate.bare] = (score, candidate)

    def _with_the_rest(self, answers: list[_Answer], plainest: Variant, day: int, system: CodeSystem) -> list[_Answer]:
        """Two things in one line ("preterm labor 32 weeks") have two codes: the best for what the first leaves out
        comes second."""
        if not answers or answers[0].score > WHOLE:
            return answers
        rest = self._ranker.uncovered(plainest, answers[0].candidate)
        if rest is None:
            return answers
        best: _Best = {}
        self._score(rest, self._holding_all(rest, _INDEX[system]), day, system, best)
        if not best:
            return answers
        score, candidate = max(best.values(), key=lambda each: (each[0], -each[1].document))
        if score < WHOLE or candidate.bare == answers[0].candidate.bare:
            return answers
        second = _Answer(answers[0].score, system, candidate)
        return [answers[0], second, *(a for a in answers[1:] if a.candidate.bare != candidate.bare)]

    def _holding_all(self, variant: Variant, index: str) -> set[int]:
        return set(self._ids(self._ranker.question(variant), index, CAP))

    def _add_holding_most(self, found: set[int], variant: Variant, index: str) -> None:
        """Documents that hold most of a reading: what the best questions find, then on until there are enough."""
        lesser = self._ranker.lesser_questions(variant, lambda term: self._is_held(term, index))
        for asked, question in enumerate(lesser):
            if asked >= ALWAYS_ASKED and self._codes_of(found) >= ENOUGH:
                return
            found.update(self._ids(question, index, CAP_OF_PARTS))

    def _is_held(self, term: Term, index: str) -> bool:
        key = (self._ranker.question_of(term), index)
        if key not in self._held:
            self._held[key] = bool(self._ids(*key, 1))
        return self._held[key]

    def _ids(self, question: str, index: str, limit: int) -> list[int]:
        """Answered once: the next letter asks again for all the words before it."""
        key = (question, index, limit)
        found = self._answered.get(key)
        if found is None:
            if len(self._answered) > MOST_ANSWERED:
                self._answered = {}
            asked = f"select rowid from {index} where {index} match ? order by rowid limit ?"  # noqa: S608 - our own names
            found = [row[0] for row in self._reader.db.execute(asked, (question, limit))]
            self._answered[key] = found
        return found

    def _codes_of(self, ids: set[int]) -> int:
        """How many codes some documents lead to: an index names one code in many ways."""
        if not ENOUGH <= len(ids) <= CAP_OF_PARTS:
            return len(ids)
        marks = ",".join("?" * len(ids))
        question = f"select count(distinct code) from documents where id in ({marks})"  # noqa: S608 - question marks
        return int(self._reader.db.execute(question, tuple(ids)).fetchone()[0])

    def _load(self, ids: set[int], day: int, system: CodeSystem) -> list[Candidate]:
        """The documents whose code is in force on the day, the likeliest first; read once, as typing asks again."""
        if len(self._known) > MOST_KEPT:
            self._known = {}
        known = self._known
        new = [i for i in ids if i not in known]  # not a set difference, which would walk all that is known
        if new:
            marks = ",".join("?" * len(new))
            for document, bare, title, kind, phrase, found, first, last in self._reader.db.execute(
                "select d.id, c.bare, c.title, d.kind, d.phrase, d.words, c.first_day, c.last_day"  # noqa: S608
                f" from documents d cross join codes c on c.id = d.code where d.id in ({marks}) and c.billable",
                new,
            ):
                candidate = self._ranker.candidate(document, bare, title, kind, phrase, found, system)
                known[document] = (first, last, candidate)
        kept = (known[i] for i in sorted(ids) if i in known)
        return [candidate for first, last, candidate in kept if first <= day and (last is None or last >= day)]

    def _repaired(self, text: str) -> str:
        """The text with every word mended that begins no word of the pack or of our own terms."""
        unknown = {
            w
            for w in re.findall(r"[a-z0-9]+", fold(text))
            if len(w) > 3 and not is_shorthand(w) and not self._ranker.is_known(w)
        }
        mended = fold(text)
        for word in sorted(unknown):
            if word not in self._mended:
                self._mended[word] = repair(self._reader.db, word)
            better = self._mended[word]
            if better is not None:
                mended = re.sub(rf"\b{word}\b", better, mended)
        return mended


_WAYS = {DEFAULT: "synonym", INCLUSION: "inclusion term", INDEX: "index"}


def _why(candidate: Candidate) -> str:
    if candidate.phrase is None:
        return ""
    return f"{_WAYS[candidate.kind]}: {candidate.phrase}"
