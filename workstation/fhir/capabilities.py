"""What a CapabilityStatement says a server can do, read tolerantly, and how an AuditEvent is written there."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

Resource = dict[str, Any]


class WriteStrategy(StrEnum):
    """How this server takes an AuditEvent without ever storing it twice."""

    OWN_ID = "update-create"
    BY_TAG = "conditional-create"
    CHECK_FIRST = "check-first"


def resources(capabilities: Resource) -> dict[str, Resource]:
    """What is said of each resource type."""
    found: dict[str, Resource] = {}
    for rest in _list(capabilities.get("rest")):
        for one in _list(rest.get("resource")):
            if isinstance(one.get("type"), str):
                found[one["type"]] = one
    return found


def interactions(said: Resource) -> frozenset[str]:
    """`read`, `search-type`, `create`… of one type, or `batch` and `transaction` of a whole server."""
    return frozenset(str(one.get("code")) for one in _list(said.get("interaction")))


def system_interactions(capabilities: Resource) -> frozenset[str]:
    return frozenset(code for rest in _list(capabilities.get("rest")) for code in interactions(rest))


def strategy_of(capabilities: Resource) -> WriteStrategy:
    """What a CapabilityStatement allows for AuditEvent; the careful way when it says nothing."""
    if resources(capabilities).get("AuditEvent", {}).get("updateCreate") is True:
        return WriteStrategy.OWN_ID
    return second_strategy_of(capabilities)


def second_strategy_of(capabilities: Resource) -> WriteStrategy:
    """The way to take where own ids are not known, whatever was declared."""
    said = resources(capabilities).get("AuditEvent", {})
    return WriteStrategy.BY_TAG if said.get("conditionalCreate") is True else WriteStrategy.CHECK_FIRST


def _list(found: object) -> list[Resource]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
