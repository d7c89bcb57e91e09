"""What guard and desk say to each other: plain frozen messages of JSON values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Values are JSON types only; identities, policy and vault travel as the dicts their owners wrote.


@dataclass(frozen=True, slots=True)
class Message:
    """One frame of the channel."""


# ------------------------------------------------------------------ guard -> desk


@dataclass(frozen=True, slots=True)
class Invite(Message):
    """Let this coder in: show the enrolment or unlock window. The device half of the key follows as a key frame."""

    mode: str  # enrol | unlock
    coder: dict[str, Any]
    identity: dict[str, Any]  # tenant, user, device, epoch of the wrap
    vault: dict[str, Any] | None
    server: dict[str, Any]  # base and how to reach it
    folder: str  # the coder's own folder
    policy: dict[str, Any]
    lease_until: float  # POSIX seconds
    practice: bool  # this very guard started the practice server
    look: dict[str, Any]  # theme and window geometry
    lock_epoch: int  # an unlock that carries an older one is thrown away
    open_intents: list[str] = field(default_factory=list)
    newest_act: str = ""  # the last act the journal knows to be done: the cache must hold it
    time_codes: list[int] = field(default_factory=list)  # step-up codes already used


@dataclass(frozen=True, slots=True)
class TryAnswer(Message):
    """Whether a password may be tried now; the try is already counted when it is allowed."""

    request: int
    allowed: bool
    wait: float = 0.0  # seconds
    left: int = 0  # tries before the lease is destroyed


@dataclass(frozen=True, slots=True)
class Recorded(Message):
    """The intent is durable."""

    request: int
    event_id: str
    head: str = ""  # how far the journal had come; travels with each request to the server


@dataclass(frozen=True, slots=True)
class NotRecorded(Message):
    """The intent could not be made durable; nothing may be shown or done."""

    request: int
    why: str


@dataclass(frozen=True, slots=True)
class TokenAnswer(Message):
    """A short-lived access token, or why there is none: offline, busy, signed-out."""

    request: int
    token: str = ""
    expires_at: float = 0.0
    why: str = ""
    head: str = ""  # as in Recorded
    wait: float = 0.0  # seconds a busy identity provider asks for; 0 when it does not say


@dataclass(frozen=True, slots=True)
class TimeCodeAnswer(Message):
    """Whether a step-up time code was still unused; it is recorded as used when so."""

    request: int
    accepted: bool
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class HalfRefused(Message):
    """The device half could not be had: the lease is over or the keyring does not answer."""

    why: str


@dataclass(frozen=True, slots=True)
class VaultKept(Message):
    """The vault under its new password is on disk; or why it is not, and the old one still opens."""

    request: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Countdown(Message):
    """Seconds until the lock; 0 takes the warning away."""

    seconds: int


@dataclass(frozen=True, slots=True)
class PolicyIs(Message):
    """The policy in force changed."""

    policy: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TrailPage(Message):
    """The coder's own entries of the journal, newest first."""

    request: int
    rows: list[dict[str, Any]]
    waiting: int
    acknowledged: int
    uplink: str  # in words


@dataclass(frozen=True, slots=True)
class DevicePage(Message):
    """What this device protects and what is armed, in rows of (what, state, explanation)."""

    request: int
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class JournalProgress(Message):
    """How many entries of the journal are read."""

    request: int
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class JournalReport(Message):
    """What the check of the whole journal found, in rows as of a DevicePage; or why it could not be made."""

    request: int
    rows: list[list[str]]
    why: str = ""


@dataclass(frozen=True, slots=True)
class StandDown(Message):
    """Flush what is being typed; the process is killed within 50 ms."""


@dataclass(frozen=True, slots=True)
class Raise(Message):
    """A second start of the program asks this window to come forward."""


# ------------------------------------------------------------------ desk -> guard


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """Imported and warm; waits for an Invite."""


@dataclass(frozen=True, slots=True)
class Shown(Message):
    """A window has painted: `unlock`, `enrol` or `desk`."""

    what: str


@dataclass(frozen=True, slots=True)
class TryWanted(Message):
    """A password is about to be tried."""

    request: int


@dataclass(frozen=True, slots=True)
class TryFailed(Message):
    """It was wrong."""


@dataclass(frozen=True, slots=True)
class Opened(Message):
    """The cache is open. Carries the wrapped record when it is new or changed, and the last act the cache holds."""

    lock_epoch: int
    vault: dict[str, Any] | None = None
    newest_act: str = ""


@dataclass(frozen=True, slots=True)
class GaveUp(Message):
    """The unlock window was left: `idle`, `cancel`, `sign-in`."""

    why: str


@dataclass(frozen=True, slots=True)
class HalfWanted(Message):
    """An open desk changes its password: send the device half once more."""


@dataclass(frozen=True, slots=True)
class VaultChanged(Message):
    """Keep this wrapped record instead of the one in force."""

    request: int
    vault: dict[str, Any]


@dataclass(frozen=True, slots=True)
class IntentAsked(Message):
    """Record this before it is shown or done."""

    request: int
    intent: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutcomeTold(Message):
    """How an act ended."""

    intent_id: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TimeCodeUsed(Message):
    """A step-up code matched this time step; may it count?"""

    request: int
    time_code: int


@dataclass(frozen=True, slots=True)
class StepUpFailed(Message):
    """A step-up code matched no time step."""


@dataclass(frozen=True, slots=True)
class TokenWanted(Message):
    """An access token is needed; `stale` when the last one was refused."""

    request: int
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Alive(Message):
    """Once a second from the GUI thread: the event loop turns, and when the coder last touched it (boot clock)."""

    last_input: float


@dataclass(frozen=True, slots=True)
class LockWanted(Message):
    """Lock now: `key`; `idle` or `suspend` when the desk noticed first; `switch` for another coder; `renew`; `sign-out`."""

    why: str


@dataclass(frozen=True, slots=True)
class TrailWanted(Message):
    """Ask for a page of the coder's own trail."""

    request: int
    before: int | None = None
    limit: int = 200


@dataclass(frozen=True, slots=True)
class DeviceWanted(Message):
    """Ask what this device protects."""

    request: int


@dataclass(frozen=True, slots=True)
class JournalCheckWanted(Message):
    """Ask for the whole journal to be read and checked; progress comes before the report."""

    request: int


@dataclass(frozen=True, slots=True)
class CaptureIs(Message):
    """Whether the desk's windows can be captured: a value of `workstation.host.capture.Capture`."""

    state: str


@dataclass(frozen=True, slots=True)
class LookChosen(Message):
    """The coder changed theme or moved the window; the cover will stand in its place."""

    look: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OnlyHere(Message):
    """The last words of a desk: how many encounters have work the server does not have."""

    encounters: int


@dataclass(frozen=True, slots=True)
class CacheAside(Message):
    """The cache was damaged and set aside."""

    why: str


KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in Message.__subclasses__()}
