"""A request for a teaching copy as it goes from the one who asks over the lead to the educator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_TOPIC = 80


class NeedCode(StrEnum):
    """Why a teaching copy is needed; without a need there is none (45 CFR 164.502(b))."""

    ONBOARDING = "onboarding"
    COMPETENCY = "competency"
    AUDIT_FINDING = "audit-finding"
    NEW_CODE_SET = "new-code-set"
    ERROR_TREND = "error-trend"
    QUERY_PRACTICE = "query-practice"


NEED_WORDS: dict[NeedCode, str] = {
    NeedCode.ONBOARDING: "Onboarding",
    NeedCode.COMPETENCY: "Competency check",
    NeedCode.AUDIT_FINDING: "Audit finding",
    NeedCode.NEW_CODE_SET: "New code set",
    NeedCode.ERROR_TREND: "Error trend",
    NeedCode.QUERY_PRACTICE: "Query practice",
}


class Step(StrEnum):
    """Where a request stands; the values are what a person reads."""

    SENDING = "on its way"
    UNSENT = "refused by the server"
    ASKED = "waits for a lead"
    APPROVED = "approved"
    LAPSED = "approval is over"
    CHECKING = "checklist open"
    RELEASED = "ready to read"
    MADE = "made"  # by somebody else, or on another device
    WITHHELD = "withheld"  # released here, and the server did not take it
    DECLINED = "refused"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"
    DISCARDED = "discarded"
    EXPIRED = "expired"


STANDS = frozenset({"accepted", "in-progress"})  # Task states in which the copy may be made
OVER = frozenset({"completed", "rejected", "cancelled", "failed", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class TeachingTask:
    """The server's side of a request. It names no encounter: which chart it is learns only who makes the copy, then."""

    id: str
    version: str
    key: str  # the identifier it was asked for under
    status: str
    need: str  # a NeedCode, or what another system wrote
    topic: str
    requester: str  # Practitioner id
    owner: str
    asked_at: datetime | None
    until: datetime | None  # the approval's end
    reason: str = ""  # why it was refused or recalled

    def stands(self, now: datetime) -> bool:
        """Whether the copy may be made and released now."""
        return self.status in STANDS and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A coding task a lead may choose an encounter from, by its opaque ids."""

    number: str  # of the coding task, as people say it
    worklist: str
    standing: str
    owner: str
    updated: datetime | None
    encounter: str  # Encounter/id
    patient: str  # Patient/id


def step_of(
    task: TeachingTask, now: datetime, copy_state: str = "", *, withheld: bool = False, moving: bool = False
) -> Step:
    """Where a request stands, from the server's side and from what became of the copy here.

    `moving`: a decision made here is on its way to the server.
    """
    if task.status in ("requested", "received", "draft", "ready"):
        return Step.SENDING if moving else Step.ASKED
    if task.status in ("rejected", "failed"):
        return Step.DECLINED
    if task.status in ("cancelled", "entered-in-error"):
        return Step.RECALLED if task.owner else Step.WITHDRAWN
    if copy_state == "discarded":
        return Step.DISCARDED
    if copy_state == "expired":
        return Step.EXPIRED
    if copy_state == "released":
        return Step.WITHHELD if withheld else Step.RELEASED
    if task.status == "completed":
        return Step.MADE
    if not task.stands(now):
        return Step.LAPSED
    return Step.CHECKING if copy_state == "checking" else Step.APPROVED
