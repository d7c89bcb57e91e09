"""What may happen to the OS session, and which sources will say so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SessionEvent(StrEnum):
    """Everything but UNLOCKED, RESUMED and BACK locks the workstation."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"
    SUSPENDING = "suspending"
    RESUMED = "resumed"
    AWAY = "away"  # user switch, disconnect, log-off
    BACK = "back"
    LOST = "lost"  # a source has gone and warns no more

    @property
    def locks(self) -> bool:
        return self in (SessionEvent.LOCKED, SessionEvent.SUSPENDING, SessionEvent.AWAY, SessionEvent.LOST)


@dataclass(frozen=True, slots=True)
class Armed:
    """Which sources answered when the watch began; none armed means a shorter deadline, shown and audited."""

    session: bool = False  # lock and user switch of the login session
    suspend: bool = False  # told before sleep
    delay: bool = False  # and may hold sleep back until the lock is done
    screensaver: bool = False

    def __bool__(self) -> bool:
        return self.session or self.suspend or self.screensaver
