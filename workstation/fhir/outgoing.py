"""What we write: a coding summary as a Claim, changes of a coding Task, and both as one small transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line
from workstation.domain.encounter import Encounter, Passage
from workstation.fhir import systems

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stamps:
    """What a summary was checked with: the code book's release and the edits' edition."""

    code_book: str
    edits: str


@dataclass(frozen=True, slots=True)
class TaskChange:
    """How a coding task moves on. Only what is named changes; the rest of the task is put back as it came."""

    status: str
    business_status: str = ""
    business_display: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "status": self.status,
            "business_status": self.business_status,
            "business_display": self.business_display,
            "reason": self.reason,
        }

    @classmethod
    def of_json(cls, body: dict[str, str]) -> TaskChange:
        return cls(**body)


STARTED = TaskChange("in-progress", "in-progress", "In progress")
CODED = TaskChange("completed", "final-coded", "Final coded")


def on_hold(reason: str) -> TaskChange:
    return TaskChange("on-hold", "on-hold", "On hold", reason)


def handed_back(reason: str) -> TaskChange:
    return TaskChange("rejected", "handed-back", "Handed back", reason)


def changed_task(task: Resource, change: TaskChange, at: datetime, claim: str = "") -> Resource:
    """The task with a change applied; `claim` is the reference of the coded result."""
    changed = {key: value for key, value in task.items() if key not in ("meta", "statusReason")}
    security = {key: value for key, value in task.get("meta", {}).items() if key not in ("versionId", "lastUpdated")}
    if security:
        changed["meta"] = security
    changed["status"] = change.status
    changed["lastModified"] = instant(at)
    if change.business_status:
        changed["businessStatus"] = concept(systems.CODING_STATUS, change.business_status, change.business_display)
    if change.reason:
        changed["statusReason"] = {"text": change.reason}
    if claim:
        others = [each for each in task.get("output", []) if not is_coded_result(each)]
        kind = concept(systems.CODING_TASK_OUTPUT, "coded-result")
        changed["output"] = [*others, {"type": kind, "valueReference": {"reference": claim, "type": "Claim"}}]
    return changed


def is_coded_result(output: object) -> bool:
    """Whether a Task.output is the coded result."""
    kind = output.get("type") if isinstance(output, dict) else None
    codings = kind.get("coding", []) if isinstance(kind, dict) else []
    return any(
        isinstance(c, dict) and c.get("system") == systems.CODING_TASK_OUTPUT and c.get("code") == "coded-result"
        for c in (codings if isinstance(codings, list) else [])
    )


def claim(
    encounter: Encounter,
    summary: CodingSummary,
    coder: Coder,
    result_id: str,
    stamps: Stamps,
    at: datetime,
    queries: tuple[str, ...] = (),
) -> Resource:
    """The coded result. `result_id` names it through all its versions and retries.

    `queries` are the answered provider queries it rests on, as `CommunicationRequest/id`.
    """
    on = encounter.service_date
    documents = sorted({p.document_id for line in summary.lines for p in line.evidence})
    period = _period(encounter)
    supporting: list[Resource] = []
    if encounter.disposition:
        supporting.append(
            _supporting("discharge-status", {"code": concept(systems.DISCHARGE_STATUS, encounter.disposition)})
        )
    if encounter.is_inpatient and period:
        supporting.append(_supporting("admissionperiod", {"timingPeriod": period}))
    for document in documents:
        reference = {"valueReference": {"reference": f"DocumentReference/{document}"}}
        supporting.append(_information(reference))
    supporting += [_information({"valueReference": {"reference": reference}}) for reference in queries]
    if summary.comment.strip():
        supporting.append(_information({"valueString": summary.comment.strip()}))
    diagnoses = [d for d in (summary.principal, *summary.secondary) if d is not None]
    body: Resource = {
        "resourceType": "Claim",
        "extension": [_stamps(stamps, summary)],
        "identifier": [{"system": systems.SID_CODED_RESULT, "value": result_id}],
        "status": "active",
        "type": concept(systems.CLAIM_TYPE, "institutional"),
        "subType": concept(systems.C4BB_INSTITUTIONAL_SUBTYPE, "inpatient" if encounter.is_inpatient else "outpatient"),
        "use": "claim",
        "patient": {"reference": f"Patient/{encounter.patient.id}"},
        "billablePeriod": period,
        "created": instant(at),
        "enterer": {"reference": f"Practitioner/{coder.practitioner_id}"},
        "provider": {"reference": encounter.provider_org_ref}
        if encounter.provider_org_ref
        else {"display": encounter.facility or "not known to coding"},
        "priority": concept(systems.PROCESS_PRIORITY, "normal"),
        "facility": {"display": encounter.facility} if encounter.facility else None,
        "careTeam": _care_team(encounter),
        "supportingInfo": _numbered(supporting),
        "diagnosis": _numbered([_diagnosis(line, line.id == summary.principal_id, on) for line in diagnoses]),
        "procedure": _numbered([_procedure(line, at == 0, on) for at, line in enumerate(summary.procedures)]),
        "insurance": [
            {
                "sequence": 1,
                "focal": True,
                "coverage": {"reference": encounter.coverage_ref}
                if encounter.coverage_ref
                else {"display": "not known to coding"},
            }
        ],
        "item": _numbered([_service(line, on) for line in summary.services]),
    }
    return {key: value for key, value in body.items() if value not in (None, [], {})}


def transaction(claim_entry: Resource | None, task: Resource, task_version: str) -> Resource:
    """At most two entries: the result under its identifier, and the task if it is still the version we know."""
    entries = [] if claim_entry is None else [claim_entry]
    request: Resource = {"method": "PUT", "url": f"Task/{task['id']}"}
    if task_version:
        request["ifMatch"] = f'W/"{task_version}"'
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [*entries, {"resource": task, "request": request}],
    }


def new_claim_entry(resource: Resource, result_id: str) -> Resource:
    """Create the result unless the server already has it: safe to send again."""
    return {
        "fullUrl": f"urn:uuid:{result_id}",
        "resource": resource,
        "request": {"method": "POST", "url": "Claim", "ifNoneExist": claim_query(result_id)},
    }


def changed_claim_entry(resource: Resource, claim_id: str, version: str) -> Resource:
    """Replace the result the server has by its corrected form."""
    return {
        "fullUrl": f"Claim/{claim_id}",
        "resource": {**resource, "id": claim_id},
        "request": {"method": "PUT", "url": f"Claim/{claim_id}", "ifMatch": f'W/"{version}"'},
    }


def claim_query(result_id: str) -> str:
    return f"identifier={systems.SID_CODED_RESULT}|{result_id}"


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def concept(system: str, code: str, display: str = "", version: str = "") -> Resource:
    coding = {"system": system, "version": version, "code": code, "display": display}
    return {"coding": [{key: value for key, value in coding.items() if value}]}


def fiscal_year(on: date | None) -> str:
    """The release ICD-10 codes of a day are taken from: it changes on October 1."""
    return "" if on is None else str(on.year + (on.month >= 10))


def _coded(line: Line, on: date | None) -> Resource:
    yearly = line.code.system in (CodeSystem.ICD10CM, CodeSystem.ICD10PCS)
    return _code(line.code, line.title, fiscal_year(on) if yearly else "")


def _code(code: Code, title: str, version: str = "") -> Resource:
    return concept(systems.CODE_SYSTEMS[code.system], code.value, title, version)


def _diagnosis(line: Line, principal: bool, on: date | None) -> Resource:
    kind = concept(systems.DIAGNOSIS_TYPE, "principal") if principal else concept(systems.C4BB_DIAGNOSIS_TYPE, "other")
    body: Resource = {"diagnosisCodeableConcept": _coded(line, on), "type": [kind]}
    if line.poa is not None:
        body["onAdmission"] = concept(systems.POA, line.poa.value)
    return _supported(line, body)


def _procedure(line: Line, first: bool, on: date | None) -> Resource:
    body: Resource = {
        "type": [concept(systems.C4BB_PROCEDURE_TYPE, "principal" if first else "other")],
        "procedureCodeableConcept": _coded(line, on),
    }
    if line.performed_on is not None:
        body["date"] = line.performed_on.isoformat()
    return _supported(line, body)


def _service(line: Line, on: date | None) -> Resource:
    body: Resource = {"productOrService": _coded(line, on), "quantity": {"value": line.units}}
    if line.modifiers:
        body["modifier"] = [concept(_modifier_system(modifier), modifier) for modifier in line.modifiers]
    served = line.performed_on or on
    if served is not None:
        body["servicedDate"] = served.isoformat()
    return _supported(line, body)


def _modifier_system(modifier: str) -> str:
    """Two digits are CPT's own modifiers; those with a letter belong to HCPCS Level II."""
    return systems.CPT if modifier.isdigit() else systems.HCPCS


def _supported(line: Line, body: Resource) -> Resource:
    extensions = [_evidence(passage) for passage in line.evidence]
    if line.rationale.strip():
        extensions.append({"url": systems.RATIONALE, "valueString": line.rationale.strip()})
    return {"extension": extensions, **body} if extensions else body


def _evidence(passage: Passage) -> Resource:
    return {
        "url": systems.EVIDENCE,
        "extension": [
            {"url": "document", "valueReference": {"reference": f"DocumentReference/{passage.document_id}"}},
            {"url": "start", "valueInteger": passage.start},
            {"url": "end", "valueInteger": passage.end},
        ],
    }


def _stamps(stamps: Stamps, summary: CodingSummary) -> Resource:
    parts = [("codeBook", stamps.code_book), ("edits", stamps.edits)]
    strings: list[Resource] = [{"url": url, "valueString": value} for url, value in parts if value]
    return {"url": systems.CHECKED_WITH, "extension": [*strings, {"url": "revision", "valueInteger": summary.revision}]}


def _supporting(category: str, value: Resource) -> Resource:
    return {"category": concept(systems.C4BB_SUPPORTING_INFO, category), **value}


def _information(value: Resource) -> Resource:
    return {"category": concept(systems.CLAIM_INFORMATION, "info"), **value}


_ROLES = {"attending": "attending", "atnd": "attending", "surgeon": "operating", "sprf": "operating"}


def _care_team(encounter: Encounter) -> list[Resource]:
    team: list[Resource] = []
    for provider in encounter.providers:
        role = _ROLES.get(provider.role.lower())
        if role:
            who = {"reference": f"Practitioner/{provider.id}"}
            team.append({"provider": who, "role": concept(systems.C4BB_CARE_TEAM_ROLE, role)})
    return _numbered(team)


def _period(encounter: Encounter) -> Resource:
    ends = (("start", encounter.admitted_at), ("end", encounter.discharged_at))
    return {name: moment.date().isoformat() for name, moment in ends if moment}


def _numbered(elements: list[Resource]) -> list[Resource]:
    return [{"sequence": number, **element} for number, element in enumerate(elements, start=1)]
