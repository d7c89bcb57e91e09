"""The corpus of labelled provider queries: each in its chart, with exactly the findings it must have.

Written in a short form. An indicator is `document:excerpt` or `lab:name`; an answer is its text, ` <- 1 2` linking
it to the first and second indicator, and `*other`, `*unable`, `*yes`, `*no`, `*nothing` the answers every query carries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.encounter import (
    Document,
    DocumentId,
    Encounter,
    EncounterClass,
    EncounterId,
    Patient,
    PatientId,
    Provider,
    ProviderId,
    Result,
    TaskId,
)
from workstation.domain.queries.context import CodeChange, Context, PastQuery, PastState, place_of
from workstation.domain.queries.diagnoses import documented
from workstation.domain.queries.indicators import span_hash
from workstation.domain.queries.mentions import DiagnosisTerms
from workstation.domain.queries.query import (
    NEUTRAL_TITLE,
    Channel,
    ClinicalIndicator,
    Form,
    IndicatorId,
    IndicatorSource,
    Option,
    OptionKind,
    ProviderQuery,
    QueryId,
    ReferenceNote,
    Span,
    Trigger,
)

HERE = Path(__file__).parent
ENCOUNTER = EncounterId("stay")
ADMITTED = datetime(2026, 11, 1, 12, tzinfo=UTC)
AUTHOR = Coder("dana", "practitioner-1", "Dana Whitfield", "CCS")
STANDARD = {
    "*other": Option("Other (please specify)", OptionKind.OTHER),
    "*unable": Option("Unable to determine", OptionKind.UNDETERMINED),
    "*yes": Option("Yes", OptionKind.YES),
    "*no": Option("No", OptionKind.NO),
    "*nothing": Option("Not clinically significant", OptionKind.NOT_SIGNIFICANT),
}
# The redactor of these tests knows the patient, and misses relatives so that a rule has something to catch.
_MISSED = "Marjorie"


@dataclass(frozen=True)
class Labelled:
    """One query of the corpus."""

    id: str
    chart: str
    about: tuple[str, ...]  # the rules it was written for, broken or nearly
    query: ProviderQuery
    context: Context
    expected: tuple[str, ...]  # "Q11 question", sorted
    unmendable: frozenset[str]


@cache
def charts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "charts.json").read_text("utf-8"))
    return found


def read(name: str, terms: DiagnosisTerms) -> Iterator[Labelled]:
    """The queries of one file, in its order."""
    for number, line in enumerate((HERE / name).read_text("utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield labelled(json.loads(line), terms)
            except (KeyError, ValueError, StopIteration) as slip:
                raise AssertionError(f"{name} line {number}: {slip!r}") from slip


def labelled(entry: dict[str, Any], terms: DiagnosisTerms) -> Labelled:
    unknown = set(entry) - {"id", "chart", "about", "query", "context", "expect", "unmendable"}
    if unknown:
        raise ValueError(f"unknown: {unknown}")
    chart = entry["chart"]
    asked = query(chart, **entry.get("query", {}))
    told = dict(entry.get("context", {}))
    for past in told.get("history", ()):
        if past.get("places") == ["*this"]:  # the same places again
            past["places"] = [place_of(each) for each in asked.indicators]
    return Labelled(
        entry["id"],
        chart,
        tuple(entry.get("about", ())),
        asked,
        context(chart, terms, **told),
        tuple(sorted(entry.get("expect", ()))),
        frozenset(entry.get("unmendable", ())),
    )


def query(chart: str, **changes: Any) -> ProviderQuery:
    """The chart's own query with fields put otherwise."""
    fields = {**charts()[chart]["base"], **changes}
    form = Form(fields.get("form", "multiple-choice"))
    indicators = tuple(indicator(chart, each, at) for at, each in enumerate(fields["indicators"], 1))
    note = fields.get("note")
    return ProviderQuery(
        QueryId(fields.get("id", "this")),
        EncounterId(fields.get("encounter", ENCOUNTER)),
        trigger=Trigger(fields["trigger"]) if fields["trigger"] else None,
        form=form,
        title=fields.get("title", NEUTRAL_TITLE),
        question=fields["question"],
        options=tuple(map(_option, fields["options"])) if form is not Form.OPEN else (),
        indicators=indicators,
        recipient_id=ProviderId(fields["recipient"]) if fields["recipient"] else None,
        concern=fields["concern"],
        reference_note=ReferenceNote(*note) if note else None,
        channel=Channel(fields.get("channel", "written")),
        template_id=fields.get("template", "specificity"),
        template_version=fields.get("template_version", "2026.1-1"),
    )


def _option(text: str | list[Any]) -> Option:
    if isinstance(text, list):  # [text, kind]
        return Option(text[0], OptionKind(text[1]))
    if text in STANDARD:
        return STANDARD[text]
    words, _, links = text.partition(" <- ")
    return Option(words, indicators=tuple(IndicatorId(f"i{each}") for each in links.split()))


def indicator(chart: str, given: str | dict[str, Any], at: int) -> ClinicalIndicator:
    changes: dict[str, Any] = {}
    if isinstance(given, dict):
        given, changes = given["of"], {key: value for key, value in given.items() if key != "of"}
    where, _, text = given.partition(":")
    made = _result(chart, text, at) if where == "lab" else _excerpt(chart, where, text, at)
    if "source" in changes:
        changes["source"] = IndicatorSource(changes["source"])
    for name in ("also_removed", "not_identifiers"):
        if name in changes:
            changes[name] = tuple(tuple(each) for each in changes[name])
    made = replace(made, **changes)
    return replace(made, span_hash=span_hash(made.text)) if changes.get("span_hash") == "right" else made


def _excerpt(chart: str, where: str, text: str, at: int) -> ClinicalIndicator:
    document = next(each for each in charts()[chart]["documents"] if each["id"] == where)
    whole = document["text"] or ""
    text = whole if text == "*all" else text
    start = max(whole.find(text), 0)
    author = next(each for each in charts()[chart]["providers"] if each["id"] == document["author"])
    return ClinicalIndicator(
        IndicatorId(f"i{at}"), IndicatorSource.DOCUMENT, EncounterId(document.get("encounter", ENCOUNTER)),
        f"DocumentReference/{where}", text, span_hash(text), document["name"], author["role"], _day(document["day"]),
        DocumentId(where), "1", start, start + len(text),
    )  # fmt: skip


def _result(chart: str, name: str, at: int) -> ClinicalIndicator:
    lab = next(each for each in charts()[chart]["labs"] if each["name"] == name)
    text = f"{lab['name']} {lab['value']} {lab['unit']} ({lab['flag']})"
    return ClinicalIndicator(
        IndicatorId(f"i{at}"), IndicatorSource.RESULT, ENCOUNTER, f"Observation/{name}", text, span_hash(text),
        "Laboratory result", "laboratory", _day(9),
    )  # fmt: skip


def _day(number: int) -> datetime:
    return ADMITTED + timedelta(days=number)


@cache
def encounter(chart: str) -> Encounter:
    told = charts()[chart]
    names = {each["id"]: each for each in told["providers"]}
    patient = Patient(
        PatientId("patient"), told["patient"]["family"], tuple(told["patient"]["given"]), "unknown", date(1952, 3, 14),
        told["patient"]["mrn"], (told["patient"]["phone"],),
    )  # fmt: skip
    documents = tuple(
        Document(
            DocumentId(each["id"]), EncounterId(each.get("encounter", ENCOUNTER)), "1", each["type"], each["name"],
            each["name"], f"{names[each['author']]['name']}, {names[each['author']]['credential']}",
            each.get("provider", True), _day(each["day"]), "text/plain", len(each["text"] or ""), "final",
        )
        for each in told["documents"]
    )  # fmt: skip
    labs = tuple(Result(each["name"], each["value"], each["unit"], "", each["flag"], _day(9)) for each in told["labs"])
    return Encounter(
        ENCOUNTER, TaskId("task"), "2611090417", patient, EncounterClass.INPATIENT, ADMITTED, _day(14), "1", "01",
        "Lakemere", "", "", "", False, labs=labs, documents=documents,
        providers=tuple(Provider(ProviderId(each["id"]), each["name"], each["credential"], each["role"])
                        for each in told["providers"]),
    )  # fmt: skip


def context(chart: str, terms: DiagnosisTerms, **changes: Any) -> Context:
    """The chart of a query; `changes` are history, code changes, author, policy."""
    stay = encounter(chart)
    texts = {DocumentId(each["id"]): each["text"] for each in charts()[chart]["documents"] if each["text"] is not None}
    for gone in changes.pop("without", ()):
        del texts[DocumentId(gone)]
    author = replace(AUTHOR, **changes.pop("author", {}))
    history = tuple(
        PastQuery(
            QueryId(each["id"]), PastState(each["state"]), Trigger(each["trigger"]) if "trigger" in each else None,
            each.get("concern", ""), frozenset(each.get("families", ())), frozenset(each.get("places", ())),
            ProviderId(each["by"]) if "by" in each else None,
        )
        for each in changes.pop("history", ())
    )  # fmt: skip
    code_changes = tuple(
        CodeChange(
            QueryId(each["query"]), each["code"], _day(each["day"]) if "day" in each else None,
            DocumentId(each["addendum"]) if "addendum" in each else None,
        )
        for each in changes.pop("changes", ())
    )  # fmt: skip
    known = known_identifiers(stay.patient)
    return Context(
        stay, author, texts, terms, lambda text: _spans(text, known), lambda each: redacted(each, known),
        _documented(chart, terms), history, code_changes, **changes,
    )  # fmt: skip


@cache
def _documented(chart: str, terms: DiagnosisTerms) -> Any:
    stay = encounter(chart)
    texts = {DocumentId(each["id"]): each["text"] or "" for each in charts()[chart]["documents"]}
    return documented(stay, texts, terms)


def known_identifiers(patient: Patient) -> re.Pattern[str]:
    words = (*patient.given, patient.family, patient.mrn, *patient.phones, "3/14/1952", _MISSED)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def _spans(text: str, known: re.Pattern[str]) -> tuple[Span, ...]:
    return tuple(match.span() for match in known.finditer(text))


def redacted(given: ClinicalIndicator, known: re.Pattern[str]) -> str:
    found = [span for span in _spans(given.text, known) if given.text[slice(*span)] != _MISSED]
    found += [span for span in given.also_removed if span not in found]
    text = given.text
    for start, end in sorted(found, reverse=True):
        text = text[:start] + "[NAME]" + text[end:]
    return text
