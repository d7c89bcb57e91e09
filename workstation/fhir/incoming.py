"""What we read: tasks, people and coded results as values; missing shown, unknown kept, nonsense refused."""

from __future__ import annotations

import json
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.codes import Code
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.encounter import DocumentId, EncounterId, Passage, Patient, PatientId, TaskId
from workstation.domain.mirror import CodingTask
from workstation.errors import InvalidCode, MalformedAnswer
from workstation.fhir import systems
from workstation.fhir.reading import (
    at,
    code,
    codes,
    each,
    moment,
    reference_id,
    text,
    whole,
    whole_day,
    words,
)

__all__ = [
    "business_status", "claim_of_task", "coder", "coding_summary", "coding_task", "is_coding_task", "moment",
    "patient", "person_name", "resource_id", "version",
]  # fmt: skip

Resource = dict[str, Any]


def resource_id(resource: Resource) -> str:
    """The id of a resource. Raises MalformedAnswer without one."""
    found = text(resource, "id")
    if not found:
        raise MalformedAnswer("A resource has no id.")
    return found


def version(resource: Resource) -> str:
    return text(resource, "meta", "versionId") or text(resource, "meta", "lastUpdated")


def is_coding_task(resource: Resource) -> bool:
    kinds = codes(at(resource, "code"), systems.CODING_TASK)
    return resource.get("resourceType") == "Task" and "code-encounter" in kinds


def coding_task(resource: Resource) -> CodingTask:
    """One assignment. Raises MalformedAnswer when it names no encounter."""
    encounter = reference_id(at(resource, "encounter"), "Encounter") or reference_id(at(resource, "focus"), "Encounter")
    if not encounter:
        raise MalformedAnswer(f"Task/{resource_id(resource)} names no encounter.")
    group = at(resource, "groupIdentifier")
    return CodingTask(
        id=TaskId(resource_id(resource)),
        version=version(resource),
        encounter_id=EncounterId(encounter),
        patient_id=PatientId(reference_id(at(resource, "for"), "Patient")),
        status=text(resource, "status"),
        owner=reference_id(at(resource, "owner"), "Practitioner"),
        priority=text(resource, "priority") or "routine",
        due_at=moment(at(resource, "restriction", "period", "end")),
        last_updated=text(resource, "meta", "lastUpdated"),
        worklist=text(group, "value"),
        raw=json.dumps(resource, ensure_ascii=False),
    )


def business_status(task: Resource) -> str:
    return words(at(task, "businessStatus"))


def claim_of_task(task: Resource) -> str:
    """`Claim/id` of a task's coded result, "" when it has none."""
    for output in each(task, "output"):
        if "coded-result" in codes(output.get("type"), systems.CODING_TASK_OUTPUT):
            found = reference_id(output.get("valueReference"), "Claim")
            if found:
                return f"Claim/{found}"
    return ""


def person_name(resource: Resource) -> str:
    """A name as people say it: the official one first."""
    name = _name(resource)
    return text(name, "text") or " ".join(part for part in (*_given(name), text(name, "family")) if part)


def _name(resource: Resource) -> Resource:
    names = list(each(resource, "name"))
    return next((name for name in names if name.get("use") == "official"), names[0] if names else {})


def _given(name: Resource) -> tuple[str, ...]:
    found = at(name, "given")
    return tuple(text(word) for word in found if isinstance(word, str)) if isinstance(found, list) else ()


def patient(resource: Resource) -> Patient:
    """Who the chart is about."""
    name = _name(resource)
    numbers = [
        text(identifier, "value")
        for identifier in each(resource, "identifier")
        if code(identifier.get("type"), systems.IDENTIFIER_TYPE) == "MR" or identifier.get("system") == systems.SID_MRN
    ]
    return Patient(
        id=PatientId(resource_id(resource)),
        family=text(name, "family") or text(name, "text"),
        given=_given(name),
        sex=text(resource, "gender") or "unknown",
        birth_date=whole_day(resource.get("birthDate")),
        mrn=next((found for found in numbers if found), ""),
        phones=tuple(text(contact, "value") for contact in each(resource, "telecom") if text(contact, "value")),
        addresses=tuple(found for address in each(resource, "address") if (found := _address(address))),
        relatives=tuple(found for contact in each(resource, "contact") if (found := _relative(contact))),
    )


def _address(address: Resource) -> str:
    lines = at(address, "line")
    parts = [text(line) for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    town = " ".join(part for part in (text(address, "state"), text(address, "postalCode")) if part)
    return text(address, "text") or ", ".join(part for part in (*parts, text(address, "city"), town) if part)


def _relative(contact: Resource) -> str:
    name = person_name({"name": [contact.get("name") or {}]})
    relation = ", ".join(words(relation) for relation in each(contact, "relationship"))
    phones = ", ".join(text(phone, "value") for phone in each(contact, "telecom"))
    return ", ".join(part for part in (name, relation, phones) if part)


def coder(practitioner: Resource, roles: tuple[Resource, ...]) -> Coder:
    """The signed-in person with the roles the server issued (active PractitionerRoles)."""
    users = [text(i, "value") for i in each(practitioner, "identifier") if i.get("system") == systems.SID_USER]
    credentials = [words(q.get("code")) for q in each(practitioner, "qualification")]
    issued = {
        found
        for role in roles
        if role.get("active") is not False
        for concept in each(role, "code")
        for found in codes(concept, systems.CODING_ROLE)
    }
    known = resource_id(practitioner)
    return Coder(
        user=users[0] if users else known,
        practitioner_id=known,
        name=person_name(practitioner),
        credential=", ".join(c for c in credentials if c),
        roles=frozenset(issued),
    )


_SYSTEMS = {url: system for system, url in systems.CODE_SYSTEMS.items()}


def coding_summary(claim: Resource, encounter_id: EncounterId) -> CodingSummary:
    """A coded result as a summary. The principal is read from its type, never from the order."""
    lines: list[Line] = []
    principal: LineId | None = None
    for position, diagnosis in enumerate(each(claim, "diagnosis")):
        line = _line(f"d{position}", LineKind.DIAGNOSIS, diagnosis, at(diagnosis, "diagnosisCodeableConcept"))
        if line is None:
            continue
        kinds = [k for concept in each(diagnosis, "type") for k in codes(concept, systems.DIAGNOSIS_TYPE)]
        if "principal" in kinds and principal is None:
            principal = line.id
        lines.append(line)
    for position, procedure in enumerate(each(claim, "procedure")):
        line = _line(f"p{position}", LineKind.PROCEDURE, procedure, at(procedure, "procedureCodeableConcept"))
        lines.extend([line] if line else [])
    for position, service in enumerate(each(claim, "item")):
        line = _line(f"s{position}", LineKind.SERVICE, service, at(service, "productOrService"))
        lines.extend([line] if line else [])
    comments = [text(each_info, "valueString") for each_info in each(claim, "supportingInfo")]
    return CodingSummary(encounter_id, principal, tuple(lines), "\n".join(c for c in comments if c))


def _line(name: str, kind: LineKind, element: Resource, concept: object) -> Line | None:
    for coding in each(concept, "coding"):
        system = _SYSTEMS.get(text(coding, "system"))
        if system is None:
            continue
        try:
            parsed = Code.parse(system, text(coding, "code"))
        except InvalidCode:
            continue
        return Line(
            LineId(name),
            kind,
            parsed,
            text(coding, "display"),
            _poa(element.get("onAdmission")),
            whole_day(element.get("date") or element.get("servicedDate")),
            tuple(code(modifier) for modifier in each(element, "modifier")),
            _units(element),
            tuple(p for e in each(element, "extension") if (p := _passage(e))),
            next((text(e, "valueString") for e in each(element, "extension") if e.get("url") == systems.RATIONALE), ""),
        )
    return None


def _units(element: Resource) -> int:
    value = at(element, "quantity", "value")
    return int(value) if isinstance(value, int | float) and 0 < value < 10_000 else 1


def _poa(concept: object) -> PoaIndicator | None:
    try:
        return PoaIndicator(code(concept, systems.POA, systems.POA_OLD))
    except ValueError:
        return None


def _passage(extension: Resource) -> Passage | None:
    if extension.get("url") != systems.EVIDENCE:
        return None
    parts = {text(part, "url"): part for part in each(extension, "extension")}
    document = reference_id(at(parts.get("document"), "valueReference"), "DocumentReference")
    start, end = whole(at(parts.get("start"), "valueInteger")), whole(at(parts.get("end"), "valueInteger"))
    if not document or start is None or end is None:
        return None
    return Passage(DocumentId(document), start, end)
