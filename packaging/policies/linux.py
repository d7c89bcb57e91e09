"""For Linux: a JSON schema that editors and pipelines can check policy files with, and two examples."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from workstation.managed.rules import Kind, Rule
from workstation.managed.table import BY_NAME, ON_COMPUTER

_KEY = r"^[A-Za-z0-9+/]{43}=$"

SITE: dict[str, Any] = {
    "base": "https://fhir.hospital.example/r4",
    "ca": "/etc/opt/coder-workstation/ca.pem",
    "command_key": "",  # filled in below: a key of nobody's
    "idle_lock": 300,
    "lease": 12 * 3600,
    "minimum_version": "0.1.0",
    "organisation": "lakemere",
    "practice_allowed": False,
    "support_contact": "Service desk, 555-0100",
}
SHARED: dict[str, Any] = {
    "cache_lifetime": 4 * 3600,
    "dormant_after": 24 * 3600,
    "full_screen": True,
    "idle_lock": 120,
    "idle_sign_out": 600,
    "idle_warning": 20,
    "lease": 3600,
    "shared_workstation": True,
    "step_up_at_unlock": True,
}


def schema() -> str:
    read = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policies of Coder Workstation on a computer",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            rule.name: {"title": rule.title, "description": rule.meaning, **_type(rule)} for rule in ON_COMPUTER
        },
    }
    return json.dumps(read, indent=2, ensure_ascii=False) + "\n"


def _type(rule: Rule) -> dict[str, Any]:
    key = {"type": "string", "pattern": _KEY}
    match rule.kind:
        case Kind.SWITCH:
            return {"type": "boolean"}
        case Kind.SECONDS:
            return {"type": "integer", "minimum": rule.low, "maximum": rule.high}
        case Kind.PORTS:
            port = {"type": "integer", "minimum": rule.low, "maximum": rule.high}
            return {"type": "array", "minItems": 1, "items": port}
        case Kind.WORDS:
            return {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(rule.choices)}}
        case Kind.PINS:
            return {"type": "array", "minItems": 1, "items": key}
        case Kind.KEY:
            return key
        case Kind.URL:
            return {"type": "string", "pattern": "^https?://"}
        case Kind.VERSION:
            return {"type": "string", "pattern": r"^v?[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?$"}
        case Kind.MOMENT:
            return {"type": "string", "format": "date-time"}
    return {"type": "string"}


def example(values: dict[str, Any]) -> str:
    return json.dumps(filled(values), indent=2) + "\n"


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Keys of nobody's, so that an example deployed as it stands lets nobody's orders pass."""
    nobody = base64.b64encode(hashlib.sha256(b"example").digest()).decode()
    return {name: nobody if BY_NAME[name].kind is Kind.KEY else value for name, value in values.items()}
