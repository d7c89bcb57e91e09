"""How every benchmark prints: medians, and each figure beside its floor in one line."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def show(name: str, values: Sequence[float], floors: Sequence[float] | None, unit: str = "ms") -> None:
    """`name=... value=... unit=... floor=... ratio=...`; the floor is measured in the same run, or absent."""
    value = statistics.median(values)
    line = f"name={name} value={value:.2f} unit={unit}"
    if floors:
        floor = statistics.median(floors)
        line += f" floor={floor:.2f} ratio={value / floor:.2f}"
    spread = f" min={min(values):.2f} max={max(values):.2f} n={len(values)}"
    print(line + spread, flush=True)
