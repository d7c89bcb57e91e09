"""How long to wait before trying again: the server's word, else an exponential time with full jitter."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST = 2.0  # seconds
LONGEST = 300.0
_POLL = (30.0, 60.0)


def back_off(attempts: int, asked: float | None = None) -> timedelta:
    """The wait after a number of failures; what the server asks is the least."""
    span = min(LONGEST, FIRST * 2 ** min(attempts, 16))
    jitter = random.uniform(0.5, span)
    return timedelta(seconds=jitter if asked is None else asked + random.uniform(0, 1))


def poll() -> float:
    """Seconds between two looks when nothing is amiss."""
    return random.uniform(*_POLL)
