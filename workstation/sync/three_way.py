"""When the server has another version: what it means for a letter based on an older one."""

from __future__ import annotations

from enum import Enum
from typing import Any

from workstation.domain.mirror import GONE_STATES
from workstation.fhir.incoming import claim_of_task
from workstation.fhir.outgoing import TaskChange, is_coded_result
from workstation.fhir.reading import at, code, each, reference_id, text

Resource = dict[str, Any]


class Verdict(Enum):
    """What to do with the letter."""

    ALREADY_THERE = "the server has it; only its answer was lost"
    WITHDRAWN = "the assignment is no longer this coder's"
    REAPPLY = "only what the server owns has changed"
    CONFLICT = "somebody else changed what this letter changes"


def compare(base: Resource, theirs: Resource, change: TaskChange, me: str, claim: str) -> Verdict:
    """Base as it was decided upon, theirs as it is now. `claim` is the coded result's reference when it is known."""
    if text(theirs, "status") in GONE_STATES and text(theirs, "status") != change.status:
        return Verdict.WITHDRAWN
    if reference_id(at(theirs, "owner"), "Practitioner") not in ("", me):
        return Verdict.WITHDRAWN
    if says(theirs, change) and (not claim or claim_of_task(theirs) == claim):
        return Verdict.ALREADY_THERE
    return Verdict.REAPPLY if _standing(base) == _standing(theirs) else Verdict.CONFLICT


def says(task: Resource, change: TaskChange) -> bool:
    """Whether a task stands as a letter wanted it."""
    return (
        text(task, "status") == change.status
        and code(at(task, "businessStatus")) == change.business_status
        and text(task, "statusReason", "text") == change.reason
    )


def _standing(task: Resource) -> tuple[str, str, str, list[str]]:
    """What coders decide of a task; the rest (due date, priority, notes) belongs to those who assign."""
    results = [
        text(output, "valueReference", "reference") for output in each(task, "output") if is_coded_result(output)
    ]
    return (
        text(task, "status"),
        code(at(task, "businessStatus")),
        text(task, "statusReason", "text"),
        sorted(results),
    )
