"""The states of the guard and the words the coder sees for them."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class State(Enum):
    """What the guard is doing. Only DESK has a process with clinical text, only INVITING one with a password."""

    STARTING = "starting"
    SIGNED_OUT = "signed out"
    SIGNING_IN = "signing in"
    LOCKED = "locked"
    INVITING = "unlock window shown"
    DESK = "desk open"
    STOPPED = "stopped"


class LockReason(Enum):
    """Why the desk was locked: the audit subtype and the words on the cover."""

    IDLE = "No activity for a while"
    KEY = "You locked it"
    SYSTEM = "The computer was locked"
    SUSPEND = "The computer went to sleep"
    SWITCH = "Another coder signs in"
    SIGN_OUT = "You signed out"
    HUNG = "The desk stopped answering"
    CRASHED = "The desk closed unexpectedly. Everything you typed is kept"
    CLOCK = "The clock of this computer was moved"
    SERVER = "The server has ended your session"
    COMMAND = "Locked by your organisation"
    WIPED = "This device was erased by your organisation"
    LEASE = "Your offline time is used up"
    AUDIT = "The audit journal cannot be written"
    DISK = "The disk of this computer cannot be written"
    UPDATE = "The program is being updated or was asked to end"
    TIMEOUT = "Unlock was not completed"


class Face(Protocol):
    """The guard's windows. Every method returns after the window has painted."""

    def show_sign_in(self, note: str, *, busy: bool, can_unlock: bool) -> None:
        """The sign-in page; `can_unlock` offers to go back to a coder who still has a lease."""

    def show_cover(self, coder: str, note: str) -> None:
        """The lock cover, where the desk stood."""

    def step_aside(self) -> None:
        """A desk process has painted its window in this place."""

    def look(self, look: dict[str, object]) -> None:
        """Theme and place of the windows, as the desk last had them."""
