"""The practice hospital's clock: this computer's, moved by as much as a test asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class PracticeClock:
    """Wall time with an offset."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset
