"""What the audit journal keeps and sends: chained entries, signed checkpoints, events for the server."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workstation.domain.access import Coder
from workstation.domain.audit import Act, Outcome, Subject


class Phase(StrEnum):
    """An act has two entries; a view is its intent alone."""

    INTENT = "intent"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One link of the chain. `seq` has no gap within a chain; a new chain begins only after damage."""

    id: str  # the intent's id, which becomes the AuditEvent's; an outcome has the id of its intent
    chain: int
    seq: int
    position: int  # in the journal, over all chains
    time: float  # POSIX seconds
    boot: str
    boot_seconds: float
    session: str
    user: str
    act: Act
    phase: Phase
    outcome: Outcome | None
    reason: str
    subject: Subject
    request_id: str
    body_hash: bytes
    h: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The device's signature over the head of a chain at a size."""

    chain: int
    size: int
    head: bytes
    body: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain stands; travels with each request."""

    chain: int
    seq: int
    h: bytes

    def __str__(self) -> str:
        return f"{self.chain}.{self.seq}.{self.h.hex()}"


@dataclass(frozen=True, slots=True)
class AuditSend:
    """An event the server has yet to confirm."""

    id: str
    intent: JournalEntry
    outcome: JournalEntry | None  # None for a view
    coder: Coder | None  # None for an act of the device itself
    checkpoint: Checkpoint | None  # the first signature that covers it
