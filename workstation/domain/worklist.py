"""The worklist: encounters awaiting this coder, most urgent first, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum

from workstation.domain.encounter import EncounterClass, EncounterId, TaskId


class WorkState(StrEnum):
    """Where a coder stands with an encounter."""

    NOT_STARTED = "not started"
    IN_PROGRESS = "in progress"
    ON_HOLD = "on hold"
    FINALIZED = "finalized"
    WITHDRAWN = "withdrawn"  # cancelled or reassigned upstream while work was here


class SendState(StrEnum):
    """What the server has of the coder's work on one encounter."""

    IN_STEP = "in step"
    WAITING = "waiting"
    REFUSED = "refused"
    CONFLICT = "conflict"


class Urgency(IntEnum):
    """The first thing that sorts a worklist; lower is sooner."""

    CONFLICT = 0
    ANSWERED = 1  # a provider answered: the hold can end
    OVERDUE = 2
    STAT = 3
    DUE_TODAY = 4
    AGING = 5  # discharged days ago, not final coded
    ROUTINE = 6
    ON_HOLD = 7
    DONE = 8


@dataclass(frozen=True, slots=True)
class WorklistItem:
    """One row: what is needed to choose it, patient masked."""

    encounter_id: EncounterId
    task_id: TaskId
    account_number: str
    patient_initials: str
    masked_mrn: str
    encounter_class: EncounterClass
    service: str
    discharged_at: datetime | None
    due_at: datetime | None
    priority: str  # routine urgent asap stat
    work_state: WorkState
    hold_reason: str = ""
    query_answered: bool = False
    send_state: SendState = SendState.IN_STEP
    refusal: str = ""
    unread_documents: int = 0
    documents: int = 0
    is_complete: bool = True  # its chart is wholly in the cache
    restricted: bool = False


AGING_DAYS = 4  # the DNFC target most hospitals use


def days_since_discharge(row: WorklistItem, today: date) -> int | None:
    return (today - row.discharged_at.date()).days if row.discharged_at else None


def urgency(row: WorklistItem, now: datetime) -> tuple[Urgency, str]:
    """Why this row stands where it stands, in the coder's words. `now` is an aware local time."""
    today = now.date()
    days = days_since_discharge(row, today)
    waited = f"discharged {days} days ago" if days is not None and days != 1 else "discharged yesterday"
    if row.send_state in (SendState.CONFLICT, SendState.REFUSED):
        return Urgency.CONFLICT, "the server did not take it: look at it"
    if row.work_state is WorkState.WITHDRAWN:
        return Urgency.CONFLICT, "withdrawn while you worked on it"
    if row.work_state is WorkState.FINALIZED:
        return Urgency.DONE, "finalized"
    if row.query_answered:
        return Urgency.ANSWERED, "query answered"
    if row.work_state is WorkState.ON_HOLD:
        return Urgency.ON_HOLD, f"on hold: {row.hold_reason}" if row.hold_reason else "on hold"
    if row.due_at and row.due_at < now:
        return Urgency.OVERDUE, "overdue"
    if row.priority == "stat":
        return Urgency.STAT, "stat"
    if row.due_at and row.due_at.date() == now.astimezone(row.due_at.tzinfo).date():  # in the facility's zone
        return Urgency.DUE_TODAY, "due today"
    if days is not None and days >= AGING_DAYS:
        return Urgency.AGING, waited
    return Urgency.ROUTINE, waited if days is not None else "not discharged yet"


def in_order(rows: tuple[WorklistItem, ...], now: datetime) -> tuple[WorklistItem, ...]:
    """Most urgent first; within one urgency the earliest due, then the longest since discharge."""
    late = datetime.max.replace(tzinfo=UTC)

    def key(row: WorklistItem) -> tuple[int, datetime, datetime, str]:
        return (urgency(row, now)[0], row.due_at or late, row.discharged_at or late, row.account_number)

    return tuple(sorted(rows, key=key))
