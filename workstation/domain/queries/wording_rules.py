"""Rules of words: no money, no quality scores, no leading, no advice, no recited criteria (Q08, Q09, Q11, Q23, Q24)."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.domain.queries.case import DEFINITIONS, Case, Part
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.mending import reworded, sentences, without_words
from workstation.domain.queries.query import OptionKind, ReferenceNote, revise

_MONEY = "{words} speaks of payment, severity or quality reporting."
_SAID = {
    "Q09": "{words} tells the provider what the answer is wanted for.",
    "Q23": "{words} reads the findings for the provider or advises on treatment.",
}


def findings(case: Case) -> Iterator[QueryFinding]:
    for part in case.body():
        yield from _worded(case, "Q08", part, _MONEY)
        if part.is_asked:
            for rule, said in _SAID.items():
                yield from _worded(case, rule, part, said)
            yield from _leading(case, part)
    yield from _definitions(case)


def _worded(case: Case, rule: str, part: Part, said: str) -> Iterator[QueryFinding]:
    """The coder's own words of one rule, which go with their sentence; some only before an undocumented diagnosis."""
    new = ((each.start, each.end) for each in case.named(part.text) if not case.is_documented(each))
    before = case.pack.lexicons[rule].hits_before(part.text, new)
    hits = case.said(part.text, tuple(sorted({*case.hits(rule, part.text), *before})))
    if hits:
        yield case.finding_in(rule, part, hits, said, "Take it out", without_words(case, part.name, hits))


def _leading(case: Case, part: Part) -> Iterator[QueryFinding]:
    lexicon = case.pack.lexicons["Q11"]
    hits = case.said(part.text, case.hits("Q11", part.text))
    before = case.said(part.text, lexicon.hits_before(part.text, ((m.start, m.end) for m in case.named(part.text))))
    hits = tuple(sorted({*hits, *before}))
    if hits:
        asked = part.name == "question"
        mended = reworded(case) if asked else without_words(case, part.name, hits)
        fix = "Ask it neutrally" if asked else "Take it out"
        yield case.finding_in("Q11", part, hits, "{words} asks for agreement instead of a judgment.", fix, mended)


def _definitions(case: Case) -> Iterator[QueryFinding]:
    """Q24: published criteria stand below the query, marked for reference only, with their source."""
    question, note = case.query.question, case.query.reference_note
    hits = case.said(question, case.hits(DEFINITIONS, question))
    if hits:
        start, end = hits[0]
        said = f"“{question[start:end]}” belongs below the query, marked for reference only."
        mended = without_words(case, "question", hits)
        if mended is not None and note is None:
            moved = next(question[a:b] for a, b in sentences(question) if a < end and start < b)
            mended = revise(mended, reference_note=ReferenceNote(moved, question[start:end]))
        yield case.finding("Q24", said, "question", span=hits[0], fix="Move it below", mended=mended)
    for at, option in enumerate(case.options):
        named = case.hits(DEFINITIONS, option.text)
        if named and case.kinds[at] is OptionKind.ANSWER:
            said = "An answer does not recite criteria; they belong below, marked for reference only."
            yield case.finding("Q24", said, f"option:{at}", span=named[0])
    if note is not None:
        without = revise(case.query, reference_note=None)
        if not note.source.strip() or not note.text.strip():
            said = "A reference needs its text and its source."
            yield case.finding("Q24", said, "reference_note", fix="Take the reference out", mended=without)
        elif len(note.text) > case.pack.caps.reference_note:
            said = f"The reference has {len(note.text)} characters; {case.pack.caps.reference_note} are the most."
            yield case.finding("Q24", said, "reference_note", fix="Take the reference out", mended=without)
