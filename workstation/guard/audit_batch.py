"""A batch of audit events on the wire: how each is asked for, how many fit, and whether a copy says the same."""

from __future__ import annotations

import json
from typing import Any

from workstation.fhir.capabilities import WriteStrategy
from workstation.fhir.reading import each, text
from workstation.fhir.systems import SID_AUDIT_EVENT

MOST_ENTRIES = 100
MOST_BYTES = 512 * 1024

Resource = dict[str, Any]


def batch_of(events: list[Resource], strategy: WriteStrategy) -> Resource:
    """A Bundle that brings these events."""
    return {"resourceType": "Bundle", "type": "batch", "entry": [_entry(event, strategy) for event in events]}


def _entry(event: Resource, strategy: WriteStrategy) -> Resource:
    if strategy is WriteStrategy.OWN_ID:
        request = {"method": "PUT", "url": f"AuditEvent/{event['id']}"}
    elif strategy is WriteStrategy.BY_TAG:
        request = {"method": "POST", "url": "AuditEvent", "ifNoneExist": tag_of(event)}
    else:
        request = {"method": "POST", "url": "AuditEvent"}
    return {"resource": event, "request": request}


def tag_of(event: Resource) -> str:
    return f"_tag={SID_AUDIT_EVENT}|{event['id']}"


def first_of(events: list[Resource], most: int) -> list[Resource]:
    """The first events that fit in one request; always at least one."""
    size = 0
    chosen: list[Resource] = []
    for event in events[:most]:
        size += len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()) + 200
        if chosen and size > MOST_BYTES:
            break
        chosen.append(event)
    return chosen


def names_of(event: Resource) -> frozenset[str]:
    """What an AuditEvent is called by: its id and its tags."""
    if event.get("resourceType") != "AuditEvent":
        return frozenset()
    return frozenset({text(event, "id"), *(text(tag, "code") for tag in each(event, "meta", "tag"))})


def is_same(ours: Resource, theirs: Resource) -> bool:
    """Whether the server's copy says what we said; it may add an id, a version, a narrative."""
    kept = ("type", "action", "recorded", "outcome")
    tagged = any(text(tag, "code") == ours["id"] for tag in each(theirs, "meta", "tag"))
    chained = ours["extension"][0] in each(theirs, "extension")
    return tagged and chained and all(theirs.get(name) == ours.get(name) for name in kept)
