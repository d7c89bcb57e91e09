"""Rules of words: no money, no quality scores, no leading, no advice, no emphasis, nothing that identifies (Q08, Q09, Q11,
Q20, Q23, Q24, Q31, Q37)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from workstation.domain.queries.case import DEFINITIONS, Case, Part
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.mending import (
    reworded,
    sentences,
    settled_kinds,
    with_option_text,
    without_option,
    without_words,
)
from workstation.domain.queries.query import (
    NEUTRAL_TITLE,
    ClinicalIndicator,
    OptionKind,
    ProviderQuery,
    ReferenceNote,
    Span,
    change_indicator,
    in_order,
    revise,
)

# A box, a ring or a cross that stands for an answer already given.
_TICKED = re.compile(r"\[\s*[xX*✓✔]\s*\]|\(\s*[xX✓✔]\s*\)|[☑☒✓✔✅◉⦿🔘●]")
_MARKS = re.compile(
    r"(?P<pair>\*\*|__|~~|`|\*)(?P<inner>[^*_~`\n]+)(?P=pair)|</?[A-Za-z][^<>\n]{0,80}>|[!]{2,}|[→⇒►▶➤★☆⭐‼❗❱»«]+|->|=>|>>+|<<+"
)
_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a]+")  # bold, italic and wide letters of Unicode
_CAPITALS = re.compile(r"(?<![\w-])[A-Z]{5,}(?![\w-])")


def findings(case: Case) -> Iterator[QueryFinding]:
    for part in case.body():
        yield from _money(case, part)
        if part.name in ("title", "question") or part.name.startswith("option"):
            yield from _euphemism(case, part)
            yield from _leading(case, part)
            yield from _advice(case, part)
            yield from _emphasis(case, part)
            yield from _ticked(case, part)
        yield from _identifying(case, part)
    yield from _of_excerpts(case)
    yield from _order(case)
    yield from _definitions(case)


def _found(
    case: Case, rule: str, part: Part, hits: tuple[Span, ...], said: str, fix: str, mended: ProviderQuery | None
) -> Iterator[QueryFinding]:
    """One finding for a part, at its first hit, naming all of them."""
    if hits:
        words = ", ".join(dict.fromkeys(f"“{' '.join(part.text[a:b].split())}”" for a, b in hits))
        yield case.finding(rule, said.format(words=words), part.name, span=hits[0], fix=fix, mended=mended)


def _money(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits = case.said(part.text, case.hits("Q08", part.text))
    if hits:
        mended = without_words(case, part.name, hits)
        yield from _found(
            case, "Q08", part, hits, "{words} speaks of payment, severity or quality reporting.", "Take it out", mended
        )


def _euphemism(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits = case.said(part.text, case.hits("Q09", part.text))
    if hits:
        mended = without_words(case, part.name, hits)
        said = "{words} tells the provider what the answer is wanted for."
        yield from _found(case, "Q09", part, hits, said, "Take it out", mended)


def _leading(case: Case, part: Part) -> Iterator[QueryFinding]:
    lexicon = case.pack.lexicons["Q11"]
    hits = case.said(part.text, case.hits("Q11", part.text))
    before = case.said(part.text, lexicon.hits_before(part.text, ((m.start, m.end) for m in case.named(part.text))))
    hits = tuple(sorted({*hits, *before}))
    if hits:
        asked = part.name == "question"
        mended = reworded(case) if asked else without_words(case, part.name, hits)
        fix = "Ask it neutrally" if asked else "Take it out"
        yield from _found(case, "Q11", part, hits, "{words} asks for agreement instead of a judgment.", fix, mended)


def _advice(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits = case.said(part.text, case.hits("Q23", part.text))
    if hits:
        mended = without_words(case, part.name, hits)
        said = "{words} reads the findings for the provider or advises on treatment."
        yield from _found(case, "Q23", part, hits, said, "Take it out", mended)


def _emphasis(case: Case, part: Part) -> Iterator[QueryFinding]:
    """Q20: one answer must not look or sound better than another."""
    marks = [match.span() for pattern in (_MARKS, _STYLED) for match in pattern.finditer(part.text)]
    marks += [match.span() for match in _CAPITALS.finditer(part.text) if match.group() not in case.pack.capitals]
    preferred = case.hits("Q20", part.text) if part.name.startswith("option") else ()
    hits = case.said(part.text, tuple(sorted((*marks, *preferred))))
    if hits:
        said = "{words} sets these words above the others."
        yield from _found(case, "Q20", part, hits, said, "Make it plain", _plain(case, part))


def _plain(case: Case, part: Part) -> ProviderQuery | None:
    text = _unmarked(case, part.text)
    if part.name.startswith("option"):
        for start, end in reversed(case.hits("Q20", text)):
            text = text[:start] + text[end:]
        text = re.sub(r"\(\s*\)", "", text).strip(" ,;:-–")
        at = int(part.name.partition(":")[2])
        return with_option_text(case, at, _spaced(text)) if text else without_option(case, at)
    text = _spaced(text)
    if part.name == "title":
        return revise(case.query, title=text or NEUTRAL_TITLE)
    return revise(case.query, question=text) if text else reworded(case)


def _unmarked(case: Case, text: str) -> str:
    """Without marks, Unicode styles and capitals; marks may hold others, so again until none is left."""
    text = _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    for _ in range(4):
        plain = _MARKS.sub(lambda match: match.group("inner") or ("!" if match.group()[0] == "!" else " "), text)
        if plain == text:
            break
        text = plain
    quoted, _ = case.quotes(text)
    return _CAPITALS.sub(
        lambda match: (
            match.group()
            if match.group() in case.pack.capitals or any(a <= match.start() < b for a, b in quoted)
            else match.group().lower()
        ),
        text,
    )


def _spaced(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def _ticked(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits = tuple(match.span() for match in _TICKED.finditer(part.text))
    if hits:
        plain = _spaced(_TICKED.sub(" ", part.text))
        if part.name.startswith("option"):
            at = int(part.name.partition(":")[2])
            mended = with_option_text(case, at, plain) if plain else without_option(case, at)
        elif part.name == "title":
            mended = revise(case.query, title=plain or NEUTRAL_TITLE)
        else:
            mended = revise(case.query, question=plain)
        said = "{words} looks like an answer already given; only the provider chooses."
        yield from _found(case, "Q37", part, hits, said, "Take the mark out", mended)


def _identifying(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits = case.identifiers(part.text)
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


def _order(case: Case) -> Iterator[QueryFinding]:
    known = settled_kinds(case)
    if known and known != in_order(known):
        yield case.finding(
            "Q20", "The answers are not in alphabetical order, so the first may look like the wanted one.", "options",
            fix="Put them in order", mended=revise(case.query, options=in_order(known)),
        )  # fmt: skip


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
