"""A practice chart as FHIR R4 resources, US Core in shape, under opaque ids that stay the same at every start."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from workstation.fhir import systems
from workstation.practice.chart_facts import observations, orders, problems
from workstation.practice.charts import Chart, document_name
from workstation.practice.flowsheet import flowsheet
from workstation.practice.people import HOSPITAL, ORGANISATION
from workstation.practice.store import stamp

Resource = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
DOCUMENT_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
FORMAT_CODES = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
PARTICIPANTS = {
    "attending": ("ATND", "attender"),
    "consultant": ("CON", "consultant"),
    "surgeon": ("SPRF", "secondary performer"),
}
CLASS_DISPLAYS = {
    "IMP": "inpatient encounter",
    "EMER": "emergency",
    "AMB": "ambulatory",
    "OBSENC": "observation encounter",
}
NOTE_TYPES = {
    "18842-5": "Discharge summary",
    "34117-2": "History and physical note",
    "11506-3": "Progress note",
    "11488-4": "Consult note",
    "11504-8": "Surgical operation note",
    "28570-0": "Procedure note",
    "18748-4": "Diagnostic imaging study",
    "11526-1": "Pathology study",
    "34111-5": "Emergency department note",
    "34746-8": "Nurse note",
    "28651-8": "Nurse transfer note",
}


def opaque(prefix: str, *words: object, length: int = 10) -> str:
    """An id that says nothing of what it names."""
    return f"{prefix}-{hashlib.sha256('/'.join(map(str, words)).encode()).hexdigest()[:length]}"


def encounter_id(slug: str) -> str:
    return opaque("enc", slug, length=6)


def provider_id(provider: Mapping[str, Any]) -> str:
    """One person of the medical staff keeps one id through all charts."""
    return opaque("prv", provider["given"], provider["family"], provider["credential"])


def resources(chart: Chart) -> Iterator[Resource]:
    """Everything of a chart but its Task."""
    encounter, patient = f"Encounter/{encounter_id(chart.slug)}", f"Patient/{opaque('pat', chart.slug)}"
    yield _patient(chart, patient)
    yield from map(_practitioner, chart.providers)
    yield _coverage(chart, patient)
    if chart.encounter.get("admitting_diagnosis"):
        yield _admitting(chart, patient, encounter)
    yield _encounter(chart, patient, encounter)
    for document in chart.documents:
        yield from _document(chart, document, patient, encounter)
    yield from observations(chart, patient, encounter)
    yield from orders(chart, patient, encounter)
    yield from problems(chart, patient, encounter)


def _patient(chart: Chart, reference: str) -> Resource:
    who = chart.patient
    body: Resource = {
        "resourceType": "Patient",
        "id": reference.partition("/")[2],
        "identifier": [
            {"type": concept(systems.IDENTIFIER_TYPE, "MR"), "system": systems.SID_MRN, "value": who["mrn"]}
        ],
        "name": [{"use": "official", "family": who["family"], "given": list(who["given"])}],
        "telecom": [{"system": "phone", "value": who["phone"], "use": "home"}],
        "gender": who["sex"],
        "birthDate": who["birth_date"].isoformat(),
        "address": [
            {
                "use": "home",
                "line": [who["line"]],
                "city": who["city"],
                "state": who["state"],
                "postalCode": who["postal"],
            }
        ],
    }
    relative = who.get("relative")
    if relative:
        given, _, family = str(relative["name"]).rpartition(" ")
        name = {"family": family, **({"given": given.split()} if given else {})}
        contact: Resource = {"relationship": [{"text": relative["relation"]}], "name": name}
        if relative.get("phone"):
            contact["telecom"] = [{"system": "phone", "value": relative["phone"]}]
        body["contact"] = [contact]
    return body


def _practitioner(provider: Mapping[str, Any]) -> Resource:
    qualifications = [{"code": {"text": provider["credential"]}}]
    return {
        "resourceType": "Practitioner",
        "id": provider_id(provider),
        "active": True,
        "name": [{"use": "official", "family": provider["family"], "given": provider["given"].split()}],
        "qualification": qualifications,
    }


def _coverage(chart: Chart, patient: str) -> Resource:
    return {
        "resourceType": "Coverage",
        "id": opaque("cov", chart.slug),
        "status": "active",
        "type": {**concept(systems.ACT_CODE, "EHCPOL"), "text": chart.encounter["coverage"]},
        "beneficiary": {"reference": patient},
        "payor": [{"display": chart.encounter["coverage"]}],
    }


def _admitting(chart: Chart, patient: str, encounter: str) -> Resource:
    category = concept("http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis")
    return {
        "resourceType": "Condition",
        "id": opaque("adx", chart.slug),
        "category": [category],
        "code": concept(systems.ICD10CM, chart.encounter["admitting_diagnosis"]),
        "subject": {"reference": patient},
        "encounter": {"reference": encounter},
        "recordedDate": when(chart.encounter["start"]),
    }


def _encounter(chart: Chart, patient: str, reference: str) -> Resource:
    stay = chart.encounter
    hospitalization: Resource = {"dischargeDisposition": concept(systems.DISCHARGE_STATUS, stay["disposition"])}
    if stay.get("admit_source"):
        hospitalization["admitSource"] = concept(systems.POINT_OF_ORIGIN, stay["admit_source"])
    body: Resource = {
        "resourceType": "Encounter",
        "id": reference.partition("/")[2],
        "meta": {"security": [_confidentiality(stay.get("confidentiality", "N"))]},
        "identifier": [
            {"type": concept(systems.IDENTIFIER_TYPE, "AN"), "system": systems.SID_ACCOUNT, "value": stay["account"]}
        ],
        "status": "finished",
        "class": {"system": systems.ACT_CODE, "code": stay["class"], "display": CLASS_DISPLAYS[stay["class"]]},
        "serviceType": {"text": stay["service"]},
        "subject": {"reference": patient},
        "participant": [_participant(provider) for provider in chart.providers],
        "period": {"start": when(stay["start"]), "end": when(stay["end"])},
        "reasonCode": [{"text": stay["reason"]}],
        "hospitalization": hospitalization,
        "serviceProvider": {"reference": f"Organization/{ORGANISATION}", "display": HOSPITAL},
    }
    if stay.get("unit"):
        body["location"] = [{"location": {"display": stay["unit"]}}]
    if stay.get("admitting_diagnosis"):
        use = concept(systems.DIAGNOSIS_ROLE, "AD", "Admission diagnosis")
        body["diagnosis"] = [{"condition": {"reference": f"Condition/{opaque('adx', chart.slug)}"}, "use": use}]
    return body


def _participant(provider: Mapping[str, Any]) -> Resource:
    code, display = PARTICIPANTS.get(provider["role"], ("PART", "Participation"))
    kind = {**concept(systems.PARTICIPATION, code, display), "text": provider["role"]}
    name = f"{provider['given']} {provider['family']}, {provider['credential']}"
    return {"type": [kind], "individual": {"reference": f"Practitioner/{provider_id(provider)}", "display": name}}


def _document(chart: Chart, document: Mapping[str, Any], patient: str, encounter: str) -> Iterator[Resource]:
    name = document_name(document)
    content = flowsheet(chart) if "generate" in document else chart.contents[name]
    own, binary = opaque("doc", chart.slug, name), opaque("bin", chart.slug, name)
    textual = document["media"].startswith("text/") or document["media"] == "application/xml"
    media = f"{document['media']}; charset=utf-8" if textual else document["media"]
    yield {
        "resourceType": "Binary",
        "id": binary,
        "contentType": media,
        "securityContext": {"reference": encounter},
        "data": base64.b64encode(content).decode(),
    }
    author = next(provider for provider in chart.providers if provider["id"] == document["author"])
    security = [_confidentiality(document.get("confidentiality", chart.encounter.get("confidentiality", "N")))]
    if document.get("sensitivity"):
        security.append({"system": systems.ACT_CODE, "code": document["sensitivity"]})
    body: Resource = {
        "resourceType": "DocumentReference",
        "id": own,
        "meta": {"security": security},
        "identifier": [{"system": systems.SID_DOCUMENT, "value": own}],
        "status": "current",
        "docStatus": document.get("status", "final"),
        "type": concept(systems.LOINC, document["type"], NOTE_TYPES.get(document["type"], "")),
        "category": [concept(DOCUMENT_CATEGORY, "clinical-note", "Clinical Note")],
        "subject": {"reference": patient},
        "date": stamp(document["written"]),
        "author": [{"reference": f"Practitioner/{provider_id(author)}"}],
        "content": [
            {
                "attachment": {
                    "contentType": media,
                    "url": f"Binary/{binary}",
                    "size": len(content),
                    "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
                    "title": document["title"],
                    "creation": when(document["written"]),
                },
                "format": {"system": FORMAT_CODES, "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient"},
            }
        ],
        "context": {
            "encounter": [{"reference": encounter}],
            "period": {"start": when(chart.encounter["start"]), "end": when(chart.encounter["end"])},
        },
    }
    links = [(link, document[link]) for link in ("appends", "replaces") if link in document]
    if links:
        body["relatesTo"] = [
            {"code": link, "target": {"reference": f"DocumentReference/{opaque('doc', chart.slug, target)}"}}
            for link, target in links
        ]
    if any(other.get("replaces") == name for other in chart.documents):
        body["status"] = "superseded"
    yield body


def _confidentiality(code: str) -> Resource:
    return {"system": systems.CONFIDENTIALITY, "code": code}


def concept(system: str, code: str, display: str = "") -> Resource:
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [{key: value for key, value in coding.items() if value}]}


def when(moment: datetime | date) -> str:
    """A FHIR dateTime in the hospital's own zone, as it was written."""
    return moment.isoformat()
