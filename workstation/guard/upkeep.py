"""The journal's upkeep: once a day what the server confirmed long ago goes, and every entry and page is read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from workstation.domain.audit import Act, Outcome
from workstation.errors import WorkstationError
from workstation.guard.recorder import Recorder
from workstation.host.clock import Clock
from workstation.journal.verdict import Verdict
from workstation.journal.verify import Progress

DAY = 24 * 3600.0
FIRST_READ = 600.0  # seconds after the start: the opening has read the newest entries
BREATH = 0.02  # seconds between two thousand entries: half the time belongs to the windows
STEPS_AT_ONCE = 50  # of pruning, then the uplink goes on with its own work


class _Ending(Exception):
    """The program ends while the journal is read."""


class Upkeep:
    """Runs on the uplink's thread. Each piece of pruning is a task of its own on the journal's thread: appends pass."""

    def __init__(
        self, recorder: Recorder, clock: Clock, read: Callable[[Progress], Verdict], is_ending: Callable[[], bool]
    ) -> None:
        self._recorder, self._clock = recorder, clock
        self._read, self._is_ending = read, is_ending
        self._prune_at = 0.0
        self._read_at = clock.boot() + FIRST_READ
        self._pruned = 0
        self.verdict: Verdict | None = None  # of the last whole reading

    def step(self, retention: int | None) -> None:
        """What is due now. `retention` is the policy's, None while the server has not been heard since the start."""
        now = self._clock.boot()
        with contextlib.suppress(WorkstationError):  # the next step tries again
            if retention is not None and now >= self._prune_at and self._prune(retention):
                self._prune_at = now + DAY
            if now >= self._read_at:
                self._read_at = now + DAY
                self._read_all()

    def _prune(self, retention: int) -> bool:
        """Some of it; whether nothing is left to delete."""
        before = self._clock.wall() - retention
        for _ in range(STEPS_AT_ONCE):
            if self._is_ending():
                return False
            gone = self._recorder.run(lambda journal: journal.prune(before)).result()
            self._pruned += gone
            if not gone:
                if self._pruned:
                    reason = f"{self._pruned} journal entries confirmed long ago"
                    self._recorder.event(Act.PURGE, "", reason=reason)
                self._pruned = 0
                return True
        return False

    def _read_all(self) -> None:
        """What the opening left to later. What is found is on record; the next start begins a new chain where it can."""

        def progress(_done: int, _of: int) -> None:
            if self._is_ending():
                raise _Ending
            time.sleep(BREATH)

        try:
            verdict = self._read(progress)
        except _Ending:
            return
        self.verdict = verdict
        if not verdict:
            reason = f"{verdict.findings[0]}; {len(verdict.findings)} in all"
            self._recorder.event(Act.AUDIT_FAILURE, "", reason=reason, outcome=Outcome.FAILED)
