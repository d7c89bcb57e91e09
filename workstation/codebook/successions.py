"""Build: successors the packaged conversion table does not hold yet: codes ended on 2026-09-30."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

_DAY = 20261001

# Codes that became headings hand over to every code below them.
_DIVIDED = (
    "D691", "I420", "I428", "I498", "M722", "M868X1", "M868X2", "M868X3", "M868X4", "M868X5", "M868X6", "M868X7",
    "M868X8", "Z681", "Z87890",
)  # fmt: skip


def own_successions(codes: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """(old, new, effective day) for this October; `codes` is sorted."""
    for old in _DIVIDED:
        at = bisect_left(codes, old)
        while at < len(codes) and codes[at].startswith(old):
            if codes[at] != old:
                yield old, codes[at], _DAY
            at += 1
    # Other organic solvents were divided one character earlier: T52.8X1A into T52.811A, T52.821A, T52.891A.
    for intent in "1234":
        for seventh in "ADS":
            for kind in "129":
                yield f"T528X{intent}{seventh}", f"T528{kind}{intent}{seventh}", _DAY
