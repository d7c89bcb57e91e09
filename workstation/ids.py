"""Ids that sort by time: UUIDv7 for intents, events, outbox rows and requests."""

from __future__ import annotations

import os
import time
from uuid import UUID


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562, 6.2 method 3): milliseconds, 12 bits of their fraction, 62 random bits."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    noise = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | noise))


def moment_of(made: str) -> float:
    """When an id was made, in POSIX seconds. Raises ValueError for what is no UUID."""
    return (UUID(made).int >> 80) / 1000
