"""A small synthetic chart as FHIR resources, to seed any server with; ids carry a prefix so that tests do not meet."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import requests

X = "https://coder.example/fhir"
NOTE = b"DISCHARGE SUMMARY\nAcute on chronic systolic heart failure. Creatinine 2.4 mg/dL, baseline 1.0.\n"
PAGE = b"<html><body><h1>Progress note</h1><p>Patient <b>improving</b>.</p><script>alert(1)</script></body></html>"

Resource = dict[str, Any]


def concept(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def chart(prefix: str, coder: str) -> list[Resource]:
    """One inpatient stay: task, encounter, people, two documents, results, drugs, problems, payer."""

    def ref(kind: str, name: str) -> Resource:
        return {"reference": f"{kind}/{prefix}{name}"}

    def document(name: str, kind: str, body: bytes, loinc: str, title: str) -> list[Resource]:
        attachment = {
            "contentType": kind, "url": f"Binary/{prefix}b-{name}", "size": len(body), "title": title,
            "hash": base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode(),
        }  # fmt: skip
        return [
            {"resourceType": "Binary", "id": f"{prefix}b-{name}", "contentType": kind,
             "data": base64.b64encode(body).decode()},
            {"resourceType": "DocumentReference", "id": f"{prefix}{name}", "status": "current", "docStatus": "final",
             "type": concept("http://loinc.org", loinc, title), "subject": ref("Patient", "p"),
             "date": "2026-11-14T15:00:00Z", "author": [ref("Practitioner", "dr")],
             "content": [{"attachment": attachment}], "context": {"encounter": [ref("Encounter", "e")]}},
        ]  # fmt: skip

    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return [
        {"resourceType": "Practitioner", "id": coder, "name": [{"family": "Coder", "given": ["Casey"]}]},
        {"resourceType": "Practitioner", "id": f"{prefix}dr", "name": [{"family": "Ortiz", "given": ["Elena"]}],
         "qualification": [{"code": {"text": "MD"}}]},
        {"resourceType": "Organization", "id": f"{prefix}org", "name": "Lakemere Regional Medical Center"},
        {"resourceType": "Patient", "id": f"{prefix}p", "gender": "male", "birthDate": "1952-03-14",
         "identifier": [{"type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"), "value": "00482913"}],
         "name": [{"use": "official", "family": "Brannigan", "given": ["Harold", "James"]}]},
        {"resourceType": "Coverage", "id": f"{prefix}cov", "status": "active", "beneficiary": ref("Patient", "p"),
         "payor": [{"display": "Medicare Part A"}]},
        {"resourceType": "Encounter", "id": f"{prefix}e", "status": "finished",
         "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
         "identifier": [{"type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "AN"),
                         "value": f"ACCT-{prefix}1"}],
         "subject": ref("Patient", "p"), "serviceProvider": ref("Organization", "org"),
         "participant": [{"type": [concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "ATND")],
                          "individual": ref("Practitioner", "dr")}],
         "period": {"start": "2026-11-09T14:20:00-05:00", "end": "2026-11-14T11:05:00-05:00"},
         "hospitalization": {"dischargeDisposition": concept("https://www.nubc.org/CodeSystem/PatDischargeStatus",
                                                             "01")}},
        *document("d1", "text/plain", NOTE, "18842-5", "Discharge summary"),
        *document("d2", "text/html", PAGE, "11506-3", "Progress note"),
        {"resourceType": "Observation", "id": f"{prefix}o1", "status": "final",
         "category": [concept(category, "laboratory")], "code": concept("http://loinc.org", "2160-0", "Creatinine"),
         "subject": ref("Patient", "p"), "encounter": ref("Encounter", "e"),
         "effectiveDateTime": "2026-11-09T15:00:00Z", "valueQuantity": {"value": 2.4, "unit": "mg/dL"},
         "interpretation": [concept("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "H")],
         "referenceRange": [{"low": {"value": 0.6}, "high": {"value": 1.1}}]},
        {"resourceType": "MedicationRequest", "id": f"{prefix}m1", "status": "completed", "intent": "order",
         "medicationCodeableConcept": {"text": "Furosemide"}, "subject": ref("Patient", "p"),
         "encounter": ref("Encounter", "e"), "dosageInstruction": [{"text": "40 mg IV twice daily"}]},
        {"resourceType": "MedicationAdministration", "id": f"{prefix}ma1", "status": "completed",
         "medicationCodeableConcept": {"text": "Furosemide"}, "subject": ref("Patient", "p"),
         "context": ref("Encounter", "e"), "effectiveDateTime": "2026-11-09T16:30:00Z",
         "request": ref("MedicationRequest", "m1")},
        {"resourceType": "Condition", "id": f"{prefix}c1", "code": {"text": "Heart failure"},
         "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
         "category": [concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")],
         "subject": ref("Patient", "p"), "onsetDateTime": "2021"},
        task(prefix, coder),
    ]  # fmt: skip


def task(prefix: str, coder: str, **changes: object) -> Resource:
    made: Resource = {
        "resourceType": "Task", "id": f"{prefix}t", "status": "requested", "intent": "order", "priority": "urgent",
        "code": concept(f"{X}/CodeSystem/coding-task", "code-encounter"),
        "focus": {"reference": f"Encounter/{prefix}e"}, "for": {"reference": f"Patient/{prefix}p"},
        "encounter": {"reference": f"Encounter/{prefix}e"}, "owner": {"reference": f"Practitioner/{coder}"},
        "groupIdentifier": {"system": f"{X}/sid/worklist", "value": "INPT-MEDICINE"},
        "restriction": {"period": {"end": "2026-11-26T23:59:59Z"}},
    }  # fmt: skip
    return {**made, **changes}


def put(base: str, *resources: Resource, token: str = "") -> None:
    """PUT resources under their ids."""
    headers = {"Content-Type": "application/fhir+json", **({"Authorization": f"Bearer {token}"} if token else {})}
    for resource in resources:
        url = f"{base}/{resource['resourceType']}/{resource['id']}"
        answer = requests.put(url, json=resource, headers=headers, timeout=20)
        assert answer.ok, f"{resource['resourceType']}: {answer.status_code} {answer.text[:300]}"


def get(base: str, reference: str, token: str = "") -> Resource:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.get(f"{base}/{reference}", headers=headers, timeout=20)
    assert answer.ok, answer.text[:300]
    found: Resource = answer.json()
    return found
