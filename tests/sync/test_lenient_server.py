"""A server that leaves out every search parameter and says nothing: nobody meets another patient's chart, role or device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import charts
from tests.fakes.paper_server import PaperServer
from tests.sync.conftest import Room, new_room
from tests.sync.test_round_trip import code_it, finalize, row
from workstation.cache import encounters
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import SendState
from workstation.fhir import device, systems
from workstation.sync import SyncKind


@pytest.fixture
def server() -> Iterator[PaperServer]:
    made = PaperServer()
    yield made
    made.close()


@pytest.fixture
def room(tmp_path: Path, server: PaperServer) -> Iterator[Room]:
    made = new_room(tmp_path / "cache.db", server.base, "one-", "coder1")
    other = [{**each, "id": each["id"]} for each in charts.chart("two-", "coder1")]
    for resource in other:
        if resource["resourceType"] == "Observation":
            resource["valueQuantity"] = {"value": 9.9, "unit": "mg/dL"}
        if resource["resourceType"] == "Condition":
            resource["code"] = {"text": "Somebody else's"}
    server.put(*charts.chart("one-", "coder1"), *other)
    yield made
    made.client.close()
    made.bench.desk.db.close()


def test_a_chart_holds_nothing_of_another_patient(room: Room) -> None:
    """Such a server once put another patient's creatinine into the chart."""
    assert room.sync.once().kind is SyncKind.IN_STEP
    for name in ("one-", "two-"):
        found = room.bench.desk.db.read(lambda db, name=name: encounters.get(db, EncounterId(f"{name}e"))).result()
        assert found is not None
        assert {document.id for document in found.documents} == {f"{name}d1", f"{name}d2"}
        assert [result.value for result in found.labs] == ["2.4" if name == "one-" else "9.9"]
        assert len(found.medications) == len(found.problems) == 1
        assert found.problems[0].text == ("Heart failure" if name == "one-" else "Somebody else's")
        assert found.coverage_ref == f"Coverage/{name}cov"


def test_the_encounter_says_whose_chart_it_is(room: Room, server: PaperServer) -> None:
    """After two patients were made one the assignment may still name the old."""
    server.put(charts.task("one-", "coder1", **{"for": {"reference": "Patient/two-p"}}))
    room.sync.once()
    found = room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result()
    assert found is not None
    assert found.patient.id == "one-p"
    assert [result.source for result in found.labs] == ["Observation/one-o1"]
    assert found.coverage_ref == "Coverage/one-cov"


def test_a_result_is_never_taken_for_another(room: Room, server: PaperServer) -> None:
    identifier = [{"system": systems.SID_CODED_RESULT, "value": "another"}]
    server.put({"resourceType": "Claim", "id": "0-first", "status": "active", "identifier": identifier})
    room.sync.once()
    code_it(room)
    finalize(room)
    assert room.sync.once().waiting == 0
    assert row(room).send_state is SendState.IN_STEP
    output = server.kept["Task/one-t"]["output"][0]["valueReference"]["reference"]
    assert output != "Claim/0-first"
    assert server.kept[output]["identifier"][0]["value"] != "another"
    assert "diagnosis" not in server.kept["Claim/0-first"]


def test_a_device_and_a_policy_are_ones_own(room: Room, server: PaperServer) -> None:
    other = {"resourceType": "Device", "id": "0-other", "status": "active"}
    server.put({**other, "identifier": [{"system": systems.SID_INSTALLATION, "value": "another"}]})
    extension = [{"url": systems.WORKSTATION_POLICY, "extension": [{"url": "codeCopy", "valueBoolean": True}]}]
    named = [{"system": systems.SID_POLICY, "value": "another"}]
    server.put({"resourceType": "Basic", "id": "p", "identifier": named, "extension": extension})
    mine = device.enlist(room.client, "mine", "0.1.0")
    assert mine != "Device/0-other"
    assert device.enlist(room.client, "mine", "0.1.0") == mine
    assert device.policy(room.client, "organisation") is None


def test_a_task_that_asks_for_no_review_is_none(room: Room) -> None:
    desk = room.bench.desk
    lead = replace(desk, coder=replace(desk.coder, roles=frozenset({"lead"})))
    from workstation.cache import query_mirror
    from workstation.sync.query_pull import QueryWatcher

    QueryWatcher(lead, room.client).run()
    assert desk.db.read(query_mirror.reviews).result() == ()
