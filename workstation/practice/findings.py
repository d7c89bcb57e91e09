"""Findings about a device's journal as audit events of the server's own: one for each, whoever asks how often."""

from __future__ import annotations

import uuid
from typing import Any

from workstation.fhir.audit_codes import DCM, coding
from workstation.fhir.systems import SID_AUDIT_EVENT, SID_INSTALLATION, X
from workstation.practice.judge import Fault, Finding
from workstation.practice.store import Store, Wanted, stamp

JOURNAL_FINDING = f"{X}/CodeSystem/journal-finding"
_NAMES = uuid.UUID("9d0fb1c4-2b0e-5c57-9a8e-6c3f0a7a5b11")
_WORDS = {
    Fault.GAP: "Audit events of a device did not arrive",
    Fault.FORK: "A device's journal exists in two versions: it was cloned, or changed",
    Fault.ROLLBACK: "A device's journal was turned back: a snapshot was restored",
    Fault.UNLINKED: "An audit event does not follow from the one before it",
    Fault.SIGNATURE: "A device's journal carries a signature that is not the device's",
}


def tell(store: Store, finding: Finding) -> None:
    """Raise it, unless it was raised before: its id says which finding it is."""
    name = str(uuid.uuid5(_NAMES, "|".join(map(str, (finding.device, finding.fault, finding.chain, finding.first)))))
    with store.whole():
        if store.get("AuditEvent", name) is None:
            store.put(_event(store, name, finding), "server")


def _event(store: Store, name: str, finding: Finding) -> dict[str, Any]:
    observer = {"display": "Practice server"}
    return {
        "resourceType": "AuditEvent",
        "id": name,
        "meta": {"tag": [{"system": SID_AUDIT_EVENT, "code": name}]},
        "type": coding(DCM, "110113", "Security Alert"),
        "subtype": [coding(JOURNAL_FINDING, finding.fault.value, _WORDS[finding.fault])],
        "action": "E",
        "recorded": stamp(store.now()),
        "outcome": "8",
        "outcomeDesc": f"{_WORDS[finding.fault]} (chain {finding.chain}, entries {finding.first} to {finding.last})",
        "agent": [
            {
                "type": {"coding": [coding(DCM, "110150", "Application")]},
                "who": observer,
                "requestor": False,
            }
        ],
        "source": {
            "observer": observer,
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")],
        },
        "entity": [
            {
                "what": _device(store, finding.device),
                "type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object"),
                "role": coding("http://terminology.hl7.org/CodeSystem/object-role", "13", "Security Resource"),
                "detail": [
                    {"type": kind, "valueString": str(value)}
                    for kind, value in (("chain", finding.chain), ("first", finding.first), ("last", finding.last))
                ],
            }
        ],
    }


def _device(store: Store, installation: str) -> dict[str, Any]:
    found = store.find("Device", [Wanted("identifier", (f"{SID_INSTALLATION}|{installation}",))], limit=1)
    named = {"reference": found[0].reference} if found else {}
    return {**named, "identifier": {"system": SID_INSTALLATION, "value": installation}}
