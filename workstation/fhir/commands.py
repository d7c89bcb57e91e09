"""Commands to this device: Tasks it owns, with the organisation's signature where one is required, answered with a receipt."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from workstation.errors import Conflict
from workstation.fhir.client import Stored
from workstation.fhir.systems import COMMAND_SIGNATURE, DEVICE_COMMAND, DEVICE_COMMAND_OUTPUT

KINDS = ("wipe", "lock")


class CommandServer(Protocol):
    """The part of `FhirClient` used here."""

    def read(self, reference: str) -> Stored: ...
    def search(self, kind: str, params: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], ...]: ...
    def update(self, resource: dict[str, Any], *, if_match: str = "") -> Stored: ...


@dataclass(frozen=True, slots=True)
class Command:
    """An order to this device. Single use: by task id and version, and by its identifier where it is signed."""

    task: str  # Task/id
    version: str
    kind: str  # wipe | lock
    identifier: str = ""
    authored_on: str = ""
    signature: bytes = b""


def commands(server: CommandServer, device: str) -> tuple[Command, ...]:
    """Orders that wait for this device, and for no other."""
    found = []
    for task in server.search("Task", [("owner", device), ("status", "requested")]):
        owner = _fields(task.get("owner")).get("reference", "")
        kinds = [
            str(one.get("code"))
            for one in _list(_fields(task.get("code")).get("coding"))
            if one.get("system") == DEVICE_COMMAND
        ]
        mine = str(owner) == device or str(owner).endswith(f"/{device}")
        if kinds and mine and task.get("status") == "requested" and task.get("id"):
            named = [str(one.get("value", "")) for one in _list(task.get("identifier"))]
            found.append(
                Command(
                    f"Task/{task['id']}",
                    str(_fields(task.get("meta")).get("versionId", "")),
                    kinds[0],
                    named[0] if named else "",
                    str(task.get("authoredOn", "")),
                    _signature(task),
                )
            )
    return tuple(found)


def signed_bytes(command: Command, installation: str) -> bytes:
    """What the organisation signs: this kind of order, to this installation, under this identifier, at that time."""
    body = {
        "authoredOn": command.authored_on,
        "device": installation,
        "identifier": command.identifier,
        "kind": command.kind,
    }
    return b"device-command-v1\n" + json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def refusal(command: Command, installation: str, public_key: bytes, spent: frozenset[str]) -> str:
    """Why a command must not be obeyed, as a reason code; empty when it may.

    `public_key` is the organisation's Ed25519 key from its policies; without one the authenticated server's
    word counts. `spent` are the identifiers and `task/version`s that were obeyed before.
    """
    if command.kind not in KINDS:
        return "unknown"
    if f"{command.task}/{command.version}" in spent:
        return "replayed"
    if not public_key:
        return ""
    if not command.signature:
        return "unsigned"
    if not command.identifier or command.identifier in spent:
        return "replayed" if command.identifier else "unnamed"
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(command.signature, signed_bytes(command, installation))
    except (InvalidSignature, ValueError):
        return "forged"
    return ""


def complete(server: CommandServer, command: Command, receipt: str = "") -> None:
    """Tell the server that an order was carried out, with the device's signed receipt; told before is fine."""
    output = {
        "type": {"coding": [{"system": DEVICE_COMMAND_OUTPUT, "code": "receipt"}]},
        "valueString": receipt,
    }
    _settle(server, command, {"status": "completed", **({"output": [output]} if receipt else {})})


def reject(server: CommandServer, command: Command, why: str) -> None:
    """Tell the server that an order was refused, and for what reason."""
    reason = {"coding": [{"system": DEVICE_COMMAND_OUTPUT, "code": why}]}
    _settle(server, command, {"status": "rejected", "statusReason": reason})


def _settle(server: CommandServer, command: Command, changes: dict[str, Any]) -> None:
    stored = server.read(command.task)
    if stored.resource.get("status") == changes["status"]:
        return
    try:
        server.update({**stored.resource, **changes}, if_match=stored.version)
    except Conflict:
        if server.read(command.task).resource.get("status") != changes["status"]:
            raise


def _signature(task: dict[str, Any]) -> bytes:
    for extension in _list(task.get("extension")):
        if extension.get("url") == COMMAND_SIGNATURE:
            try:
                return base64.b64decode(str(extension.get("valueBase64Binary", "")), validate=True)
            except (binascii.Error, ValueError):
                return b"?"  # there, and no signature: forged, not unsigned
    return b""


def _fields(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
