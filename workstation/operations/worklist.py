"""Load the worklist: most urgent first."""

from __future__ import annotations

from concurrent.futures import Future

from workstation.cache import worklist
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent
from workstation.domain.worklist import WorklistItem, in_order
from workstation.futures import apply


def load(desk: Desk) -> Future[tuple[WorklistItem, ...]]:
    """Every encounter that awaits this coder, in order of urgency."""
    found = desk.look(Intent(Act.VIEW_WORKLIST), worklist.rows)
    return apply(found, lambda rows: in_order(rows, desk.now()))


def refresh(desk: Desk) -> Future[tuple[WorklistItem, ...]]:
    """The worklist after a change, while it is on record that this coder looks at it: one view is one event."""
    return apply(desk.db.read(worklist.rows), lambda rows: in_order(rows, desk.now()))
