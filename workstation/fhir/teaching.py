"""Teaching copies on the wire: one Task from the request over the approval to the counts of what was taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.teaching.request import Candidate, NeedCode, TeachingTask
from workstation.fhir import systems
from workstation.fhir.incoming import resource_id, version
from workstation.fhir.outgoing import concept, instant
from workstation.fhir.query_in import identifier_of
from workstation.fhir.reading import at, code, codes, moment, reference, reference_id, text, words

Resource = dict[str, Any]

CODE = "teaching-copy"
#: All a desk reads of a request: which encounter it is about is not among it.
ELEMENTS = "identifier,status,code,reasonCode,description,requester,owner,authoredOn,restriction,statusReason"
#: What leads from a Task back to the chart; it goes when the copy is made.
LINKS = ("focus", "for", "encounter")


def request_task(key: str, need: NeedCode, topic: str, coder: Coder, now: datetime) -> Resource:
    """What is asked for: a need and a few words, no patient."""
    return {
        "resourceType": "Task",
        "identifier": [{"system": systems.SID_TEACHING, "value": key}],
        "status": "requested",
        "intent": "proposal",
        "priority": "routine",
        "code": concept(systems.CODING_TASK, CODE, "Teaching copy"),
        "description": topic.strip(),
        "authoredOn": instant(now),
        "lastModified": instant(now),
        "requester": {"reference": f"Practitioner/{coder.practitioner_id}"},
        "performerType": [concept(systems.CODING_ROLE, "lead")],
        "reasonCode": concept(systems.TEACHING_NEED, need.value),
    }


def approved(task: Resource, change: Mapping[str, Any], now: datetime) -> Resource:
    """With the encounter it is made of, the educator who makes it, and the end of the approval."""
    encounter = {"reference": change["encounter"]}
    return {
        **_moved(task, "accepted", now),
        "focus": encounter,
        "encounter": encounter,
        "for": {"reference": change["patient"]},
        "owner": {"reference": f"Practitioner/{change['owner']}"},
        "restriction": {"period": {"end": change["until"]}},
    }


def ended(task: Resource, status: str, reason: str, now: datetime) -> Resource:
    """Refused, withdrawn or recalled; it names no encounter any more."""
    moved = {key: value for key, value in _moved(task, status, now).items() if key not in LINKS}
    return {**moved, "statusReason": {"text": reason}} if reason else moved


def completed(task: Resource, counts: Mapping[str, int], now: datetime) -> Resource:
    """The copy is made: what was taken out is counted, and the way back to the encounter is cut."""
    moved = {key: value for key, value in _moved(task, "completed", now).items() if key not in LINKS}
    output = [{"type": concept(systems.TEACHING_OUTPUT, kind), "valueInteger": count} for kind, count in counts.items()]
    return {**moved, "output": output} if output else moved


def _moved(task: Resource, status: str, now: datetime) -> Resource:
    kept = {key: value for key, value in task.items() if key not in ("meta", "statusReason")}
    return {**kept, "status": status, "lastModified": instant(now)}


# ---------------------------------------------------------------- what comes


def is_teaching(resource: Resource) -> bool:
    return resource.get("resourceType") == "Task" and CODE in codes(at(resource, "code"), systems.CODING_TASK)


def teaching_task(resource: Resource) -> TeachingTask:
    """The request without its encounter. Raises MalformedAnswer without an id."""
    return TeachingTask(
        id=resource_id(resource),
        version=version(resource),
        key=identifier_of(resource, systems.SID_TEACHING),
        status=text(resource, "status"),
        need=code(at(resource, "reasonCode"), systems.TEACHING_NEED),
        topic=text(resource, "description")[:200],
        requester=reference_id(at(resource, "requester"), "Practitioner"),
        owner=reference_id(at(resource, "owner"), "Practitioner"),
        asked_at=moment(resource.get("authoredOn")),
        until=moment(at(resource, "restriction", "period", "end")),
        reason=words(at(resource, "statusReason"))[:400],
    )


def links(resource: Resource) -> tuple[str, str]:
    """(encounter id, patient id) of an approved request, for the moment of making alone."""
    encounter = reference_id(at(resource, "encounter"), "Encounter") or reference_id(at(resource, "focus"), "Encounter")
    return encounter, reference_id(at(resource, "for"), "Patient")


def candidates(resources: Iterable[Resource]) -> tuple[Candidate, ...]:
    """The coding tasks that name an encounter and a patient, newest first."""
    found = [
        Candidate(
            identifier_of(task, systems.SID_CODING_TASK) or resource_id(task),
            text(task, "groupIdentifier", "value"),
            words(at(task, "businessStatus")) or text(task, "status"),
            reference_id(at(task, "owner"), "Practitioner"),
            moment(at(task, "meta", "lastUpdated")),
            reference(at(task, "encounter"), "Encounter") or reference(at(task, "focus"), "Encounter"),
            reference(at(task, "for"), "Patient"),
        )
        for task in resources
    ]
    whole = [each for each in found if each.encounter and each.patient]
    return tuple(sorted(whole, key=lambda c: (c.updated is not None, c.updated), reverse=True))


def holders(roles: Iterable[Resource]) -> tuple[str, ...]:
    """Practitioner ids of PractitionerRoles in force."""
    active = (role for role in roles if role.get("active") is not False)
    found = (reference_id(at(role, "practitioner"), "Practitioner") for role in active)
    return tuple(sorted({name for name in found if name}))


__all__ = [
    "CODE", "ELEMENTS", "approved", "candidates", "completed", "ended", "holders", "is_teaching",
    "links", "request_task", "teaching_task",
]  # fmt: skip
