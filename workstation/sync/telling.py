"""Tells of many arrivals together: a page that reloads for each of a thousand charts is never still."""

from __future__ import annotations

import time
from collections.abc import Callable

from workstation.domain.encounter import EncounterId

EVERY = 1.0  # seconds; the first arrival is told of at once


class Telling:
    """Collects what arrived. Used by one thread."""

    def __init__(
        self, tell: Callable[[frozenset[EncounterId]], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell, self._clock = tell, clock
        self._arrived: set[EncounterId] = set()
        self._told_at = float("-inf")

    def of(self, encounter_id: EncounterId, *, at_once: bool = False) -> bool:
        """Something of an encounter arrived; whether that was told now. `at_once` when somebody waits for it."""
        self._arrived.add(encounter_id)
        if not at_once and self._clock() - self._told_at < EVERY:
            return False
        self.close()
        return True

    def close(self) -> None:
        """Tell of what is left."""
        if self._arrived:
            self._tell(frozenset(self._arrived))
            self._arrived.clear()
        self._told_at = self._clock()
