"""Keeps the GUI thread moving beside threads that work: short turns of the interpreter, a light garbage collection."""

from __future__ import annotations

import gc
import sys

TURN = 0.0005  # seconds


def steady() -> None:
    """Once, when everything is imported and the windows are built.

    With Python's own turns of 5 ms, three threads at work kept the GUI thread waiting for 14 ms at the 99th
    percentile of a first sync; with these, 6. A whole collection over everything a desk has imported held the
    interpreter for 35 ms; what is there now lives as long as the process and need not be looked at again: 3 to 11.
    """
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()
