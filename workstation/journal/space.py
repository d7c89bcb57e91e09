"""How much room the journal has, and what each stage forbids: recording fails closed, in steps."""

from __future__ import annotations

import shutil
from enum import IntEnum
from pathlib import Path

from workstation.domain.audit import Act

LOW_BYTES = 500 * 1024 * 1024
NO_NEW_CHARTS_BYTES = 100 * 1024 * 1024
SLOWEST_COMMIT = 5.0  # seconds; a disk this slow is a disk that is failing


class Stage(IntEnum):
    """Worse is greater."""

    FINE = 0
    LOW = 1  # a banner
    NO_NEW_CHARTS = 2
    CLOSED = 3  # nothing can be recorded: save, lock, show no PHI


OPENS_A_CHART = frozenset({Act.VIEW_ENCOUNTER, Act.FETCH})


def free_bytes(folder: Path) -> int:
    """Room for this account on the journal's disk."""
    return shutil.disk_usage(folder).free


def stage_of(free: int) -> Stage:
    """What the room that is left allows."""
    if free < NO_NEW_CHARTS_BYTES:
        return Stage.NO_NEW_CHARTS
    return Stage.LOW if free < LOW_BYTES else Stage.FINE
