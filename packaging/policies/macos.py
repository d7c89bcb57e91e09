"""For macOS: a configuration profile that writes the managed preferences, as an example to fill in."""

from __future__ import annotations

import plistlib
import uuid

from linux import SHARED, SITE, filled

from workstation.managed.sources import MACOS

BUNDLE = MACOS.stem


def profile() -> str:
    """One payload of managed preferences; the identifiers are made from names and never change."""
    values = {**filled(SITE), **SHARED, "ca": "/Library/Application Support/Coder Workstation/ca.pem"}
    read = {
        "PayloadContent": [
            {
                "PayloadDisplayName": "Coder Workstation",
                "PayloadIdentifier": f"{BUNDLE}.policies.managed",
                "PayloadType": BUNDLE,
                "PayloadUUID": _id("managed"),
                "PayloadVersion": 1,
                **values,
            }
        ],
        "PayloadDescription": "An example: a shared workstation of Coder Workstation. Fill in your own server and keys.",
        "PayloadDisplayName": "Coder Workstation",
        "PayloadIdentifier": f"{BUNDLE}.policies",
        "PayloadOrganization": "Hospital example",
        "PayloadScope": "System",
        "PayloadType": "Configuration",
        "PayloadUUID": _id("profile"),
        "PayloadVersion": 1,
    }
    return plistlib.dumps(read, sort_keys=True).decode()


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://coder.example/{BUNDLE}/{name}")).upper()
