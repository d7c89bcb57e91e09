"""Who may do what with a Task handed to the leads: a coder writes it of an assignment, a lead takes and settles it."""

from __future__ import annotations

from typing import Any

from workstation.practice.outcomes import Refused
from workstation.practice.params import relative, values_at
from workstation.practice.store import Store

Resource = dict[str, Any]

CODE = "settle-hand-over"
_FIXED = (
    "identifier", "code", "partOf", "focus", "for", "encounter", "requester", "performerType", "reasonCode", "input", "note",
    "authoredOn", "intent",
)  # fmt: skip


def demand_new(store: Store, resource: Resource, me: str) -> None:
    """It names its author, an assignment and that one's encounter and patient, and nobody as owner. Raises Refused."""
    if _named(resource, "requester") != (me,):
        raise Refused(403, "What is handed over names who hands it over.", expression="Task.requester")
    if "owner" in resource or resource.get("status") != "requested":
        raise Refused(403, "A lead takes it of their own accord.", expression="Task.owner")
    if not list(values_at(resource, "reasonCode.coding")):
        raise Refused(422, "What is handed over says why, by a code.", expression="Task.reasonCode")
    assigned = [store.live(name) for name in _named(resource, "partOf")]
    for name in ("encounter", "for"):
        if not any(task is not None and _named(task.body, name) == _named(resource, name) for task in assigned):
            raise Refused(403, "It is not about an assignment of this hospital.", expression=f"Task.{name}")


def demand_change(resource: Resource, before: Resource, me: str, roles: frozenset[str]) -> None:
    """A lead's to move on, under their own name; who handed it over may take it back. Raises Refused."""
    changed = [name for name in _FIXED if resource.get(name) != before.get(name)]
    if changed:
        raise Refused(403, f"Task.{changed[0]} stays as it was handed over.", expression=f"Task.{changed[0]}")
    if before.get("status") in ("completed", "cancelled"):
        raise Refused(403, "It is settled already.")
    if me in _named(before, "requester") and resource.get("status") == "cancelled":
        return
    if "lead" not in roles:
        raise Refused(403, "A lead settles what was handed over.")
    if _named(before, "owner") not in ((), (me,)) or _named(resource, "owner") != (me,):
        raise Refused(403, "Another lead has taken it.", expression="Task.owner")


def _named(body: Resource, path: str) -> tuple[str, ...]:
    return tuple(relative(found) for found in values_at(body, f"{path}.reference") if isinstance(found, str))
