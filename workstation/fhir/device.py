"""The device as the server knows it: its Device with the key its journal is signed by, and the policy it is under."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from workstation.domain.policy import Policy, within_floors
from workstation.errors import Conflict, MalformedAnswer, ServerRefused
from workstation.fhir.belonging import with_identifier
from workstation.fhir.client import Stored
from workstation.fhir.systems import JOURNAL_KEY, SID_INSTALLATION, SID_POLICY, WORKSTATION_POLICY

LONGEST = 1e9  # of any unit; beyond it a duration is a slip
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


class DeviceServer(Protocol):
    """The part of `FhirClient` used here."""

    def read(self, reference: str) -> Stored: ...
    def search(self, kind: str, params: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], ...]: ...
    def create(self, resource: dict[str, Any], *, if_none_exist: str = "") -> Stored: ...
    def update(self, resource: dict[str, Any], *, if_match: str = "") -> Stored: ...


class KeyOnServer(StrEnum):
    """Whether the server can check what this device signs."""

    UNKNOWN = ""  # not looked yet
    PUBLISHED = "published"
    REFUSED = "refused"  # the server does not let it be added
    OTHER = "other"  # the server has another key for this device, and it is not ours to replace


def enlist(server: DeviceServer, installation: str, version: str, journal_key: bytes = b"") -> str:
    """`Device/id` of this installation; made on the first call, safe to repeat."""
    query = f"identifier={SID_INSTALLATION}|{installation}"
    asked = server.search("Device", [("identifier", f"{SID_INSTALLATION}|{installation}")])
    for device in with_identifier(asked, SID_INSTALLATION, installation):
        if isinstance(device.get("id"), str):
            return f"Device/{device['id']}"
    stored = server.create(
        {
            "resourceType": "Device",
            "identifier": [{"system": SID_INSTALLATION, "value": installation}],
            "status": "active",
            "deviceName": [{"name": "Coder workstation", "type": "user-friendly-name"}],
            "version": [{"value": version}],
            **({"extension": [_key_extension(journal_key)]} if journal_key else {}),
        },
        if_none_exist=query,
    )
    named = stored.location or f"Device/{stored.resource.get('id') or ''}"
    if named == "Device/":
        raise MalformedAnswer("It does not say where the Device lies.")
    return named


def is_retired(device: Mapping[str, Any]) -> bool:
    """Whether the organisation has withdrawn this device."""
    return device.get("status") in ("inactive", "entered-in-error")


def journal_key_of(device: Mapping[str, Any]) -> bytes:
    """The Ed25519 key a Device says its journal is signed by; none when it says none, or nothing that can be one."""
    said = next((one for one in _list(device.get("extension")) if one.get("url") == JOURNAL_KEY), {})
    try:
        key = base64.b64decode(str(said.get("valueBase64Binary", "")), validate=True)
    except ValueError:
        return b""
    return key if len(key) == 32 else b""


def publish_key(server: DeviceServer, device: Stored, journal_key: bytes) -> KeyOnServer:
    """Add the key to a Device that has none: one enlisted by a program that did not publish it yet."""
    held = journal_key_of(device.resource)
    if held:
        return KeyOnServer.PUBLISHED if held == journal_key else KeyOnServer.OTHER
    kept = [one for one in _list(device.resource.get("extension")) if one.get("url") != JOURNAL_KEY]
    try:
        server.update({**device.resource, "extension": [*kept, _key_extension(journal_key)]}, if_match=device.version)
    except Conflict:
        return KeyOnServer.UNKNOWN  # somebody wrote it meanwhile: the next look tells
    except ServerRefused:
        return KeyOnServer.REFUSED
    return KeyOnServer.PUBLISHED


def _key_extension(journal_key: bytes) -> dict[str, Any]:
    return {"url": JOURNAL_KEY, "valueBase64Binary": base64.b64encode(journal_key).decode()}


def policy(server: DeviceServer, organisation: str) -> Policy | None:
    """The organisation's policy within the program's floors; None when it has set none."""
    asked = server.search("Basic", [("identifier", f"{SID_POLICY}|{organisation}")])
    for basic in with_identifier(asked, SID_POLICY, organisation):
        found = policy_from(basic)
        if found is not None:
            return found
    return None


def policy_from(basic: Mapping[str, Any]) -> Policy | None:
    """A policy from its Basic; what it leaves out or misspells stays as built in."""
    extension = next((one for one in _list(basic.get("extension")) if one.get("url") == WORKSTATION_POLICY), None)
    if extension is None:
        return None
    parts = _list(extension.get("extension"))
    fields: dict[str, Any] = {}
    for url, name in (
        ("idleLock", "idle_lock"),
        ("idleWarning", "idle_warning"),
        ("idleSignOut", "idle_sign_out"),
        ("cacheTtl", "cache_lifetime"),
        ("offlineMax", "lease"),
        ("dormantAfter", "dormant_after"),
        ("journalRetention", "journal_retention"),
        ("stepUpGrace", "step_up_grace"),
        ("queryDue", "query_due"),
        ("queryEscalate", "query_escalate"),
        ("queryExpire", "query_expire"),
        ("teachingApproval", "teaching_approval"),
        ("teachingKeep", "teaching_keep"),
    ):
        seconds = next((_seconds(part.get("valueDuration")) for part in parts if part.get("url") == url), None)
        if seconds is not None:
            fields[name] = seconds
    for url, name in (
        ("sharedWorkstation", "shared_workstation"),
        ("stepUpAtUnlock", "step_up_at_unlock"),
        ("codeCopy", "code_copy"),
    ):
        said = next((part.get("valueBoolean") for part in parts if part.get("url") == url), None)
        if isinstance(said, bool):
            fields[name] = said
    until = next((_moment(part.get("valueInstant")) for part in parts if part.get("url") == "captureUntil"), None)
    if until is not None:
        fields["capture_until"] = until
    asked = [part.get("valueCode") for part in parts if part.get("url") == "stepUpFor"]
    if asked:  # `none` takes the built-in ones away
        fields["step_up_for"] = frozenset(str(verb) for verb in asked if verb != "none")
    for url, name in (("queryRetention", "query_retention"), ("teachingDates", "teaching_dates")):
        code = next((part.get("valueCode") for part in parts if part.get("url") == url), None)
        if isinstance(code, str):
            fields[name] = code
    for url, name in (("minimumVersion", "minimum_version"), ("supportContact", "support_contact")):
        words = next((part.get("valueString") for part in parts if part.get("url") == url), None)
        if isinstance(words, str):
            fields[name] = words
    features = tuple(_feature(part) for part in parts if part.get("url") == "feature")
    levels = tuple(_edit_level(part) for part in parts if part.get("url") == "editLevel")
    version = str(_fields(basic.get("meta")).get("versionId", ""))
    return within_floors(
        Policy(
            version=f"{basic.get('id', '')}/{version}",
            features=features,
            edit_levels=levels,
            said=frozenset(fields)
            | {name for name, there in (("features", features), ("edit_levels", levels)) if there},
            **fields,
        )
    )


def _feature(part: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    inner = _list(part.get("extension"))
    role = next((str(one.get("valueCode")) for one in inner if one.get("url") == "role"), "")
    return role, tuple(str(one.get("valueCode")) for one in inner if one.get("url") == "allow")


def _edit_level(part: Mapping[str, Any]) -> tuple[str, str]:
    """(rule, WARNING or ERROR): an edit the organisation takes more seriously than we do."""
    inner = _list(part.get("extension"))
    rule = next((str(one.get("valueCode")) for one in inner if one.get("url") == "rule"), "")
    return rule, next((str(one.get("valueCode")).upper() for one in inner if one.get("url") == "level"), "")


def _moment(instant: object) -> int | None:
    """POSIX seconds of an instant; one without its zone names no moment."""
    try:
        moment = datetime.fromisoformat(str(instant))
        return int(moment.timestamp()) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _seconds(duration: object) -> int | None:
    fields = _fields(duration)
    value, unit = fields.get("value"), _SECONDS.get(str(fields.get("code") or fields.get("unit")))
    return int(value * unit) if isinstance(value, int | float) and unit and 0 < value < LONGEST else None


def _fields(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
