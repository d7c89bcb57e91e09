"""The idle deadline: when to warn, lock and sign out, judged by a clock that counts sleep (45 CFR 164.312(a)(2)(iii))."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CLOCK_SLACK = 90.0  # seconds the wall clock may leave the boot clock before it counts as tampered


class Due(Enum):
    """What the deadline asks for."""

    NOTHING = "nothing"
    WARN = "warn"
    LOCK = "lock"
    SIGN_OUT = "sign out"
    CLOCK = "the wall clock was moved"


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks, in seconds: wall (POSIX time) and boot (counts sleep, never set)."""

    wall: float
    boot: float


def moved(since: Moment, now: Moment) -> bool:
    """Whether the clocks have parted: someone set the wall clock, or the boot clock stood still."""
    return abs((now.wall - since.wall) - (now.boot - since.boot)) > CLOCK_SLACK


@dataclass(frozen=True, slots=True)
class Verdict:
    due: Due
    seconds_left: int = 0


class Deadline:
    """Keeps the last input in both clocks. Neither a frozen nor a rolled-back wall clock ever extends it.

    The boot clock decides. The wall clock can only make the lock come sooner: when it ran ahead (the boot clock
    stood still, as in a restored virtual machine) or was moved by more than the slack.
    """

    def __init__(self, now: Moment, *, idle_lock: float, idle_warning: float, idle_sign_out: float) -> None:
        self._lock, self._warning, self._sign_out = idle_lock, idle_warning, idle_sign_out
        self._last = now
        self._anchor = now

    def change(self, *, idle_lock: float, idle_warning: float, idle_sign_out: float) -> None:
        """A new policy applies at once, to the idle time already passed as well."""
        self._lock, self._warning, self._sign_out = idle_lock, idle_warning, idle_sign_out

    def touched(self, boot: float, now: Moment) -> None:
        """The coder touched the desk at `boot`; an older or future report than what is known changes nothing.

        Nor does a touch after the time was up: it came before the tick that would have locked.
        """
        touch = Moment(now.wall - (now.boot - boot), boot)
        if self._last.boot < boot <= now.boot and self.idle(touch) < self._lock:
            self._last = touch

    def restart(self, now: Moment) -> None:
        """Begin anew, at an unlock: idle from now on, clocks compared from now on."""
        self._last = self._anchor = now

    def idle(self, now: Moment) -> float:
        """Seconds since a person last touched the desk, by whichever clock says more."""
        return max(now.boot - self._last.boot, now.wall - self._last.wall)

    def is_over(self, now: Moment) -> bool:
        """Whether the coder is to be signed out, whatever the clocks did meanwhile."""
        return self.idle(now) >= self._sign_out

    def left(self, now: Moment) -> float:
        """Seconds until the lock, if nothing is touched."""
        return self._lock - self.idle(now)

    def check(self, now: Moment) -> Verdict:
        if moved(self._anchor, now):
            return Verdict(Due.CLOCK)
        left, idle = self.left(now), self.idle(now)
        if idle >= self._sign_out:
            return Verdict(Due.SIGN_OUT)
        if idle >= self._lock:
            return Verdict(Due.LOCK)
        if left <= self._warning:
            return Verdict(Due.WARN, max(1, round(left)))
        return Verdict(Due.NOTHING)
