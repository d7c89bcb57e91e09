"""The CapabilityStatement: what this server can do, and nothing it cannot."""

from __future__ import annotations

from typing import Any

from workstation.fhir.systems import JOURNAL_RECEIPTS
from workstation.practice.engine import OWN_IDS
from workstation.practice.params import COMMON, PARAMS, REFERENCE
from workstation.practice.receipts import WELL_KNOWN

WRITABLE = frozenset({"AuditEvent", "Claim", "Communication", "CommunicationRequest", "Device", "Task"})


def statement(base: str) -> dict[str, Any]:
    """Derived from the same tables the server works with."""
    return {
        "resourceType": "CapabilityStatement",
        "extension": [{"url": JOURNAL_RECEIPTS, "valueUrl": f"{base}{WELL_KNOWN}"}],
        "status": "active",
        "date": "2026-11-01",
        "kind": "instance",
        "software": {"name": "Coder Workstation practice server"},
        "implementation": {"description": "A practice hospital with synthetic charts", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                                    "code": "SMART-on-FHIR",
                                }
                            ]
                        }
                    ],
                },
                "resource": [_resource(kind) for kind in sorted(PARAMS)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(kind: str) -> dict[str, Any]:
    codes = ["read"] if kind == "Binary" else ["read", "search-type"]
    if kind in WRITABLE:
        codes += ["update"] if kind == "Task" else ["create", "update"]
    own = [{"name": name, "type": typed} for name, (typed, _) in sorted(PARAMS[kind].items())]
    shared = [{"name": name, "type": typed} for name, typed in COMMON.items()]
    includes = [f"{kind}:{name}" for name, (typed, _) in sorted(PARAMS[kind].items()) if typed == REFERENCE]
    return {
        "type": kind,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update" if kind in WRITABLE else "versioned",
        "readHistory": False,
        "updateCreate": kind in OWN_IDS,
        "conditionalCreate": kind in WRITABLE - {"Task"},
        "conditionalRead": "not-match",
        "searchParam": [*shared, *own],
        **({"searchInclude": includes} if includes else {}),
    }
