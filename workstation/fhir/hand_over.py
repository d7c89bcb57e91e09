"""Handing to a lead on the wire: one Task in the leads' pool, with ids and codes of what failed and the coder's note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.encounter import EncounterId
from workstation.domain.hand_over import LONGEST_NOTE, Handed, Trouble
from workstation.fhir import systems
from workstation.fhir.incoming import resource_id, version
from workstation.fhir.outgoing import concept, instant
from workstation.fhir.reading import at, code, codes, each, moment, reference, reference_id, text

Resource = dict[str, Any]

CODE = "settle-hand-over"
OPEN = "requested,accepted,in-progress,on-hold"
DISPLAYS = {
    Trouble.REFUSED: "The server refuses the coded result",
    Trouble.CONFLICT: "The coded result conflicts with the server's",
    Trouble.WITHDRAWN: "The assignment was withdrawn while it was worked on",
}


@dataclass(frozen=True, slots=True)
class Failed:
    """What failed: ids alone. `result` is the identifier the coded result is sent under."""

    trouble: Trouble
    encounter_id: str
    patient_id: str
    coding_task: str
    http_status: int = 0
    result: str = ""
    claim: str = ""  # Claim/id when the server has one


def hand_over_task(key: str, failed: Failed, note: str, coder: Coder, now: datetime) -> Resource:
    """In the pool of the leads: no owner. The server's own words stay out: they may quote a chart."""
    me = {"reference": f"Practitioner/{coder.practitioner_id}"}
    reason = concept(systems.HAND_OVER_REASON, failed.trouble.value, DISPLAYS[failed.trouble])
    if failed.http_status:
        reason["coding"].append({"system": systems.HTTP_STATUS, "code": str(failed.http_status)})
    kind = concept(systems.CODING_TASK_INPUT, "coded-result", "Coded result")
    inputs: list[Resource] = []
    if failed.result:
        named = {"system": systems.SID_CODED_RESULT, "value": failed.result}
        inputs.append({"type": kind, "valueIdentifier": named})
    if failed.claim:
        inputs.append({"type": kind, "valueReference": {"reference": failed.claim}})
    encounter = {"reference": f"Encounter/{failed.encounter_id}"}
    body: Resource = {
        "resourceType": "Task",
        "identifier": [{"system": systems.SID_HAND_OVER, "value": key}],
        "partOf": [{"reference": f"Task/{failed.coding_task}"}],
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": concept(systems.CODING_TASK, CODE, "Handed to a lead"),
        "focus": {"reference": f"Task/{failed.coding_task}"},
        "for": {"reference": f"Patient/{failed.patient_id}"} if failed.patient_id else None,
        "encounter": encounter,
        "authoredOn": instant(now),
        "lastModified": instant(now),
        "requester": me,
        "performerType": [concept(systems.CODING_ROLE, "lead")],
        "reasonCode": reason,
        "note": [{"authorReference": me, "time": instant(now), "text": note}] if note else None,
        "input": inputs,
    }
    return {name: value for name, value in body.items() if value not in (None, [])}


def moved(task: Resource, change: Mapping[str, str], now: datetime) -> Resource:
    """Taken or settled by a lead; the rest is put back as it came."""
    kept = {name: value for name, value in task.items() if name != "meta"}
    owner = {"owner": {"reference": f"Practitioner/{change['owner']}"}} if change.get("owner") else {}
    return {**kept, **owner, "status": change["status"], "lastModified": instant(now)}


def is_hand_over(resource: Resource) -> bool:
    return resource.get("resourceType") == "Task" and CODE in codes(at(resource, "code"), systems.CODING_TASK)


def handed(resource: Resource) -> Handed:
    """Raises MalformedAnswer without an id."""
    results = [text(one, "valueReference", "reference") for one in each(resource, "input")]
    names = [text(one, "valueIdentifier", "value") for one in each(resource, "input")]
    return Handed(
        task_id=resource_id(resource),
        version=version(resource),
        status=text(resource, "status"),
        trouble=code(at(resource, "reasonCode"), systems.HAND_OVER_REASON),
        http_status=code(at(resource, "reasonCode"), systems.HTTP_STATUS),
        requester=reference_id(at(resource, "requester"), "Practitioner"),
        owner=reference_id(at(resource, "owner"), "Practitioner"),
        at=moment(resource.get("authoredOn")),
        encounter_id=EncounterId(reference_id(at(resource, "encounter"), "Encounter")),
        coding_task=reference(at(resource, "focus"), "Task").partition("/")[2],
        result=next((found for found in (*results, *names) if found), ""),
        note=next((text(one, "text") for one in each(resource, "note")), "")[:LONGEST_NOTE],
    )
