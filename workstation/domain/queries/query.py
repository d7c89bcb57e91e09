"""A provider query as a value: what is asked of whom, on which clinical indicators, and in which form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from workstation.domain.encounter import DocumentId, EncounterId, ProviderId

QueryId = NewType("QueryId", str)
IndicatorId = NewType("IndicatorId", str)
Span = tuple[int, int]  # characters from the start of a text, the end not included

NEUTRAL_TITLE = "Clinical documentation clarification"
OWN_WORDS = "own-words"  # the template of a query a coder wrote without one; its version is the rule pack's


class Trigger(StrEnum):
    """Why a query is needed; a query without one of these is not sent."""

    CONFLICTING = "conflicting-documentation"
    INCOMPLETE = "incomplete-documentation"
    AMBIGUOUS = "ambiguous-documentation"
    ILLEGIBLE = "illegible-documentation"
    INDICATORS_WITHOUT_DIAGNOSIS = "clinical-indicators-without-diagnosis"
    DIAGNOSIS_WITHOUT_INDICATORS = "diagnosis-without-clinical-indicators"
    SPECIFICITY = "specificity"
    CAUSE_AND_EFFECT = "cause-and-effect"
    PRESENT_ON_ADMISSION = "present-on-admission"
    PROCEDURE_DETAIL = "procedure-detail"
    CLINICAL_VALIDATION = "clinical-validation"


class Form(StrEnum):
    """How the provider answers."""

    MULTIPLE_CHOICE = "multiple-choice"
    OPEN = "open-ended"
    YES_NO = "yes-no"


class Channel(StrEnum):
    """How the query reaches the provider. A verbal one is recorded with the same content and the same rules."""

    WRITTEN = "written"
    VERBAL = "verbal"


class IndicatorSource(StrEnum):
    """Where a clinical indicator stands in the chart."""

    DOCUMENT = "document"
    RESULT = "result"  # a laboratory result or vital sign, from its table
    IMAGE = "image"  # a region of a scanned page, identifiers painted out


class OptionKind(StrEnum):
    """What an answer of a multiple-choice or yes/no query is."""

    ANSWER = "answer"
    YES = "yes"
    NO = "no"
    OTHER = "other"  # with free text
    UNDETERMINED = "undetermined"
    NOT_SIGNIFICANT = "not-significant"  # "no additional documentation is needed" and the like


@dataclass(frozen=True, slots=True)
class ClinicalIndicator:
    """A fact in the record that supports asking, with where it stands.

    `text` is the source as it is, byte for byte; only its redacted form ever leaves. `span_hash` (SHA-256 of `text`,
    hex) shows later that the excerpt is the source's; it stays on this device, for a short excerpt could be guessed
    from it.
    """

    id: IndicatorId
    source: IndicatorSource
    encounter_id: EncounterId  # the encounter the source belongs to
    reference: str  # DocumentReference/d1 or Observation/o1, by opaque id
    text: str
    span_hash: str
    source_type: str  # "Progress note"
    author_role: str  # "attending"; "laboratory" for results
    written_at: datetime | None
    document_id: DocumentId | None = None
    version: str = ""  # of the document
    start: int = 0
    end: int = 0
    also_removed: tuple[Span, ...] = ()  # in `text`: taken out by the coder's own hand
    not_identifiers: tuple[Span, ...] = ()  # in `text`: asked about, and said to be no identifier
    prior_encounter: bool = False
    pertinence: str = ""  # why an earlier encounter matters to this one
    capture_id: str = ""  # the redacted picture of an IMAGE
    page: int = 0  # of an IMAGE, from 1


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose from, with the indicators that make it credible."""

    text: str
    kind: OptionKind = OptionKind.ANSWER
    indicators: tuple[IndicatorId, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceNote:
    """A published definition below the query, marked as for reference only, with its source."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Justification:
    """Why a warning was passed over, in the coder's words; kept with the query."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class ProviderQuery:
    """A question to a provider. `concern` is what it is about in a few words of the chart ("heart failure")."""

    id: QueryId
    encounter_id: EncounterId
    trigger: Trigger | None = None
    form: Form = Form.MULTIPLE_CHOICE
    title: str = NEUTRAL_TITLE
    question: str = ""
    options: tuple[Option, ...] = ()
    indicators: tuple[ClinicalIndicator, ...] = ()
    recipient_id: ProviderId | None = None
    concern: str = ""
    reference_note: ReferenceNote | None = None
    channel: Channel = Channel.WRITTEN
    template_id: str = ""
    template_version: str = ""
    justifications: tuple[Justification, ...] = ()
    attestation: str = ""  # the coder's own, where a rule asks for one
    replaces: QueryId | None = None
    revision: int = 0  # counts the coder's changes

    def indicator(self, indicator_id: IndicatorId) -> ClinicalIndicator | None:
        return next((each for each in self.indicators if each.id == indicator_id), None)

    def justification(self, rule: str) -> str:
        return next((each.text for each in self.justifications if each.rule == rule), "")


def add_indicator(query: ProviderQuery, indicator: ClinicalIndicator) -> ProviderQuery:
    """Add a clinical indicator; the same place in the chart twice counts once."""
    place = (indicator.reference, indicator.start, indicator.end, indicator.capture_id)
    if any((each.reference, each.start, each.end, each.capture_id) == place for each in query.indicators):
        return query
    return _next(query, indicators=(*query.indicators, indicator))


def remove_indicator(query: ProviderQuery, indicator_id: IndicatorId) -> ProviderQuery:
    """Take an indicator away, and with it its support of options."""
    options = tuple(
        replace(option, indicators=tuple(i for i in option.indicators if i != indicator_id)) for option in query.options
    )
    left = tuple(each for each in query.indicators if each.id != indicator_id)
    return _next(query, indicators=left, options=options)


def change_indicator(query: ProviderQuery, changed: ClinicalIndicator) -> ProviderQuery:
    return _next(query, indicators=tuple(changed if each.id == changed.id else each for each in query.indicators))


def set_options(query: ProviderQuery, options: Iterable[Option]) -> ProviderQuery:
    """The options in the one order no reader can take for a hint."""
    return _next(query, options=in_order(options))


def in_order(options: Iterable[Option]) -> tuple[Option, ...]:
    """Answers alphabetically, then what is not significant, other, undetermined; yes before no."""
    rank = {
        OptionKind.YES: 0, OptionKind.NO: 1, OptionKind.ANSWER: 2, OptionKind.NOT_SIGNIFICANT: 3,
        OptionKind.OTHER: 4, OptionKind.UNDETERMINED: 5,
    }  # fmt: skip
    return tuple(sorted(options, key=lambda option: (rank[option.kind], option.text.casefold())))


def justify(query: ProviderQuery, rule: str, text: str) -> ProviderQuery:
    """Say why a warning is passed over; an empty text takes it back."""
    others = tuple(each for each in query.justifications if each.rule != rule)
    said = (Justification(rule, text.strip()),) if text.strip() else ()
    return _next(query, justifications=(*others, *said))


def revise(query: ProviderQuery, **changes: object) -> ProviderQuery:
    """Change fields of a draft by name."""
    return _next(query, **changes)


def _next(query: ProviderQuery, **changes: object) -> ProviderQuery:
    return replace(query, revision=query.revision + 1, **changes)  # type: ignore[arg-type]
