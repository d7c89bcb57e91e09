"""Clinical indicators from the chart: a marked passage, a result, a captured region, each with where it stands."""

from __future__ import annotations

import hashlib

from workstation.domain.encounter import Document, Encounter, Passage, Provider, Result
from workstation.domain.queries.query import ClinicalIndicator, IndicatorId, IndicatorSource


def from_passage(name: IndicatorId, encounter: Encounter, document: Document, passage: Passage) -> ClinicalIndicator:
    """A passage of a document, word for word."""
    return ClinicalIndicator(
        id=name,
        source=IndicatorSource.DOCUMENT,
        encounter_id=document.encounter_id,
        reference=f"DocumentReference/{document.id}",
        text=passage.text,
        span_hash=span_hash(passage.text),
        source_type=document.type_name or document.title,
        author_role=role_of(document, encounter.providers),
        written_at=document.written_at,
        document_id=document.id,
        version=document.version,
        start=passage.start,
        end=passage.end,
        prior_encounter=document.encounter_id != encounter.id,
    )


def from_result(name: IndicatorId, encounter: Encounter, result: Result, kind: str) -> ClinicalIndicator:
    """A laboratory result or vital sign as its table shows it."""
    words = result_words(result)
    return ClinicalIndicator(
        id=name,
        source=IndicatorSource.RESULT,
        encounter_id=encounter.id,
        reference=result.source,
        text=words,
        span_hash=span_hash(words),
        source_type="Vital sign" if kind == "vitals" else "Laboratory result",
        author_role="nursing" if kind == "vitals" else "laboratory",
        written_at=result.taken_at,
    )


def from_capture(
    name: IndicatorId, encounter: Encounter, document: Document, capture_id: str, page: int
) -> ClinicalIndicator:
    """A region of a scanned page; its picture is kept apart, identifiers painted out."""
    return ClinicalIndicator(
        id=name,
        source=IndicatorSource.IMAGE,
        encounter_id=document.encounter_id,
        reference=f"DocumentReference/{document.id}",
        text="",
        span_hash="",
        source_type=document.type_name or document.title,
        author_role=role_of(document, encounter.providers),
        written_at=document.written_at,
        document_id=document.id,
        version=document.version,
        capture_id=capture_id,
        page=page,
    )


def result_words(result: Result) -> str:
    """`Creatinine 2.4 mg/dL, high (reference 0.7 to 1.3)`."""
    flag = {"H": "high", "L": "low", "HH": "critically high", "LL": "critically low", "A": "abnormal"}.get(
        result.flag, ""
    )
    value = " ".join(part for part in (result.name, result.value, result.unit) if part)
    range_ = f" (reference {result.reference})" if result.reference else ""
    return f"{value}{', ' if flag else ''}{flag}{range_}"


def span_hash(text: str) -> str:
    """SHA-256 of a source's words, in hex; kept here, never sent."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def role_of(document: Document, providers: tuple[Provider, ...]) -> str:
    """What the author was to the patient: their part in the encounter, else their credential. Never a name."""
    for provider in providers:
        if provider.name and document.author.startswith(provider.name):
            return provider.role or provider.credential
    _, _, credential = document.author.rpartition(",")
    found = credential.strip()
    if found and " " not in found and found.upper() == found:
        return found
    return "provider" if document.author_is_provider else "clinical staff"


def recipients(encounter: Encounter) -> tuple[Provider, ...]:
    """Whom a query may go to: who documented in this encounter, the attending first."""
    wrote = [d.author for d in encounter.documents if d.author_is_provider and d.encounter_id == encounter.id]
    found = [p for p in encounter.providers if p.name and any(author.startswith(p.name) for author in wrote)]
    order = {"attending": 0, "surgeon": 1, "consultant": 2}
    return tuple(sorted(found, key=lambda p: (order.get(p.role.lower(), 3), p.name)))


def quoted(indicator: ClinicalIndicator, excerpt: str) -> str:
    """An indicator as it is written: where it stands, then its words. A quotation is marked as one."""
    words = f"“{excerpt}”" if indicator.source is IndicatorSource.DOCUMENT else excerpt
    return f"{source_line(indicator)}: {words}"


def source_line(indicator: ClinicalIndicator) -> str:
    """`Progress note, attending, Jan 5, 2026 10:20`: what a provider needs to find it, and no name."""
    at = indicator.written_at
    when = f"{at:%b} {at.day}, {at.year} {at:%H:%M}" if at else ""
    page = f"page {indicator.page}" if indicator.page else ""
    earlier = "earlier encounter" if indicator.prior_encounter else ""
    parts = (indicator.source_type, page, indicator.author_role, when, earlier)
    return ", ".join(part for part in parts if part)
