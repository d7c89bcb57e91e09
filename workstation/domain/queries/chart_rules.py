"""Rules of the excerpts: each is the chart's own, says whence it is, belongs to this stay, and is short (Q01-Q06, Q32, Q33)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workstation.domain.encounter import Document, Result
from workstation.domain.queries.case import Case
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.indicators import span_hash
from workstation.domain.queries.query import (
    ClinicalIndicator,
    IndicatorSource,
    ProviderQuery,
    change_indicator,
    remove_indicator,
)

_SHORT_DOCUMENT = 200  # characters: of a note this short an excerpt may be most
_ROLES = {IndicatorSource.RESULT: "laboratory", IndicatorSource.IMAGE: "scanned page"}


def findings(case: Case) -> Iterator[QueryFinding]:
    if not case.query.indicators:
        yield case.finding(
            "Q01",
            "No clinical indicator is attached. Mark a passage or a result of the chart and add it.",
            "indicators",
        )
        return
    for indicator in case.query.indicators:
        yield from _of_place(case, indicator)
        yield from _of_label(case, indicator)
        yield from _of_encounter(case, indicator)
    yield from _of_earlier_stays(case)
    yield from _of_length(case)


def _part(indicator: ClinicalIndicator) -> str:
    return f"indicator:{indicator.id}"


def _out(case: Case, indicator: ClinicalIndicator, rule: str, said: str) -> QueryFinding:
    """A finding that ends with the indicator."""
    left = remove_indicator(case.query, indicator.id)
    return case.finding(rule, said, _part(indicator), fix="Take this indicator out", mended=left)


def _document(case: Case, indicator: ClinicalIndicator) -> Document | None:
    return next((each for each in case.context.encounter.documents if each.id == indicator.document_id), None)


def _result(case: Case, indicator: ClinicalIndicator) -> Result | None:
    """The result an indicator was made of: its name and value stand in the text, its moment is the same."""
    encounter, text = case.context.encounter, indicator.text.casefold()
    named = [
        each
        for each in (*encounter.labs, *encounter.vitals)
        if each.name.casefold() in text and each.value.casefold() in text
    ]
    same = [each for each in named if indicator.written_at in (None, each.taken_at)]
    return next(iter(same), None)


def _of_place(case: Case, indicator: ClinicalIndicator) -> Iterator[QueryFinding]:
    """Q01, Q03 and Q33: where an indicator stands, and that it is what stands there."""
    if indicator.source is IndicatorSource.IMAGE:
        yield from _of_image(case, indicator)
        return
    if indicator.capture_id:
        yield _out(case, indicator, "Q33", "A picture may only be a redacted region of a scanned page.")
    if indicator.source is IndicatorSource.RESULT:
        yield from _of_result(case, indicator)
        return
    known = _document(case, indicator)
    text = case.context.texts.get(indicator.document_id) if indicator.document_id else None
    if known is None and (text is None or not indicator.prior_encounter):
        yield _out(case, indicator, "Q01", f"“{_short(indicator.text)}” has no place in this patient's chart.")
    elif text is None:
        said = "The document of this excerpt is not on this device, so the two cannot be compared."
        yield case.finding("Q03", said, _part(indicator))
    elif not _is_whole(indicator, text):
        said = f"“{_short(indicator.text)}” is not what the document says there."
        anchored = _anchored(indicator, text)
        if anchored is None:
            yield _out(case, indicator, "Q03", said)
        else:
            again = change_indicator(case.query, anchored)
            yield case.finding("Q03", said, _part(indicator), fix="Take it from the chart again", mended=again)


def _of_result(case: Case, indicator: ClinicalIndicator) -> Iterator[QueryFinding]:
    if not indicator.reference or (_result(case, indicator) is None and not indicator.prior_encounter):
        yield _out(case, indicator, "Q01", f"“{_short(indicator.text)}” is no result of this patient's chart.")
    elif indicator.span_hash != span_hash(indicator.text):
        yield _out(case, indicator, "Q03", "This result was changed after it was taken from the chart.")


def _is_whole(indicator: ClinicalIndicator, text: str) -> bool:
    start, end = indicator.start, indicator.end
    in_place = 0 <= start < end <= len(text) and text[start:end] == indicator.text
    return in_place and indicator.span_hash == span_hash(indicator.text)


def _anchored(indicator: ClinicalIndicator, text: str) -> ClinicalIndicator | None:
    """Put where its words stand now, when they stand there once."""
    if not indicator.text.strip() or text.count(indicator.text) != 1:
        return None
    start = text.index(indicator.text)
    return replace(indicator, start=start, end=start + len(indicator.text), span_hash=span_hash(indicator.text))


def _of_image(case: Case, indicator: ClinicalIndicator) -> Iterator[QueryFinding]:
    if not indicator.capture_id or indicator.page < 1:
        said = "A picture must be a region of a scanned page with the identifiers painted out."
        yield _out(case, indicator, "Q33", said)
    if _document(case, indicator) is None and not indicator.prior_encounter:
        yield _out(case, indicator, "Q01", "This picture is of no document of this patient's chart.")
    elif indicator.text and indicator.span_hash != span_hash(indicator.text):
        yield _out(case, indicator, "Q03", "The words of this picture were changed after it was taken.")


def _of_label(case: Case, indicator: ClinicalIndicator) -> Iterator[QueryFinding]:
    missing = [
        name
        for name, there in (
            ("the kind of document", indicator.source_type.strip()),
            ("the author's role", indicator.author_role.strip()),
            ("the date", indicator.written_at),
        )
        if not there
    ]
    if missing:
        mended = change_indicator(case.query, _labelled(case, indicator))
        yield case.finding(
            "Q04", f"“{_short(indicator.text)}” does not say {' and '.join(missing)}.", _part(indicator),
            fix="Fill it in from the chart", mended=mended,
        )  # fmt: skip


def _labelled(case: Case, indicator: ClinicalIndicator) -> ClinicalIndicator:
    document, result = _document(case, indicator), _result(case, indicator)
    kind = "Laboratory result" if indicator.source is IndicatorSource.RESULT else ""
    role, moment = _ROLES.get(indicator.source, ""), result.taken_at if result else None
    if document is not None:
        kind = document.type_name or document.title
        moment = document.written_at
        wrote = [each for each in case.context.encounter.providers if each.name and each.name in document.author]
        role = next((each.role for each in wrote if each.role), role)
    return replace(
        indicator,
        source_type=indicator.source_type.strip() or kind,
        author_role=indicator.author_role.strip() or role,
        written_at=indicator.written_at or moment,
    )


def _of_encounter(case: Case, indicator: ClinicalIndicator) -> Iterator[QueryFinding]:
    if indicator.prior_encounter:
        if not indicator.pertinence.strip():
            yield case.finding(
                "Q06", "Say why this earlier encounter matters to the present one.", _part(indicator),
                fix="Take this indicator out", mended=remove_indicator(case.query, indicator.id),
                weight=_at_least(case, Weight.WARNING),
            )  # fmt: skip
    elif indicator.encounter_id != case.context.encounter.id:
        marked = change_indicator(case.query, replace(indicator, prior_encounter=True))
        yield case.finding(
            "Q05", f"“{_short(indicator.text)}” is from another encounter and does not say so.", _part(indicator),
            fix="Mark it as from an earlier encounter", mended=marked,
        )  # fmt: skip


def _of_earlier_stays(case: Case) -> Iterator[QueryFinding]:
    earlier = [each for each in case.query.indicators if each.prior_encounter]
    if not earlier:
        return
    if len(earlier) == len(case.query.indicators):
        yield case.finding(
            "Q06", "Every indicator is from an earlier encounter. Add one of the present encounter.", "indicators",
            weight=_at_least(case, Weight.WARNING),
        )  # fmt: skip
    elif all(each.pertinence.strip() for each in earlier):
        yield case.finding(
            "Q06", "This query uses an earlier encounter: attest that it bears on the present one.", "indicators",
            weight=_at_least(case, Weight.ATTESTATION),
        )  # fmt: skip


def _at_least(case: Case, weight: Weight) -> Weight:
    return max(weight, case.pack.rule("Q06").weight)


def _of_length(case: Case) -> Iterator[QueryFinding]:
    """Q32: excerpts, not documents (minimum necessary, 45 CFR 164.502(b))."""
    caps = case.pack.caps
    weight = Weight.INFORMATION if case.context.longer_allowed else None
    for indicator in case.query.indicators:
        whole = case.context.texts.get(indicator.document_id, "") if indicator.document_id else ""
        share = 100 * len(indicator.text) / len(whole) if len(whole) > _SHORT_DOCUMENT else 0
        if len(indicator.text) > caps.excerpt:
            said = f"This excerpt has {len(indicator.text)} characters; {caps.excerpt} are the most."
        elif share > caps.whole_document_percent:
            said = f"This excerpt is {share:.0f} % of its document."
        else:
            continue
        room = min(caps.excerpt, len(whole) * caps.whole_document_percent // 100 if share else caps.excerpt)
        mended = change_indicator(case.query, shortened(indicator, room))
        yield case.finding("Q32", said, _part(indicator), fix="Shorten it", mended=mended, weight=weight)
    total = sum(len(each.text) for each in case.query.indicators)
    if total > caps.all_excerpts:
        yield case.finding(
            "Q32", f"The excerpts have {total} characters together; {caps.all_excerpts} are the most.", "indicators",
            fix="Shorten them", mended=_all_shortened(case, caps.all_excerpts), weight=weight,
        )  # fmt: skip


def shortened(indicator: ClinicalIndicator, room: int) -> ClinicalIndicator:
    """Its beginning, up to the last sentence, line or word that fits."""
    if len(indicator.text) <= room:
        return indicator
    head = indicator.text[:room]
    cuts = (head.rfind("\n"), head.rfind(". ") + 1, head.rfind("; "))
    cut = max(cuts)
    if cut < room // 2:
        cut = head.rfind(" ") if head.rfind(" ") > room // 2 else room
    text = head[:cut].rstrip() or head
    end = indicator.start + len(text)
    return replace(
        indicator,
        text=text,
        span_hash=span_hash(text),
        end=end if indicator.source is IndicatorSource.DOCUMENT else indicator.end,
        also_removed=_clipped(indicator.also_removed, len(text)),
        not_identifiers=_clipped(indicator.not_identifiers, len(text)),
    )


def _clipped(spans: tuple[tuple[int, int], ...], length: int) -> tuple[tuple[int, int], ...]:
    return tuple((start, min(end, length)) for start, end in spans if start < length)


def _all_shortened(case: Case, room: int) -> ProviderQuery:
    """Excerpts of documents give way, the longest most; a result is short already."""
    lengths = sorted(len(each.text) for each in case.query.indicators)
    each_room, left = 0, room
    for place, length in enumerate(lengths):
        each_room = left // (len(lengths) - place)
        if length > each_room:
            break
        left -= length
    query = case.query
    for indicator in case.query.indicators:
        query = change_indicator(query, shortened(indicator, max(each_room, 1)))
    return query


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57].rstrip() + "..."
