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
