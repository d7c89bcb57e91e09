"""The FHIR door: what a coder reaches, ETags, pages, documents, and the shape of every miss."""

from __future__ import annotations

import base64
import hashlib

import pytest
import requests

from tests.practice.hospital import FHIR, Hospital, found, tasks
from workstation.fhir import systems

# ---------------------------------------------------------------- reach


def test_a_coder_finds_their_own_tasks_and_nobody_elses(hospital: Hospital, dana: requests.Session) -> None:
    assert len(tasks(dana, hospital)) == 3
    assert tasks(dana, hospital, "miguel") == []
    assert {t["owner"]["reference"] for t in found(dana, hospital, "Task")} == {"Practitioner/dana"}


def test_every_part_of_anothers_chart_is_not_there(hospital: Hospital, dana: requests.Session) -> None:
    miguel = hospital.as_user("miguel")
    theirs = tasks(miguel, hospital, "miguel")[0]
    encounter = theirs["encounter"]["reference"]
    names = [encounter, theirs["for"]["reference"], f"Task/{theirs['id']}"]
    for kind, param in (
        ("DocumentReference", "encounter"),
        ("Observation", "encounter"),
        ("Condition", "encounter"),
        ("MedicationRequest", "encounter"),
        ("MedicationAdministration", "context"),
    ):
        parts = found(miguel, hospital, f"{kind}?{param}={encounter}")
        assert parts, kind
        assert found(dana, hospital, f"{kind}?{param}={encounter}") == []
        names.append(f"{kind}/{parts[0]['id']}")
        if kind == "DocumentReference":
            names.append(parts[0]["content"][0]["attachment"]["url"])
    coverage = found(miguel, hospital, f"Coverage?beneficiary={theirs['for']['reference']}")
    names.append(f"Coverage/{coverage[0]['id']}")
    for name in names:
        assert miguel.get(hospital.url(name)).status_code == 200, name
        assert dana.get(hospital.url(name)).status_code == 404, name


def test_access_ends_when_the_task_is_taken_away(hospital: Hospital, dana: requests.Session) -> None:
    task = tasks(dana, hospital)[2]
    encounter = task["encounter"]["reference"]
    hospital.control("POST", "acts/reassign-task", task=task["id"], owner="miguel")
    assert dana.get(hospital.url(encounter)).status_code == 404
    assert dana.get(hospital.url(f"Task/{task['id']}")).status_code == 404
    hospital.control("POST", "acts/reassign-task", task=task["id"], owner="dana")
    assert dana.get(hospital.url(encounter)).status_code == 200


def test_scopes_bind_even_what_the_coder_may_see(hospital: Hospital) -> None:
    narrow = hospital.as_user("dana", "openid user/Task.r user/Task.rs")
    assert narrow.get(hospital.url("Task")).status_code == 200
    refused = narrow.get(hospital.url("Encounter"))
    assert refused.status_code == 403
    assert refused.json()["resourceType"] == "OperationOutcome"


def test_without_a_token_nothing_but_the_capabilities_is_told(hospital: Hospital) -> None:
    nobody = hospital.session()
    assert nobody.get(hospital.url("metadata")).json()["fhirVersion"] == "4.0.1"
    refused = nobody.get(hospital.url("Task"))
    assert refused.status_code == 401
    assert "WWW-Authenticate" in refused.headers
    assert hospital.session("forged").get(hospital.url("Task")).status_code == 401


def test_a_coder_cannot_reassign_or_rewrite_what_the_hospital_decides(
    hospital: Hospital, dana: requests.Session
) -> None:
    task = tasks(dana, hospital)[0]
    for change in ({"owner": {"reference": "Practitioner/vera"}}, {"for": {"reference": "Patient/x"}}):
        answer = dana.put(hospital.url(f"Task/{task['id']}"), json={**task, **change}, headers=FHIR)
        assert answer.status_code == 403, change


def test_an_unowned_task_is_pulled_by_whoever_is_first(hospital: Hospital, dana: requests.Session) -> None:
    task = next(task for task in tasks(dana, hospital) if task["status"] == "requested")
    group = f"{task['groupIdentifier']['system']}|{task['groupIdentifier']['value']}"
    hospital.control("POST", "acts/edit-task", task=task["id"], set={"owner": None})
    pool = f"Task?group-identifier={group}&status=requested&owner:missing=true"
    [free] = found(dana, hospital, pool)
    mine = {**free, "owner": {"reference": "Practitioner/dana"}}
    version = {**FHIR, "If-Match": f'W/"{free["meta"]["versionId"]}"'}
    assert dana.put(hospital.url(f"Task/{task['id']}"), json=mine, headers=version).status_code == 200
    miguel = hospital.as_user("miguel")
    late = {**mine, "owner": {"reference": "Practitioner/miguel"}}
    assert miguel.put(hospital.url(f"Task/{task['id']}"), json=late, headers=version).status_code in (404, 412)


# ---------------------------------------------------------------- versions


def test_a_version_held_is_not_sent_again(hospital: Hospital, dana: requests.Session) -> None:
    first = dana.get(hospital.url("Basic/policy-lakemere"))
    again = dana.get(hospital.url("Basic/policy-lakemere"), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_an_update_of_an_older_version_is_a_412(hospital: Hospital, dana: requests.Session) -> None:
    task = tasks(dana, hospital)[0]
    hospital.control("POST", "acts/edit-task", task=task["id"], set={"priority": "asap"})
    put = {**FHIR, "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    refused = dana.put(hospital.url(f"Task/{task['id']}"), json={**task, "status": "accepted"}, headers=put)
    assert refused.status_code == 412
    now = dana.get(hospital.url(f"Task/{task['id']}"))
    put = {**FHIR, "If-Match": now.headers["ETag"]}
    stored = dana.put(hospital.url(f"Task/{task['id']}"), json={**now.json(), "status": "accepted"}, headers=put)
    assert stored.status_code == 200
    assert stored.json()["status"] == "accepted"
    assert int(stored.json()["meta"]["versionId"]) == int(now.json()["meta"]["versionId"]) + 1


# ---------------------------------------------------------------- search


def test_pages_bring_everything_once_in_order(hospital: Hospital, dana: requests.Session) -> None:
    url, seen, pages = hospital.url("Observation?_sort=_lastUpdated&_count=2"), [], 0
    while url:
        bundle = dana.get(url).json()
        seen += [(e["resource"]["meta"]["lastUpdated"], e["resource"]["id"]) for e in bundle["entry"]]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
        pages += 1
    assert len(seen) == len(set(seen)) == 9
    assert seen == sorted(seen)
    assert pages == 5


def test_a_watermark_brings_only_what_changed_since(hospital: Hospital, dana: requests.Session) -> None:
    task = tasks(dana, hospital)[1]
    changed = hospital.control("POST", "acts/edit-task", task=task["id"], set={"priority": "urgent"})
    since = changed["meta"]["lastUpdated"].replace("Z", "+00:00")
    answer = dana.get(hospital.url("Task"), params={"owner": "Practitioner/dana", "_lastUpdated": f"ge{since}"})
    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == [task["id"]]


def test_elements_bring_what_was_asked_and_what_may_not_be_missing(hospital: Hospital, dana: requests.Session) -> None:
    [task, *_] = found(dana, hospital, "Task?_elements=status,lastModified")
    assert set(task) == {"resourceType", "id", "meta", "status", "intent", "lastModified"}
    assert task["meta"]["tag"][-1]["code"] == "SUBSETTED"
    [vital] = found(dana, hospital, "Observation?category=vital-signs&_elements=value&_count=1")[:1]
    assert vital["valueQuantity"]["value"] == 84


def test_an_include_brings_the_authors_along(hospital: Hospital, dana: requests.Session) -> None:
    encounter = tasks(dana, hospital)[0]["encounter"]["reference"]
    url = hospital.url(f"DocumentReference?encounter={encounter}&_include=DocumentReference:author")
    modes = [(e["search"]["mode"], e["resource"]["resourceType"]) for e in dana.get(url).json()["entry"]]
    assert modes.count(("match", "DocumentReference")) == 3
    assert modes.count(("include", "Practitioner")) == 1


@pytest.mark.parametrize(
    "query", ["Task?name=x", "Task?_sort=priority", "Task?owner:exact=x", "Task?_lastUpdated=soon", "Task?_count=many"]
)
def test_what_the_search_does_not_know_is_refused_aloud(hospital: Hospital, dana: requests.Session, query: str) -> None:
    answer = dana.get(hospital.url(query))
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_words_of_a_role_and_a_policy_are_found(hospital: Hospital, dana: requests.Session) -> None:
    roles = found(dana, hospital, "PractitionerRole?practitioner=Practitioner/miguel&active=true")
    assert [c["coding"][0]["code"] for c in roles[0]["code"]] == ["inpatient-coder", "outpatient-coder"]
    [policy] = found(dana, hospital, f"Basic?identifier={systems.SID_POLICY}|lakemere")
    assert policy["extension"][0]["url"] == systems.WORKSTATION_POLICY


# ---------------------------------------------------------------- documents


def test_a_document_comes_raw_or_as_fhir_and_its_hash_holds(hospital: Hospital, dana: requests.Session) -> None:
    encounter = tasks(dana, hospital)[0]["encounter"]["reference"]
    for document in found(dana, hospital, f"DocumentReference?encounter={encounter}"):
        place = document["content"][0]["attachment"]
        kind = place["contentType"].partition(";")[0]
        accept = {"Accept": f"{kind}, application/fhir+json;q=0.5"}
        raw = dana.get(hospital.url(place["url"]), headers=accept)
        assert raw.headers["Content-Type"] == place["contentType"]
        assert len(raw.content) == place["size"]
        digest = hashlib.sha1(raw.content, usedforsecurity=False).digest()
        assert base64.b64decode(place["hash"]) == digest
        fhir = dana.get(hospital.url(place["url"]), headers={"Accept": "application/fhir+json"}).json()
        assert base64.b64decode(fhir["data"]) == raw.content


# ---------------------------------------------------------------- every answer


def test_every_miss_is_an_operation_outcome(hospital: Hospital, dana: requests.Session) -> None:
    for answer in (
        dana.get(hospital.url("Task/nobody")),
        dana.get(hospital.url("Spaceship")),
        dana.get(hospital.url("Task/a/b/c")),
        dana.patch(hospital.url("Task/nobody"), json=[]),
        dana.post(hospital.url("Claim"), data="<Claim/>", headers={"Content-Type": "application/fhir+xml"}),
    ):
        assert answer.status_code >= 400
        assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_request_id_comes_back(hospital: Hospital, dana: requests.Session) -> None:
    answer = dana.get(hospital.url("Task"), headers={"X-Request-Id": "one-two"})
    assert answer.headers["X-Request-Id"] == "one-two"
    assert hospital.control("GET", "requests")[-1]["request_id"] == "one-two"
