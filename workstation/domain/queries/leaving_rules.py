"""Rules of what leaves with a query: nobody is named, and the chart's own words hold no money either (Q31, Q08)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workstation.domain.queries.case import Case, Part
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.mending import with_option_text
from workstation.domain.queries.query import ClinicalIndicator, ProviderQuery, Span, change_indicator, revise


def findings(case: Case) -> Iterator[QueryFinding]:
    for part in case.body():
        yield from _identifying(case, part)
    yield from _of_excerpts(case)


def _identifying(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits, perhaps = case.named_in(part.text)
    if perhaps:
        said = "A word here is also a name of this patient. If it is meant as the name, take it out."
        mended = _unnamed(case, part, perhaps)
        yield case.finding(
            "Q31", said, part.name, span=perhaps[0], fix="Take it out", mended=mended, weight=Weight.WARNING,
        )  # fmt: skip
    if hits:
        said = "Something here names or numbers a person. The provider sees whose chart it is without it."
        mended = _unnamed(case, part, hits)
        yield case.finding("Q31", said, part.name, span=hits[0], fix="Take it out", mended=mended)


def _unnamed(case: Case, part: Part, hits: tuple[Span, ...]) -> ProviderQuery | None:
    text = part.text
    for start, end in sorted(hits, reverse=True):
        text = text[:start] + ("…" if text[start:end].strip() else "") + text[end:]
    kind, _, which = part.name.partition(":")
    query = case.query
    if kind == "option":
        return with_option_text(case, int(which), text)
    if kind == "pertinence":
        kept = tuple(replace(each, pertinence=text) if each.id == which else each for each in query.indicators)
        return revise(query, indicators=kept)
    if kind in ("reference_note", "reference_source") and query.reference_note is not None:
        field = "text" if kind == "reference_note" else "source"
        return revise(query, reference_note=replace(query.reference_note, **{field: text}))
    return revise(query, **{kind: text})


def _of_excerpts(case: Case) -> Iterator[QueryFinding]:
    """What the chart's own words hold that must not leave with them (Q08, Q31)."""
    for indicator in case.query.indicators:
        part = f"indicator:{indicator.id}"
        money = _live(indicator, case.hits("Q08", indicator.text, excerpt=True))
        if money:
            words = " ".join(indicator.text[money[0][0] : money[0][1]].split())
            yield case.finding(
                "Q08", f"This excerpt speaks of payment or quality reporting (“{words}”).", part, span=money[0],
                fix="Take the words out", mended=_taken_out(case, indicator, money),
            )  # fmt: skip
        if case.identifiers(case.leaves(indicator)):
            named = _live(indicator, case.identifiers(indicator.text))
            mended = _taken_out(case, indicator, named) if named else None
            yield case.finding(
                "Q31", "This excerpt would leave with something that names or numbers a person.", part,
                span=named[0] if named else (0, 0), fix="Take it out" if named else "", mended=mended,
            )  # fmt: skip


def _live(indicator: ClinicalIndicator, hits: tuple[Span, ...]) -> tuple[Span, ...]:
    """Those the coder has not taken out yet."""
    return tuple(
        hit for hit in hits if not any(low <= hit[0] and hit[1] <= high for low, high in indicator.also_removed)
    )


def _taken_out(case: Case, indicator: ClinicalIndicator, hits: tuple[Span, ...]) -> ProviderQuery:
    sure = tuple(span for span in indicator.not_identifiers if not any(a < span[1] and span[0] < b for a, b in hits))
    changed = replace(indicator, also_removed=tuple(sorted({*indicator.also_removed, *hits})), not_identifiers=sure)
    return change_indicator(case.query, changed)
