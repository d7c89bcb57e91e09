"""Handed to a lead: what the server will not take of a coder's work, or what was taken from them, for somebody to settle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workstation.domain.encounter import EncounterId

LONGEST_NOTE = 500  # characters


class Trouble(StrEnum):
    """What a lead is asked to settle."""

    REFUSED = "result-refused"
    CONFLICT = "result-conflict"
    WITHDRAWN = "assignment-withdrawn"


class Stage(StrEnum):
    """How far it is, in the words shown."""

    SENDING = "waits to be sent to the leads"
    UNSENT = "was not taken by the server"
    WAITING = "waits for a lead"
    TAKEN = "a lead has taken it"
    SETTLED = "a lead has settled it"
    ENDED = "was ended without being settled"


def stage_of(status: str) -> Stage:
    """From the status of its Task."""
    if status in ("accepted", "in-progress", "on-hold", "received", "ready"):
        return Stage.TAKEN
    if status == "completed":
        return Stage.SETTLED
    return Stage.WAITING if status in ("requested", "draft") else Stage.ENDED


@dataclass(frozen=True, slots=True)
class HandOver:
    """As the coder who handed it over sees it."""

    key: str
    trouble: Trouble
    stage: Stage
    at: datetime | None
    why: str = ""  # the server's reason when it did not take it


@dataclass(frozen=True, slots=True)
class Handed:
    """As a lead sees it: which assignment, what failed, by ids and codes; a note is the coder's own."""

    task_id: str
    version: str
    status: str
    trouble: str  # a Trouble, or a code of another program
    http_status: str  # of the refusal, "" when it was none
    requester: str  # Practitioner id
    owner: str  # Practitioner id of the lead who took it, "" while nobody has
    at: datetime | None
    encounter_id: EncounterId
    coding_task: str  # Task id
    result: str  # Claim/id when it lies there, else the identifier it is sent under
    note: str

    @property
    def stage(self) -> Stage:
        return stage_of(self.status)
