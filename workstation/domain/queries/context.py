"""What a query is checked against: the chart it asks about, who writes it, and what was asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from workstation.domain.access import Coder
from workstation.domain.encounter import DocumentId, Encounter, ProviderId
from workstation.domain.queries.diagnoses import Documented
from workstation.domain.queries.mentions import DiagnosisTerms
from workstation.domain.queries.query import ClinicalIndicator, ProviderQuery, QueryId, Span, Trigger

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class PastState(StrEnum):
    """Where an earlier query of the encounter stands."""

    OPEN = "open"  # sent, viewed or escalated, without an answer
    ANSWERED = "answered"
    DISAGREED = "disagreed"
    UNDETERMINED = "undetermined"
    ENDED = "ended"  # cancelled, expired, or retracted


@dataclass(frozen=True, slots=True)
class PastQuery:
    """An earlier query of the same encounter; `places` are where its indicators stood (see `place_of`)."""

    id: QueryId
    state: PastState
    trigger: Trigger | None = None
    concern: str = ""
    families: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    answered_by: ProviderId | None = None


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A code changed on the strength of an answer, with the documentation that carries it."""

    query_id: QueryId
    code: str
    answered_at: datetime | None = None
    addendum: DocumentId | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the rules look at beside the query itself. Made once for a chart, kept while the query is written.

    `identifiers` and `redacted` are asked for every text at every keystroke: hand them over `remembered`.
    """

    encounter: Encounter
    author: Coder
    texts: Mapping[DocumentId, str]  # the plain text of each document that has one
    terms: DiagnosisTerms
    identifiers: Callable[[str], tuple[Span, ...]]  # where a text surely names a person or a number of theirs
    redacted: Callable[[ClinicalIndicator], str]  # what of an indicator will leave
    documented: tuple[Documented, ...] = ()
    history: tuple[PastQuery, ...] = ()
    changes: tuple[CodeChange, ...] = ()
    own_words: Callable[[str], tuple[tuple[Span, ...], tuple[Span, ...]]] | None = None
    """Where the coder's own words surely and where they perhaps name a person; as `identifiers` where it is None."""
    longer_allowed: bool = False  # an elevation with a reason lifts the caps on excerpts
    retention: str = "business-record"
    escalation_hours: int = 48


def remembered(act: Callable[[_Asked], _Answer], most: int = 1024) -> Callable[[_Asked], _Answer]:
    """The same answers, worked out once for each text or indicator as long as it stays what it is."""
    return lru_cache(maxsize=most)(act)


def past_query(
    query: ProviderQuery, state: PastState, terms: DiagnosisTerms, answered_by: ProviderId | None = None
) -> PastQuery:
    """An earlier query as the rules see it: what it was about and what it showed."""
    families = {each.family for text in (query.concern, query.question) for each in terms.mentions(text)}
    if not families:
        families = {each.family for option in query.options for each in terms.mentions(option.text)}
    places = frozenset(place_of(each) for each in query.indicators)
    return PastQuery(query.id, state, query.trigger, query.concern, frozenset(families), places, answered_by)


def place_of(indicator: ClinicalIndicator) -> str:
    """The same place in the chart gives the same text, whatever version of the query named it."""
    return f"{indicator.reference}|{indicator.start}|{indicator.end}|{indicator.capture_id}"
