"""Two clocks: the wall's, which can be set, and one since boot, which cannot and counts sleep."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What tells the time; tests bring their own."""

    def wall(self) -> float:
        """POSIX seconds."""

    def boot(self) -> float:
        """Seconds since boot, asleep or awake."""

    def boot_id(self) -> str:
        """Which boot this is: the boot clock begins anew with each."""


class SystemClock:
    """The clocks of this computer."""

    def wall(self) -> float:
        return time.time()

    def boot(self) -> float:
        return _boot_seconds()

    def boot_id(self) -> str:
        return _boot_id()


@dataclass
class SetClock:
    """A clock that stands until it is moved; for rehearsals and tests."""

    wall_seconds: float = 1_795_000_000.0
    boot_seconds: float = 1_000.0
    boot_name: str = "boot-1"

    def wall(self) -> float:
        return self.wall_seconds

    def boot(self) -> float:
        return self.boot_seconds

    def boot_id(self) -> str:
        return self.boot_name

    def advance(self, seconds: float) -> None:
        self.wall_seconds += seconds
        self.boot_seconds += seconds


_PLATFORM: str = sys.platform


def _boot_seconds() -> float:
    if _PLATFORM == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)  # monotonic stands still while asleep
    if _PLATFORM == "win32":
        from workstation.host.windows import interrupt_seconds

        return interrupt_seconds()
    if _PLATFORM == "darwin":
        from workstation.host.macos import continuous_seconds

        return continuous_seconds()
    return time.monotonic()


def _boot_id() -> str:
    if _PLATFORM == "linux":
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            pass
    # Elsewhere the moment of boot names it, to the minute: the wall clock may be corrected by seconds.
    return f"boot-{round((time.time() - _boot_seconds()) / 60)}"
