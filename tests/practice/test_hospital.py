"""What happens behind the server: queries are answered, a task is pulled back, and a restart forgets nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from tests.practice.builders import charts, query
from tests.practice.hospital import QUICK, Hospital, running
from workstation.fhir import systems
from workstation.fhir.device import policy_from


def tasks(session: requests.Session, hospital: Hospital, user: str = "dana") -> list[dict[str, Any]]:
    bundle = session.get(hospital.url(f"Task?owner=Practitioner/{user}")).json()
    return [entry["resource"] for entry in bundle.get("entry", [])]


def wait_for(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + 15
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def answers(session: requests.Session, hospital: Hospital, name: str) -> list[dict[str, Any]]:
    bundle = session.get(hospital.url(f"Communication?based-on=CommunicationRequest/{name}")).json()
    return [entry["resource"] for entry in bundle.get("entry", [])]


def test_a_provider_answers_when_told_and_only_once(hospital: Hospital, dana: requests.Session) -> None:
    task = tasks(dana, hospital)[0]
    asked = dana.post(hospital.url("CommunicationRequest"), json=query(task, "Low oxygen: please clarify.")).json()
    assert answers(dana, hospital, asked["id"]) == []
    hospital.control("POST", "acts/answer-query", query=asked["id"], text="Hypoxia only.")
    [answer] = answers(dana, hospital, asked["id"])
    assert answer["payload"][0]["contentString"] == "Hypoxia only."
    assert answer["recipient"] == [{"reference": "Practitioner/dana"}]
    assert dana.get(hospital.url(f"CommunicationRequest/{asked['id']}")).json()["status"] == "completed"
    again = hospital.session(hospital.control_token).post(
        f"{hospital.issuer}/practice/acts/answer-query", json={"query": asked["id"]}
    )
    assert again.status_code == 409


def test_left_alone_a_provider_answers_after_a_while_with_an_option_offered(tmp_path: Path) -> None:
    arguments = ("--charts", str(charts(tmp_path / "charts")), "--answer-after", "0", "--cancel-after", "0")
    with running(tmp_path / "data", *arguments) as hospital:
        dana = hospital.as_user("dana")
        asked = dana.post(hospital.url("CommunicationRequest"), json=query(tasks(dana, hospital)[0], "Please clarify."))
        [answer] = wait_for(lambda: answers(dana, hospital, asked.json()["id"]))
        assert answer["payload"][0]["contentString"] == "Yes, acute"


def test_one_task_is_pulled_back_a_while_after_the_coder_has_looked(tmp_path: Path) -> None:
    folder = charts(tmp_path / "charts", dana=6)
    with running(tmp_path / "data", "--charts", str(folder), "--cancel-after", "0.01") as hospital:
        dana, miguel = hospital.as_user("dana"), hospital.as_user("miguel")
        assert len(tasks(miguel, hospital, "miguel")) == 2
        standing = hospital.control("POST", "resource", type="Task")
        assert "cancelled" not in {task["status"] for task in standing}
        first = tasks(dana, hospital)
        assert sorted(task["status"] for task in first) == ["on-hold", *["requested"] * 5]

        def cancelled() -> list[dict[str, Any]]:
            return [task for task in tasks(dana, hospital) if task["status"] == "cancelled"]

        [gone] = wait_for(cancelled)
        assert dana.get(hospital.url(gone["encounter"]["reference"])).status_code == 404
        assert dana.get(hospital.url(f"Task/{gone['id']}")).status_code == 200


def test_the_task_is_pulled_back_even_when_the_server_was_away_meanwhile(tmp_path: Path) -> None:
    folder = charts(tmp_path / "charts", dana=6)

    def cancelled(hospital: Hospital) -> list[str]:
        standing = hospital.control("POST", "resource", type="Task")
        return [task["id"] for task in standing if task["status"] == "cancelled"]

    with running(tmp_path / "data", "--charts", str(folder), "--cancel-after", "3600") as hospital:
        tasks(hospital.as_user("dana"), hospital)
        assert cancelled(hospital) == []
    with running(tmp_path / "data", "--charts", str(folder), "--cancel-after", "0.01") as hospital:
        [gone] = wait_for(lambda: cancelled(hospital))
        hospital.control("POST", "acts/edit-task", task=gone, set={"status": "requested", "statusReason": None})
    with running(tmp_path / "data", "--charts", str(folder), "--cancel-after", "0.01") as hospital:
        tasks(hospital.as_user("dana"), hospital)
        time.sleep(0.2)  # long past the wait: it happens once in a hospital's life
        assert cancelled(hospital) == []


def test_two_tasks_are_due_today_and_the_next_two_tomorrow(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--charts", str(charts(tmp_path / "charts", dana=5)), *QUICK) as hospital:
        found = tasks(hospital.as_user("dana"), hospital)
        due = sorted(datetime.fromisoformat(task["restriction"]["period"]["end"]) for task in found)
        assert [(moment - due[0]).days for moment in due] == [0, 0, 1, 1, 2]
        assert 0 < (due[0] - datetime.now(due[0].tzinfo)).total_seconds() < 24 * 3600


def test_a_restart_keeps_port_people_work_and_devices(tmp_path: Path) -> None:
    arguments = ("--charts", str(charts(tmp_path / "charts")), *QUICK)
    with running(tmp_path / "data", *arguments) as hospital:
        dana = hospital.as_user("dana")
        task = tasks(dana, hospital)[0]
        dana.put(hospital.url(f"Task/{task['id']}"), json={**task, "status": "accepted"})
        base, people = hospital.base, hospital.people
        token = dana.headers["Authorization"]
    with running(tmp_path / "data", *arguments) as hospital:
        assert (hospital.base, hospital.people) == (base, people)
        again = hospital.session()
        again.headers["Authorization"] = str(token)
        assert again.get(hospital.url(f"Task/{task['id']}")).json()["status"] == "accepted"
        assert len(tasks(again, hospital)) == 3


def test_the_chart_folder_may_be_corrected_between_two_starts(tmp_path: Path) -> None:
    folder = charts(tmp_path / "charts")
    arguments = ("--charts", str(folder), *QUICK)
    with running(tmp_path / "data", *arguments) as hospital:
        before = hospital.control("GET", "state")["counts"]
    source = folder / "dana-0" / "chart.toml"
    source.write_text(
        source.read_text(encoding="utf-8").replace('given = ["Sam"]', 'given = ["Samantha"]'), encoding="utf-8"
    )
    with running(tmp_path / "data", *arguments) as hospital:
        names = [p["name"][0]["given"] for p in hospital.control("POST", "resource", type="Patient")]
        assert ["Samantha"] in names
        assert hospital.control("GET", "state")["counts"] == before


def test_a_role_withdrawn_is_no_longer_found(hospital: Hospital) -> None:
    vera = hospital.as_user("vera")
    url = hospital.url("PractitionerRole?practitioner=Practitioner/vera&active=true")
    assert len(vera.get(url).json()["entry"]) == 1
    hospital.control("POST", "acts/role", user="vera", active=False)
    assert "entry" not in vera.get(url).json()
    hospital.control("POST", "acts/role", user="vera", active=True)
    assert len(vera.get(url).json()["entry"]) == 1


def test_a_changed_policy_has_a_new_etag_and_the_new_times(hospital: Hospital, dana: requests.Session) -> None:
    url = hospital.url("Basic/policy-lakemere")
    before = dana.get(url).headers["ETag"]
    hospital.control("POST", "acts/policy", idleLock=120, sharedWorkstation=True)
    changed = dana.get(url, headers={"If-None-Match": before})
    assert changed.status_code == 200
    policy = policy_from(changed.json())
    assert policy is not None
    assert (policy.idle_lock, policy.shared_workstation, policy.lease) == (120, True, 12 * 3600)
    assert policy.features
    hospital.control("POST", "acts/policy", idleLock=300, sharedWorkstation=False)


def test_a_command_to_an_unknown_device_is_a_404(hospital: Hospital) -> None:
    session = hospital.session(hospital.control_token)
    answer = session.post(f"{hospital.issuer}/practice/acts/command", json={"device": "nobody", "kind": "wipe"})
    assert answer.status_code == 404


def test_the_leads_worklist_is_everybodys(hospital: Hospital) -> None:
    lena = hospital.as_user("lena")
    [task, *_] = tasks(lena, hospital, "miguel")
    body = {**task, "owner": {"reference": "Practitioner/vera"}}
    assert lena.put(hospital.url(f"Task/{task['id']}"), json=body).status_code == 200
    assert len(tasks(hospital.as_user("vera"), hospital, "vera")) == 1
    body["owner"] = {"reference": "Practitioner/miguel"}
    assert lena.put(hospital.url(f"Task/{task['id']}"), json=body).status_code == 200


def test_https_is_offered_with_an_authority_of_its_own(tmp_path: Path) -> None:
    arguments = ("--charts", str(charts(tmp_path / "charts", dana=1, miguel=0)), "--tls", *QUICK)
    with running(tmp_path / "data", *arguments) as hospital:
        assert hospital.base.startswith("https://")
        ca = str(tmp_path / "data" / "tls" / "ca.pem")
        answer = requests.get(hospital.url("metadata"), verify=ca, timeout=10)
        assert answer.json()["resourceType"] == "CapabilityStatement"


def test_nobody_but_the_hospital_files_charts(hospital: Hospital, dana: requests.Session) -> None:
    task = tasks(dana, hospital)[0]
    note = {"resourceType": "Binary", "contentType": "text/plain", "data": "AAAA"}
    assert dana.post(hospital.url("Binary"), json=note).status_code == 403
    encounter = dana.get(hospital.url(task["encounter"]["reference"])).json()
    assert dana.put(hospital.url(f"Encounter/{encounter['id']}"), json=encounter).status_code == 403
    code = {"coding": [{"system": systems.CODING_TASK, "code": "code-encounter"}]}
    made = {"resourceType": "Task", "status": "requested", "intent": "order", "code": code, "for": task["for"]}
    assert dana.post(hospital.url("Task"), json=made).status_code == 403
