"""Which entries of a chain are known to exist and have not come: runs of numbers, few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Run:
    """Entries `first` to `last`, missed since a time; `raised` once it is a finding."""

    first: int
    last: int
    since: float
    raised: bool = False


class Missing:
    """The runs below `known`: everything up to it either came or is in one of them."""

    def __init__(self, known: int, runs: Iterable[Run]) -> None:
        self.known = known
        self.runs = list(runs)

    def extend(self, known: int, came: Iterable[int], now: float) -> None:
        """All entries up to `known` exist; `came` are those beyond the former end that are here."""
        first = self.known + 1
        for seq in sorted(came):
            if seq > known:
                break
            if seq > first:
                self.runs.append(Run(first, seq - 1, now))
            first = seq + 1
        if first <= known:
            self.runs.append(Run(first, known, now))
        self.known = max(self.known, known)

    def came(self, seq: int) -> None:
        """One of them is here after all."""
        for at, run in enumerate(self.runs):
            if run.first <= seq <= run.last:
                left = [replace(run, last=seq - 1)] if seq > run.first else []
                right = [replace(run, first=seq + 1)] if seq < run.last else []
                self.runs[at : at + 1] = [*left, *right]
                return

    def overdue(self, before: float, excused: frozenset[int]) -> Iterator[Run]:
        """Runs missed since `before` that are no acts under way; each is told once."""
        kept: list[Run] = []
        late: list[Run] = []
        for run in self.runs:
            if run.raised or run.since > before:
                kept.append(run)
                continue
            for part, is_open in _parted(run, excused):
                kept.append(part if is_open else replace(part, raised=True))
                late += [] if is_open else [part]
        self.runs = kept
        yield from late

    @property
    def whole_to(self) -> int:
        """The last entry before which none is missing."""
        return self.runs[0].first - 1 if self.runs else self.known


def _parted(run: Run, excused: frozenset[int]) -> Iterator[tuple[Run, bool]]:
    """The run cut at the excused entries, each part with whether it is one of them."""
    first = run.first
    for seq in sorted(seq for seq in excused if run.first <= seq <= run.last):
        if seq > first:
            yield replace(run, first=first, last=seq - 1), False
        yield replace(run, first=seq, last=seq), True
        first = seq + 1
    if first <= run.last:
        yield replace(run, first=first), False
