"""Where cache and server stand to each other, in words for the sync badge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SyncKind(StrEnum):
    IN_STEP = "in-step"
    WORKING = "working"
    OFFLINE = "offline"
    BUSY = "busy"  # the server asked us to wait
    REFUSED = "refused"  # something waits for the coder's decision
    SIGNED_OUT = "signed-out"
    STOPPED = "stopped"  # the audit or the disk does not let us go on


@dataclass(frozen=True, slots=True)
class SyncState:
    """`since` is when this kind of state began; `waiting` and `refused` count letters of the outbox."""

    kind: SyncKind
    since: datetime
    waiting: int = 0
    refused: int = 0
    progress: tuple[int, int] | None = None  # charts fetched of charts to fetch
    message: str = ""
    last_in_step: datetime | None = None
