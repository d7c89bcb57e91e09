"""The search parameters the practice server knows, and the words under which a resource is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Resource = dict[str, Any]

TOKEN, REFERENCE, DATE, SPECIAL = "token", "reference", "date", "special"

_ENCOUNTER = {"encounter": (REFERENCE, "encounter")}
_SUBJECT = {"subject": (REFERENCE, "subject"), "patient": (REFERENCE, "subject")}
_IDENTIFIER = {"identifier": (TOKEN, "identifier")}
_STATUS = {"status": (TOKEN, "status")}
_CODE = {"code": (TOKEN, "code")}
_CATEGORY = {"category": (TOKEN, "category")}

COMMON = {"_id": TOKEN, "_lastUpdated": DATE, "_tag": TOKEN, "_security": TOKEN}

PARAMS: dict[str, dict[str, tuple[str, str]]] = {
    "AuditEvent": {
        "entity": (REFERENCE, "entity.what"),
        "agent": (REFERENCE, "agent.who"),
        "type": (TOKEN, "type"),
        "subtype": (TOKEN, "subtype"),
        "action": (TOKEN, "action"),
        "outcome": (TOKEN, "outcome"),
    },
    "Basic": {**_IDENTIFIER, **_CODE, "subject": (REFERENCE, "subject")},
    "Binary": {},
    "Claim": {**_IDENTIFIER, **_STATUS, "patient": (REFERENCE, "patient"), "enterer": (REFERENCE, "enterer")},
    "ClaimResponse": {**_IDENTIFIER, **_STATUS, "request": (REFERENCE, "request"), "patient": (REFERENCE, "patient")},
    "Communication": {
        **_IDENTIFIER, **_STATUS, **_CATEGORY, **_ENCOUNTER, **_SUBJECT, "based-on": (REFERENCE, "basedOn"),
        "recipient": (REFERENCE, "recipient"), "sender": (REFERENCE, "sender"), "part-of": (REFERENCE, "partOf"),
    },
    "CommunicationRequest": {
        **_IDENTIFIER, **_STATUS, **_CATEGORY, **_ENCOUNTER, **_SUBJECT, "requester": (REFERENCE, "requester"),
        "recipient": (REFERENCE, "recipient"),
    },
    "Condition": {**_IDENTIFIER, **_CATEGORY, **_CODE, **_ENCOUNTER, **_SUBJECT},
    "Coverage": {
        **_IDENTIFIER, **_STATUS, "beneficiary": (REFERENCE, "beneficiary"), "patient": (REFERENCE, "beneficiary"),
    },
    "Device": {**_IDENTIFIER, **_STATUS},
    "DocumentReference": {
        **_IDENTIFIER, **_STATUS, **_CATEGORY, **_SUBJECT, "encounter": (REFERENCE, "context.encounter"),
        "type": (TOKEN, "type"), "author": (REFERENCE, "author"), "relatesto": (REFERENCE, "relatesTo.target"),
    },
    "Encounter": {**_IDENTIFIER, **_STATUS, **_SUBJECT, "class": (TOKEN, "class")},
    "MedicationAdministration": {
        **_IDENTIFIER, **_STATUS, **_SUBJECT, "context": (REFERENCE, "context"), "request": (REFERENCE, "request"),
    },
    "MedicationRequest": {**_IDENTIFIER, **_STATUS, **_ENCOUNTER, **_SUBJECT},
    "Observation": {**_IDENTIFIER, **_STATUS, **_CATEGORY, **_CODE, **_ENCOUNTER, **_SUBJECT},
    "Organization": {**_IDENTIFIER},
    "Patient": {**_IDENTIFIER},
    "Practitioner": {**_IDENTIFIER, "active": (TOKEN, "active")},
    "PractitionerRole": {
        **_IDENTIFIER, "practitioner": (REFERENCE, "practitioner"), "organization": (REFERENCE, "organization"),
        "active": (TOKEN, "active"), "role": (TOKEN, "code"),
    },
    "Procedure": {**_IDENTIFIER, **_STATUS, **_CODE, **_ENCOUNTER, **_SUBJECT},
    "Task": {
        **_IDENTIFIER, **_STATUS, **_CODE, **_ENCOUNTER, "owner": (REFERENCE, "owner"), "focus": (REFERENCE, "focus"),
        "part-of": (REFERENCE, "partOf"), "group-identifier": (TOKEN, "groupIdentifier"),
        "business-status": (TOKEN, "businessStatus"), "priority": (TOKEN, "priority"),
        "performer": (TOKEN, "performerType"), "requester": (REFERENCE, "requester"), "patient": (REFERENCE, "for"),
        "subject": (REFERENCE, "for"),
    },
}  # fmt: skip


def terms(resource: Resource) -> set[tuple[str, str]]:
    """Every (parameter, value) a resource is found by."""
    found: set[tuple[str, str]] = set()
    for name, (kind, path) in PARAMS.get(resource.get("resourceType", ""), {}).items():
        for value in values_at(resource, path):
            found.update((name, word) for word in _words(kind, value))
    for name, path in (("_tag", "meta.tag"), ("_security", "meta.security")):
        for value in values_at(resource, path):
            found.update((name, word) for word in _words(TOKEN, value))
    return found


def values_at(value: object, path: str) -> Iterator[Any]:
    """What lies at a dotted path, through lists."""
    step, _, rest = path.partition(".")
    if isinstance(value, list):
        for element in value:
            yield from values_at(element, path)
    elif isinstance(value, dict) and step in value:
        found = value[step]
        if rest:
            yield from values_at(found, rest)
        elif isinstance(found, list):
            yield from found
        else:
            yield found


def relative(reference: str) -> str:
    """`Type/id` of a reference, absolute or relative, without a version."""
    parts = reference.partition("/_history/")[0].rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 and not reference.startswith("urn:") else reference


def references(value: object) -> Iterator[str]:
    """Every `reference` anywhere inside a resource."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "reference" and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def _words(kind: str, value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield value
    elif not isinstance(value, dict):
        return
    elif kind == REFERENCE:
        named = value.get("reference")
        if isinstance(named, str):
            yield relative(named)
            yield relative(named).rpartition("/")[2]
    elif "coding" in value:
        for coding in value["coding"]:
            yield from _token(coding.get("system"), coding.get("code"))
    else:
        yield from _token(value.get("system"), value.get("code", value.get("value")))


def _token(system: object, code: object) -> Iterator[str]:
    if isinstance(code, str):
        yield code
        yield f"{system if isinstance(system, str) else ''}|{code}"
    if isinstance(system, str):
        yield f"{system}|"
