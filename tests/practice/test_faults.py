"""Faults come when asked for, as often as asked for, and the control's door is closed to everybody else."""

from __future__ import annotations

import uuid

import pytest
import requests

from tests.practice.builders import audit_event
from tests.practice.hospital import Hospital

FHIR = {"Content-Type": "application/fhir+json"}
GONE = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def test_throttling_says_how_long_or_does_not(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="status", status=429, retry_after="7", path="/fhir/Task*", count=1)
    hospital.control("POST", "faults", kind="status", status=429, path="/fhir/Task*", count=1)
    answers = [dana.get(hospital.url("Task")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["7", None, None]
    assert answers[0].json()["issue"][0]["code"] == "throttled"


def test_a_fault_meets_only_its_method_and_path(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="status", status=503, method="PUT", path="/fhir/AuditEvent/*", count=0)
    event = audit_event(str(uuid.uuid4()))
    url = hospital.url(f"AuditEvent/{event['id']}")
    assert dana.get(hospital.url("Task")).status_code == 200
    assert [dana.put(url, json=event, headers=FHIR).status_code for _ in range(3)] == [503] * 3
    hospital.control("DELETE", "faults")
    assert dana.put(url, json=event, headers=FHIR).status_code == 201


def test_a_fault_can_let_some_requests_pass_first(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="status", status=500, path="/fhir/Task", skip=2, count=1)
    assert [dana.get(hospital.url("Task")).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_dropped_request_was_never_carried_out(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="drop", method="PUT", path="/fhir/AuditEvent/*")
    event = audit_event(str(uuid.uuid4()))
    with pytest.raises(GONE):
        dana.put(hospital.url(f"AuditEvent/{event['id']}"), json=event, headers=FHIR)
    assert hospital.control("POST", "resource", type="AuditEvent", id=event["id"]) == []


def test_a_cut_answer_belongs_to_a_request_that_was_carried_out(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="cut", method="PUT", path="/fhir/AuditEvent/*", after_bytes=40)
    event = audit_event(str(uuid.uuid4()))
    answer = dana.put(hospital.url(f"AuditEvent/{event['id']}"), json=event, headers=FHIR, stream=True)
    assert answer.status_code == 201
    assert int(answer.headers["Content-Length"]) > 40
    received: list[bytes] = []
    with pytest.raises(GONE):
        received.extend(answer.iter_content(10))
    assert b"".join(received) == answer_start(event["id"], hospital)[:40]
    assert len(hospital.control("POST", "resource", type="AuditEvent", id=event["id"])) == 1
    assert dana.put(hospital.url(f"AuditEvent/{event['id']}"), json=event, headers=FHIR).status_code == 200


def answer_start(name: str, hospital: Hospital) -> bytes:
    """How the whole answer would have begun."""
    [stored] = hospital.control("POST", "resource", type="AuditEvent", id=name)
    return f'{{"resourceType":"AuditEvent","id":"{stored["id"]}"'.encode()


def test_garbage_is_no_json(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="garbage", path="/fhir/Task")
    with pytest.raises(ValueError, match="Expecting"):
        dana.get(hospital.url("Task")).json()


def test_a_late_answer_is_still_the_right_one(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "faults", kind="latency", seconds=0.2, path="/fhir/Task")
    with pytest.raises(requests.Timeout):
        dana.get(hospital.url("Task"), timeout=0.05)
    assert dana.get(hospital.url("Task")).status_code == 200


def test_a_server_that_is_away_answers_nobody_but_the_control(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "offline", offline=True)
    with pytest.raises(GONE):
        dana.get(hospital.url("Task"))
    with pytest.raises(GONE):
        requests.get(f"{hospital.issuer}/.well-known/openid-configuration", timeout=5)
    hospital.control("POST", "offline", offline=False)
    assert dana.get(hospital.url("Task")).status_code == 200


def test_the_clock_moves_for_everything_the_server_stamps(hospital: Hospital, dana: requests.Session) -> None:
    hospital.control("POST", "clock", offset_seconds=-120)
    early = hospital.control("GET", "state")["now"]
    event = audit_event(str(uuid.uuid4()))
    stored = dana.put(hospital.url(f"AuditEvent/{event['id']}"), json=event, headers=FHIR).json()
    hospital.control("POST", "clock", offset_seconds=0)
    assert early <= stored["meta"]["lastUpdated"] < hospital.control("GET", "state")["now"]


@pytest.mark.parametrize("token", ["", "guessed"])
def test_the_controls_door_wants_its_token(hospital: Hospital, dana: requests.Session, token: str) -> None:
    stranger = hospital.session(token)
    for method, path in (("GET", "people"), ("POST", "faults"), ("POST", "token"), ("POST", "acts/command")):
        assert stranger.request(method, f"{hospital.issuer}/practice/{path}", json={}).status_code == 403
    assert dana.get(f"{hospital.issuer}/practice/people").status_code == 403


@pytest.mark.parametrize(
    "rule", [{}, {"kind": "earthquake"}, {"kind": "drop", "colour": 1}, {"kind": "cut", "count": "x"}]
)
def test_a_senseless_rule_is_refused(hospital: Hospital, rule: dict[str, object]) -> None:
    session = hospital.session(hospital.control_token)
    assert session.post(f"{hospital.issuer}/practice/faults", json=rule).status_code == 400
