"""The practice hospital's key for commands to devices, made once for a data folder, and its signature on one."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from workstation.fhir import systems
from workstation.fhir.commands import Command, signed_bytes
from workstation.practice.store import Store


def _key(store: Store) -> Ed25519PrivateKey:
    made = store.fact(
        "command-key", lambda: base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    )
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(made))


def public_key(store: Store) -> str:
    """32 bytes in base64: the setting `command_key`."""
    return base64.b64encode(_key(store).public_key().public_bytes_raw()).decode()


def signature(store: Store, task: dict[str, Any], device: dict[str, Any]) -> dict[str, Any]:
    """The extension that says the hospital means it: over kind, installation, identifier and time of the order."""
    command = Command(
        task=f"Task/{task['id']}",
        version="",
        kind=task["code"]["coding"][0]["code"],
        identifier=task["identifier"][0]["value"],
        authored_on=task["authoredOn"],
    )
    installation = next(
        (one["value"] for one in device.get("identifier", []) if one.get("system") == systems.SID_INSTALLATION), ""
    )
    signed = _key(store).sign(signed_bytes(command, installation))
    return {"url": systems.COMMAND_SIGNATURE, "valueBase64Binary": base64.b64encode(signed).decode()}
