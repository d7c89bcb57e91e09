"""Writing through the FHIR door: conditional creates, whose name and patient, append-only audit, sound structure."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from tests.practice.builders import audit_event, claim, device, query
from tests.practice.hospital import FHIR, Hospital, found, tasks
from workstation.fhir import systems


def test_a_conditional_create_stores_once(hospital: Hospital, dana: requests.Session) -> None:
    task = tasks(dana, hospital)[0]
    result = str(uuid.uuid4())
    headers = {**FHIR, "If-None-Exist": f"identifier={systems.SID_CODED_RESULT}|{result}"}
    first = dana.post(hospital.url("Claim"), json=claim(task, result), headers=headers)
    second = dana.post(hospital.url("Claim"), json=claim(task, result), headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert first.headers["Location"].endswith(f"Claim/{first.json()['id']}/_history/1")
    assert len(found(dana, hospital, f"Claim?identifier={systems.SID_CODED_RESULT}|{result}")) == 1


def test_a_claim_is_for_ones_own_patient_under_ones_own_name(hospital: Hospital, dana: requests.Session) -> None:
    theirs = tasks(hospital.as_user("miguel"), hospital, "miguel")[0]
    foreign = dana.post(hospital.url("Claim"), json=claim(theirs, "r-1"), headers=FHIR)
    forged = dana.post(hospital.url("Claim"), json=claim(tasks(dana, hospital)[0], "r-2", user="ruth"), headers=FHIR)
    assert (foreign.status_code, forged.status_code) == (403, 403)


def test_a_query_about_anothers_encounter_is_refused(hospital: Hospital, dana: requests.Session) -> None:
    theirs = tasks(hospital.as_user("miguel"), hospital, "miguel")[0]
    answer = dana.post(hospital.url("CommunicationRequest"), json=query(theirs, "Is it?"), headers=FHIR)
    assert answer.status_code == 403


def test_an_audit_event_keeps_its_own_id_and_never_changes(hospital: Hospital, dana: requests.Session) -> None:
    event = audit_event(str(uuid.uuid4()))
    url = hospital.url(f"AuditEvent/{event['id']}")
    assert dana.put(url, json=event, headers=FHIR).status_code == 201
    assert dana.put(url, json=event, headers=FHIR).status_code == 200
    assert dana.put(url, json={**event, "outcome": "8"}, headers=FHIR).status_code == 409
    assert hospital.as_user("miguel").put(url, json=event, headers=FHIR).status_code == 409
    assert dana.delete(url).status_code == 405
    [kept] = hospital.control("POST", "resource", type="AuditEvent", id=event["id"])
    assert (kept["outcome"], kept["meta"]["versionId"]) == ("0", "1")


def test_an_audit_event_under_a_tag_is_stored_once(hospital: Hospital, dana: requests.Session) -> None:
    event = audit_event(str(uuid.uuid4()))
    name = event.pop("id")
    headers = {**FHIR, "If-None-Exist": f"_tag={systems.SID_AUDIT_EVENT}|{name}"}
    statuses = [dana.post(hospital.url("AuditEvent"), json=event, headers=headers).status_code for _ in range(2)]
    assert statuses == [201, 200]


def test_a_device_is_enlisted_but_its_standing_is_the_hospitals(hospital: Hospital, dana: requests.Session) -> None:
    body = device(str(uuid.uuid4()))
    identifier = f"identifier={systems.SID_INSTALLATION}|{body['identifier'][0]['value']}"
    stored = dana.post(hospital.url("Device"), json=body, headers={**FHIR, "If-None-Exist": identifier}).json()
    assert [one["id"] for one in found(dana, hospital, f"Device?{identifier}")] == [stored["id"]]
    url = hospital.url(f"Device/{stored['id']}")
    hospital.control("POST", "acts/device", device=body["identifier"][0]["value"], status="inactive")
    assert dana.get(url).json()["status"] == "inactive"
    assert dana.put(url, json=stored, headers=FHIR).status_code == 403


@pytest.mark.parametrize(
    ("spoilt", "status"),
    [
        ({"status": "finished"}, 422),
        ({"status": None}, 422),
        ({"diagnosis": {"sequence": 1}}, 422),
        ({"insurance": []}, 422),
        ({"created": "yesterday"}, 422),
        ({"created": "2026-02-30"}, 422),
        ({"patient": "Patient/x"}, 422),
        ({"surprise": True}, 422),
        ({"diagnosis": [{"sequence": 0, "diagnosisCodeableConcept": {"text": "x"}}]}, 422),
        ({"diagnosis": [{"sequence": 1}]}, 422),
        ({"resourceType": "Task"}, 400),
        ({"resourceType": "Spaceship"}, 400),
    ],
    ids=str,
)
def test_an_unsound_resource_is_refused_with_its_place(
    hospital: Hospital, dana: requests.Session, spoilt: dict[str, Any], status: int
) -> None:
    before = hospital.control("GET", "state")["counts"].get("Claim", 0)
    body = {**claim(tasks(dana, hospital)[0], "spoilt"), **spoilt}
    body = {name: value for name, value in body.items() if value is not None}
    answer = dana.post(hospital.url("Claim"), json=body, headers=FHIR)
    assert answer.status_code == status, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    if status == 422:
        assert answer.json()["issue"][0]["expression"][0].startswith("Claim.")
    assert hospital.control("GET", "state")["counts"].get("Claim", 0) == before


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"resourceType": "Claim", "x": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_resource_at_all_is_a_400(hospital: Hospital, dana: requests.Session, body: bytes) -> None:
    assert dana.post(hospital.url("Claim"), data=body, headers=FHIR).status_code == 400
