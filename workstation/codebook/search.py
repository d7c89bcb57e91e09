"""Search on every keystroke: codes by their beginning, words through the full-text index, ranked by coverage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workstation.codebook.documents import DEFAULT, INCLUSION, INDEX
from workstation.codebook.query import QueryReader, Variant
from workstation.codebook.ranking import Candidate, Ranker
from workstation.codebook.reader import PackReader
from workstation.codebook.spelling import repair
from workstation.codebook.words import fold
from workstation.domain.codes import Code, CodeMatch, CodeSystem

CAP = 200  # candidates per full-text question; more adds time, not answers
CAP_OF_PARTS = 50  # candidates per question that leaves words out: there are many such questions
LIKELY = 3  # readings of a text that are worth asking with words left out
ENOUGH = 4  # candidates that hold all words; with fewer, words are left out

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
        self._query = QueryReader(reader)

    def search(self, text: str, day: int, systems: tuple[CodeSystem, ...], limit: int) -> tuple[CodeMatch, ...]:
        if not text.strip() or limit < 1:
            return ()
        codes = [m for system in systems for m in self._by_code(text, day, system, limit)]
        if codes:
            return tuple(codes[:limit])
        groups: list[list[_Answer]] = []
        for system in systems:
            answers = self._by_words(text, day, system) if system in _INDEX else []
            answers.sort(key=lambda a: (-a.score, a.candidate.document))
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
        seen: dict[int, Candidate] = {}
        asked = [(variant, self._candidates(variant, _INDEX[system], complete=True)) for variant in variants]
        if self._codes_of(set().union(*(ids for _, ids in asked))) < ENOUGH:
            asked = [
                (variant, self._candidates(variant, _INDEX[system], complete=False)) for variant in variants[:LIKELY]
            ]
        for variant, ids in asked:
            self._load(ids - seen.keys(), seen, day)
            weights = tuple(self._ranker.weight(term) for term in variant.terms)
            for candidate in [seen[i] for i in sorted(ids) if i in seen]:
                score = self._ranker.score(variant, weights, candidate, system)
                if score > best.get(candidate.bare, (0.0, candidate))[0]:
                    best[candidate.bare] = (score, candidate)
        return [_Answer(score, system, candidate) for score, candidate in best.values()]

    def _candidates(self, variant: Variant, index: str, *, complete: bool) -> set[int]:
        """Documents that hold all words; unless complete ones suffice, also those that hold most."""
        found: set[int] = set()
        level = 0
        for left_out, question in self._ranker.questions(variant):
            if left_out > level:
                if complete or self._codes_of(found) >= ENOUGH:
                    break
                level = left_out
            rows = self._reader.db.execute(
                f"select rowid from {index} where {index} match ? order by rowid limit ?",  # noqa: S608 - our own names
                (question, CAP if level == 0 else CAP_OF_PARTS),
            )
            found.update(row[0] for row in rows)
        return found

    def _codes_of(self, ids: set[int]) -> int:
        """How many codes some documents lead to: an index names one code in many ways."""
        if not ENOUGH <= len(ids) <= CAP_OF_PARTS:
            return len(ids)
        marks = ",".join("?" * len(ids))
        question = f"select count(distinct code) from documents where id in ({marks})"  # noqa: S608 - question marks
        return int(self._reader.db.execute(question, tuple(ids)).fetchone()[0])

    def _load(self, ids: set[int], seen: dict[int, Candidate], day: int) -> None:
        marks = ",".join("?" * len(ids))
        for row in self._reader.db.execute(
            "select d.id, c.bare, c.title, d.kind, d.phrase, d.words"  # noqa: S608 - only question marks
            " from documents d join codes c on c.id = d.code"
            f" where d.id in ({marks}) and c.billable and c.first_day <= ?"
            " and (c.last_day is null or c.last_day >= ?) order by d.id",
            (*sorted(ids), day, day),
        ):
            document, bare, title, kind, phrase, found = row
            seen[document] = Candidate(document, bare, title, kind, phrase, tuple(found.split()))

    def _repaired(self, text: str) -> str:
        """The text with every word mended that begins no word of the pack or of our own terms."""
        unknown = {w for w in re.findall(r"[a-z0-9]+", fold(text)) if len(w) > 3 and not self._ranker.is_known(w)}
        mended = fold(text)
        for word in sorted(unknown):
            better = repair(self._reader.db, word)
            if better is not None:
                mended = re.sub(rf"\b{word}\b", better, mended)
        return mended


_WAYS = {DEFAULT: "synonym", INCLUSION: "inclusion term", INDEX: "index"}


def _why(candidate: Candidate) -> str:
    if candidate.phrase is None:
        return ""
    return f"{_WAYS[candidate.kind]}: {candidate.phrase}"
