"""Wrong unlock passwords cost time, and ten of them the lease: a counter written before each try."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from workstation.durable import destroy, read_whole, write_whole
from workstation.errors import TooManyTries

WAITS = (0.0, 0.0, 1.0, 2.0, 5.0, 15.0, 60.0)
MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class _Count:
    tries: int
    last_at: float  # POSIX seconds


class Throttle:
    """The counter of one coder on this device. A try that was cut short by a crash has been counted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, now: float) -> tuple[float, int]:
        """Count a try and allow it: (0, tries left); or nothing is counted: (seconds to wait, tries left).

        Raises TooManyTries once ten were wrong: the caller destroys the lease.
        """
        count = self._read(now)
        if count.tries >= MOST_TRIES:
            raise TooManyTries
        wait = self._wait(count, now)
        if wait > 0:
            return wait, MOST_TRIES - count.tries
        write_whole(self._path, json.dumps([count.tries + 1, now]).encode())
        return 0.0, MOST_TRIES - count.tries - 1

    def clear(self) -> None:
        """The password was right, or the coder has signed in online again."""
        destroy(self._path)

    def _wait(self, count: _Count, now: float) -> float:
        wait = WAITS[min(count.tries, len(WAITS) - 1)]
        if now < count.last_at:  # a clock set back must not shorten the wait, nor make it endless
            return wait
        return max(count.last_at + wait - now, 0.0)

    def _read(self, now: float) -> _Count:
        content = read_whole(self._path)
        if content is None:
            return _Count(0, now)
        try:
            tries, last_at = json.loads(content)
            return _Count(max(int(tries), 0), float(last_at))
        except (ValueError, TypeError):
            return _Count(MOST_TRIES - 1, now)  # a spoilt counter is a suspicion, not an amnesty
