"""A small chart folder to serve, and small resources to send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workstation.fhir import systems

CHART = """
slug = "{slug}"
key_title = "A small chart"
setting = "{setting}"
coder = "{coder}"
[patient]
given = ["Sam"]
family = "Example"
sex = "female"
birth_date = 1951-04-02
mrn = "00000{number}"
phone = "440-555-0101"
line = "1 Main St"
city = "Lakemere"
state = "OH"
postal = "44107"
relative = {{ name = "Pat Example", relation = "son", phone = "440-555-0102" }}
[encounter]
account = "26110900{number}"
class = "{kind}"
start = 2026-11-09T14:20:00-05:00
end = 2026-11-12T11:05:00-05:00
service = "Medicine"
unit = "4 West"
admit_source = "1"
disposition = "01"
reason = "Shortness of breath"
admitting_diagnosis = "R06.02"
coverage = "Medicare Part A"
[[provider]]
id = "ortiz"
given = "Elena"
family = "Ortiz"
credential = "MD"
role = "attending"
[[document]]
file = "01-hp.txt"
type = "34117-2"
title = "History and physical"
author = "ortiz"
written = 2026-11-09T16:05:00-05:00
media = "text/plain"
[[document]]
file = "02-addendum.html"
type = "34117-2"
title = "Addendum"
author = "ortiz"
written = 2026-11-10T08:05:00-05:00
media = "text/html"
appends = "01-hp.txt"
[[document]]
generate = "flowsheet"
type = "34746-8"
title = "Nursing flowsheet"
author = "ortiz"
written = 2026-11-12T10:05:00-05:00
media = "text/plain"
[[lab]]
panel = "Basic metabolic panel"
loinc = "2160-0"
name = "Creatinine"
value = 1.9
unit = "mg/dL"
low = 0.7
high = 1.3
at = 2026-11-09T14:50:00-05:00
[[lab]]
loinc = "600-7"
name = "Blood culture"
value = "No growth"
at = 2026-11-09T14:50:00-05:00
[[vital]]
loinc = "59408-5"
name = "Oxygen saturation"
value = 84
unit = "%"
at = 2026-11-09T14:30:00-05:00
[[medication]]
name = "Furosemide"
dose = "40 mg"
route = "IV"
frequency = "twice daily"
given = [2026-11-09T16:30:00-05:00, 2026-11-10T04:30:00-05:00]
[[problem]]
text = "Heart failure"
onset = 2021
[key]
principal = "I50.9"
"""


def chart_folder(parent: Path, slug: str, *, coder: str = "dana", number: int = 1, **changes: str) -> Path:
    """A chart of its own folder; `changes` are lines to replace."""
    folder = parent / slug
    folder.mkdir(parents=True)
    text = CHART.format(slug=slug, coder=coder, number=number, setting="inpatient", kind="IMP")
    for old, new in changes.items():
        name, _, line = new.partition(" => ")
        assert name in text, old
        text = text.replace(name, line)
    (folder / "chart.toml").write_text(text, encoding="utf-8")
    (folder / "01-hp.txt").write_text("HISTORY AND PHYSICAL\nShort of breath — on 4 L.\n", encoding="utf-8")
    (folder / "02-addendum.html").write_text("<p>Seen again.</p>", encoding="utf-8")
    return folder


def charts(parent: Path, dana: int = 3, miguel: int = 2) -> Path:
    """A folder of charts for two coders."""
    for number in range(dana):
        chart_folder(parent, f"dana-{number}", number=number)
    for number in range(miguel):
        chart_folder(parent, f"miguel-{number}", coder="miguel", number=number + dana)
    return parent


def claim(task: dict[str, Any], result: str, *, user: str = "dana") -> dict[str, Any]:
    """The smallest coded result of a task."""
    kind = {"coding": [{"system": systems.CLAIM_TYPE, "code": "institutional"}]}
    priority = {"coding": [{"system": systems.PROCESS_PRIORITY, "code": "normal"}]}
    principal = {"coding": [{"system": systems.DIAGNOSIS_TYPE, "code": "principal"}]}
    code = {"coding": [{"system": systems.ICD10CM, "version": "2027", "code": "I50.9"}]}
    return {
        "resourceType": "Claim",
        "identifier": [{"system": systems.SID_CODED_RESULT, "value": result}],
        "status": "active",
        "type": kind,
        "use": "claim",
        "patient": task["for"],
        "created": "2026-11-24T10:00:00Z",
        "enterer": {"reference": f"Practitioner/{user}"},
        "provider": {"reference": "Organization/lakemere"},
        "priority": priority,
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": code, "type": [principal]}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "not known to coding"}}],
    }


def hand_in(task: dict[str, Any], result: str, *, version: str = "") -> dict[str, Any]:
    """The transaction a coder's workstation sends: the result, and its task completed."""
    urn = f"urn:uuid:{result}"
    output = {
        "type": {"coding": [{"system": systems.CODING_TASK_OUTPUT, "code": "coded-result"}]},
        "valueReference": {"reference": urn},
    }
    query = f"identifier={systems.SID_CODED_RESULT}|{result}"
    done = {**task, "status": "completed", "output": [output]}
    put = {"method": "PUT", "url": f"Task/{task['id']}", "ifMatch": f'W/"{version or task["meta"]["versionId"]}"'}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": urn,
                "resource": claim(task, result),
                "request": {"method": "POST", "url": "Claim", "ifNoneExist": query},
            },
            {"resource": done, "request": put},
        ],
    }


def audit_event(name: str, action: str = "E") -> dict[str, Any]:
    who = {"who": {"reference": "Practitioner/dana"}, "requestor": True}
    return {
        "resourceType": "AuditEvent",
        "id": name,
        "meta": {"tag": [{"system": systems.SID_AUDIT_EVENT, "code": name}]},
        "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110114"},
        "action": action,
        "recorded": "2026-11-24T10:00:00.123Z",
        "outcome": "0",
        "agent": [who],
        "source": {"observer": {"display": "workstation"}},
    }


def device(installation: str) -> dict[str, Any]:
    return {
        "resourceType": "Device",
        "identifier": [{"system": systems.SID_INSTALLATION, "value": installation}],
        "status": "active",
    }


def query(task: dict[str, Any], words: str) -> dict[str, Any]:
    """A provider query about a task's encounter."""
    return {
        "resourceType": "CommunicationRequest",
        "status": "active",
        "subject": task["for"],
        "encounter": task["encounter"],
        "requester": {"reference": "Practitioner/dana"},
        "payload": [{"contentString": words}, {"contentString": "[ ] Yes, acute  [ ] No  [ ] Unable to determine"}],
    }
