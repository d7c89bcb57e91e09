"""The life of a query: what the coder decided, what the server says, and the one state the two make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workstation.domain.encounter import DocumentId, EncounterId
from workstation.domain.queries.checked import Checked
from workstation.domain.queries.query import ProviderQuery, QueryId


class Decision(StrEnum):
    """What the coder decided last."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"  # a peer was asked to read the draft
    SENT = "sent"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETRACTED = "retracted"


class QueryState(StrEnum):
    """Where a query is, in the words a coder reads."""

    DRAFT = "draft"
    PEER_REVIEW = "in peer review"
    SENT = "sent"
    VIEWED = "viewed"
    ESCALATED = "escalated"
    RESPONDED = "responded"
    DOCUMENTED = "documentation updated"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETRACTED = "retracted"


#: An answer is awaited: the encounter stays on hold.
OPEN_STATES = frozenset({QueryState.SENT, QueryState.VIEWED, QueryState.ESCALATED})
#: An answer came and waits for the coder.
ANSWERED_STATES = frozenset({QueryState.RESPONDED, QueryState.DOCUMENTED})


class Closing(StrEnum):
    """How a query ended, for the organisation's counts."""

    DOCUMENTED = "documentation-updated"
    NO_CHANGE = "answered-no-change"
    DISAGREED = "provider-disagreed"
    UNDETERMINED = "clinically-undetermined"


@dataclass(frozen=True, slots=True)
class Standing:
    """The coder's own side of a query, and what it was checked with."""

    decision: Decision = Decision.DRAFT
    sent_at: datetime | None = None
    due_at: datetime | None = None
    escalate_at: datetime | None = None
    expires_at: datetime | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    closing: Closing | None = None
    documentation: DocumentId | None = None  # what the coder named as the answer's documentation
    reason: str = ""  # why it was cancelled or retracted
    replaced_by: QueryId | None = None
    checked: Checked | None = None  # the check it left with; None while something stops it
    author: str = ""  # practitioner id
    credential: str = ""
    retention: str = ""  # health-record or business-record, by policy
    reviewer: str = ""  # who agreed, practitioner id
    result_id: str = ""  # identifies the request at the server through all its versions
    review_id: str = ""  # identifies the peer review asked for
    review_revision: int = -1  # the revision a peer was given to read


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said. `chosen` are the options of the query that stand in it."""

    reference: str  # Communication/id
    sender: str  # practitioner id, "" when nobody signed it
    sent_at: datetime | None
    text: str
    chosen: tuple[str, ...] = ()
    documents: tuple[DocumentId, ...] = ()  # the documentation that followed


class ReviewVerdict(StrEnum):
    AGREED = "agreed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Review:
    """A peer's word on a draft."""

    verdict: ReviewVerdict
    reviewer: str
    comment: str = ""
    at: datetime | None = None
    asked: str = ""  # the `review_id` it answers


@dataclass(frozen=True, slots=True)
class Theirs:
    """The server's side of a query."""

    request: str = ""  # CommunicationRequest/id
    request_version: str = ""
    request_status: str = ""
    task: str = ""  # Task/id of the provider's inbox
    task_version: str = ""
    task_status: str = ""
    viewed_at: datetime | None = None
    answer: Answer | None = None
    review: Review | None = None
    request_raw: str = ""
    task_raw: str = ""


@dataclass(frozen=True, slots=True)
class QueryFile:
    """One query with both sides of its life."""

    query: ProviderQuery
    standing: Standing
    theirs: Theirs = Theirs()

    @property
    def id(self) -> QueryId:
        return self.query.id

    @property
    def encounter_id(self) -> EncounterId:
        return self.query.encounter_id

    def state(self, now: datetime) -> QueryState:
        return state(self.standing, self.theirs, now)


_DECIDED = {
    Decision.CLOSED: QueryState.CLOSED,
    Decision.CANCELLED: QueryState.CANCELLED,
    Decision.EXPIRED: QueryState.EXPIRED,
    Decision.RETRACTED: QueryState.RETRACTED,
    Decision.DRAFT: QueryState.DRAFT,
}
_SEEN = frozenset({"received", "accepted", "in-progress", "on-hold"})


def state(standing: Standing, theirs: Theirs, now: datetime) -> QueryState:
    """The coder's decision stands first; while it is `sent`, the provider's side and the clock say the rest."""
    if standing.decision is Decision.IN_REVIEW:
        return QueryState.DRAFT if verdict(standing, theirs) is not None else QueryState.PEER_REVIEW
    if standing.decision is not Decision.SENT:
        return _DECIDED[standing.decision]
    if theirs.answer is not None or standing.documentation is not None:
        documented = standing.documentation or (theirs.answer and theirs.answer.documents)
        return QueryState.DOCUMENTED if documented else QueryState.RESPONDED
    if theirs.request_status in ("revoked", "entered-in-error"):
        return QueryState.CANCELLED
    if standing.expires_at is not None and now >= standing.expires_at:
        return QueryState.EXPIRED
    if standing.escalated_at is not None or (standing.escalate_at is not None and now >= standing.escalate_at):
        return QueryState.ESCALATED
    if theirs.viewed_at is not None or theirs.task_status in _SEEN:
        return QueryState.VIEWED
    return QueryState.SENT


def verdict(standing: Standing, theirs: Theirs) -> Review | None:
    """The peer's word on what was asked last; one on an earlier asking says nothing of it."""
    review = theirs.review
    return review if review is not None and standing.review_id and review.asked == standing.review_id else None


def is_reviewed(file: QueryFile) -> bool:
    """Whether a peer has agreed to the draft as it stands."""
    review = verdict(file.standing, file.theirs)
    agreed = review is not None and review.verdict is ReviewVerdict.AGREED
    return agreed and file.standing.review_revision == file.query.revision


def awaits_answer(files: Iterable[QueryFile], now: datetime) -> bool:
    """Whether the encounter has to wait: the hold ends with the last open query."""
    return any(file.state(now) in OPEN_STATES for file in files)
