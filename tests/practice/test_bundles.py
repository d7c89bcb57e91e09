"""Transactions are whole or nothing, batches are not, and what a coder hands in is taken in by the hospital."""

from __future__ import annotations

import time
import uuid
from typing import Any

import requests

from tests.practice.builders import audit_event, hand_in
from tests.practice.hospital import Hospital

FHIR = {"Content-Type": "application/fhir+json"}


def open_task(dana: requests.Session, hospital: Hospital) -> dict[str, Any]:
    """A task of dana's, put back to where it began."""
    [first, *_] = dana.get(hospital.url("Task?owner=Practitioner/dana")).json()["entry"]
    name = first["resource"]["id"]
    fields = {"status": "requested", "output": None}
    task: dict[str, Any] = hospital.control("POST", "acts/edit-task", task=name, set=fields)
    return task


def send(dana: requests.Session, hospital: Hospital, bundle: dict[str, Any]) -> requests.Response:
    return dana.post(hospital.base, json=bundle, headers=FHIR)


def count(hospital: Hospital, kind: str) -> int:
    return int(hospital.control("GET", "state")["counts"].get(kind, 0))


def test_a_result_and_its_task_are_stored_together(hospital: Hospital, dana: requests.Session) -> None:
    task, result = open_task(dana, hospital), str(uuid.uuid4())
    answer = send(dana, hospital, hand_in(task, result))
    assert answer.status_code == 200, answer.text
    stored, done = answer.json()["entry"]
    assert stored["response"]["status"].startswith("201")
    claim = f"Claim/{stored['resource']['id']}"
    assert done["resource"]["output"][0]["valueReference"]["reference"] == claim
    assert done["resource"]["status"] == "completed"
    assert dana.get(hospital.url(claim)).status_code == 200


def test_the_hospital_answers_a_handed_in_result(hospital: Hospital, dana: requests.Session) -> None:
    task, result = open_task(dana, hospital), str(uuid.uuid4())
    stored = send(dana, hospital, hand_in(task, result)).json()["entry"][0]["resource"]
    url, until = hospital.url(f"ClaimResponse?request=Claim/{stored['id']}"), time.monotonic() + 10
    while not (found := dana.get(url).json().get("entry")):
        assert time.monotonic() < until
        time.sleep(0.02)
    [entry] = found
    assert entry["resource"]["outcome"] == "complete"
    assert hospital.as_user("miguel").get(url).json().get("entry") is None


def test_the_same_hand_in_twice_has_the_effect_of_one(hospital: Hospital, dana: requests.Session) -> None:
    task, result = open_task(dana, hospital), str(uuid.uuid4())
    first = send(dana, hospital, hand_in(task, result)).json()["entry"]
    claims = count(hospital, "Claim")
    refused = send(dana, hospital, hand_in(task, result))
    assert refused.status_code == 412
    now = first[1]["resource"]["meta"]["versionId"]
    again = send(dana, hospital, hand_in(task, result, version=now)).json()["entry"]
    assert again[0]["response"]["status"].startswith("200")
    assert again[0]["resource"]["id"] == first[0]["resource"]["id"]
    assert count(hospital, "Claim") == claims


def test_a_conflict_in_the_second_entry_undoes_the_first(hospital: Hospital, dana: requests.Session) -> None:
    task = open_task(dana, hospital)
    claims = count(hospital, "Claim")
    hospital.control("POST", "acts/edit-task", task=task["id"])
    answer = send(dana, hospital, hand_in(task, str(uuid.uuid4())))
    assert answer.status_code == 412
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1]"]
    assert count(hospital, "Claim") == claims


def test_a_server_without_transactions_keeps_the_first_entry_and_the_urn(
    hospital: Hospital, dana: requests.Session
) -> None:
    task = open_task(dana, hospital)
    hospital.control("POST", "faults", kind="batch", method="POST", path="/fhir")
    stale = hand_in({**task, "meta": {"versionId": "0"}}, str(uuid.uuid4()))
    claims = count(hospital, "Claim")
    entries = send(dana, hospital, stale).json()["entry"]
    assert [entry["response"]["status"][:3] for entry in entries] == ["201", "412"]
    assert entries[1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert count(hospital, "Claim") == claims + 1
    hospital.control("POST", "faults", kind="batch", method="POST", path="/fhir")
    result = str(uuid.uuid4())
    entries = send(dana, hospital, hand_in(task, result)).json()["entry"]
    assert entries[1]["resource"]["output"][0]["valueReference"]["reference"] == f"urn:uuid:{result}"


def test_each_entry_of_a_batch_stands_for_itself(hospital: Hospital, dana: requests.Session) -> None:
    good, bad = audit_event(str(uuid.uuid4())), {**audit_event(str(uuid.uuid4())), "agent": []}
    puts = [{"resource": e, "request": {"method": "PUT", "url": f"AuditEvent/{e['id']}"}} for e in (good, bad)]
    gets = [{"request": {"method": "GET", "url": url}} for url in ("Basic/policy-lakemere", "Task?_count=1", "Task/no")]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [*puts, *gets]}
    entries = send(dana, hospital, bundle).json()["entry"]
    assert [entry["response"]["status"][:3] for entry in entries] == ["201", "422", "200", "200", "404"]


def test_a_transaction_with_a_reference_to_nowhere_is_refused(hospital: Hospital, dana: requests.Session) -> None:
    bundle = hand_in(open_task(dana, hospital), str(uuid.uuid4()))
    bundle["entry"][0]["fullUrl"] = f"urn:uuid:{uuid.uuid4()}"
    assert send(dana, hospital, bundle).status_code == 400


def test_a_transaction_may_not_reach_another_coders_task(hospital: Hospital, dana: requests.Session) -> None:
    miguel = hospital.as_user("miguel")
    [theirs, *_] = miguel.get(hospital.url("Task?owner=Practitioner/miguel")).json()["entry"]
    claims = count(hospital, "Claim")
    answer = send(dana, hospital, hand_in(theirs["resource"], str(uuid.uuid4())))
    assert answer.status_code in (403, 404)
    assert count(hospital, "Claim") == claims


def test_only_bundles_are_posted_to_the_base(hospital: Hospital, dana: requests.Session) -> None:
    bodies: tuple[object, ...] = ({"resourceType": "Task"}, {"resourceType": "Bundle", "type": "message"}, [])
    for body in bodies:
        assert dana.post(hospital.base, json=body, headers=FHIR).status_code == 400
    broken = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "POST", "url": "Claim"}}]}
    assert send(dana, hospital, broken).status_code == 400
