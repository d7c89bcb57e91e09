"""What does not pass is handed to a lead: a Task of ids and codes, seen by the leads, taken, settled, and the coder told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import fhirkit
import pytest
import requests

from tests.conformance.limited import Limited
from tests.desks import I50_23, open_bench
from tests.fakes.proxy import Fault
from tests.peers import Peer
from tests.practice.hospital import QUICK, Hospital, running
from tests.sync.conftest import Room, a_room
from tests.sync.test_faults import ready
from tests.sync.test_round_trip import code_it, in_conflict, row
from tests.sync.test_streams import refusing
from workstation.domain.access import Coder
from workstation.domain.coding import PoaIndicator
from workstation.domain.hand_over import Stage
from workstation.domain.worklist import SendState, WorkState
from workstation.errors import NotAllowed
from workstation.fhir.client import FhirClient
from workstation.operations import coding, hand_overs, letters, worklist
from workstation.operations import encounters as opening
from workstation.operations import tasks as assignments
from workstation.sync import Sync


@pytest.fixture
def proxy(sekmet: Peer) -> Iterator[Limited]:
    between = Limited(sekmet.base)
    yield between
    between.close()


@pytest.fixture
def room(tmp_path: Path, sekmet: Peer, proxy: Limited) -> Iterator[Room]:
    with a_room(tmp_path, sekmet, via=proxy.base, seeded=True) as made:
        yield made


def tasks_there(room: Room) -> list[dict]:
    bundle = requests.get(
        f"{room.base}/Task", params={"encounter": f"Encounter/{room.encounter_id}"}, timeout=10
    ).json()
    found = [entry["resource"] for entry in bundle.get("entry", [])]
    return [task for task in found if "settle-hand-over" in json.dumps(task["code"])]


def stage(room: Room) -> Stage:
    handed = opening.refresh(room.bench.desk, room.encounter_id).result().hand_over
    assert handed is not None
    return handed.stage


def refused(room: Room, proxy: Limited, status: int = 422) -> None:
    ready(room)
    proxy._before = refusing("Claim", status)
    room.sync.once()
    assert row(room).send_state is SendState.REFUSED


def test_a_refused_result_is_handed_over_by_ids_and_codes_alone(room: Room, proxy: Limited) -> None:
    refused(room, proxy)
    hand_overs.hand_over(room.bench.desk, room.encounter_id, "Coverage looks  ended; please check.").result()
    assert stage(room) is Stage.SENDING
    room.sync.once()
    (task,) = tasks_there(room)
    assert stage(room) is Stage.WAITING
    assert row(room).send_state is SendState.REFUSED  # the result itself is as it was
    assert "owner" not in task
    assert task["performerType"][0]["coding"][0]["code"] == "lead"
    assert {c["code"] for c in task["reasonCode"]["coding"]} == {"result-refused", "422"}
    assert task["partOf"] == [{"reference": f"Task/{room.prefix}t"}]
    assert task["input"][0]["valueIdentifier"]["system"].endswith("sid/coded-result")
    assert [note["text"] for note in task["note"]] == ["Coverage looks ended; please check."]
    assert [str(issue) for issue in fhirkit.validate(json.dumps(task))] == []
    words = json.dumps(task)
    assert not any(name in words for name in ("Brannigan", "Harold", "00482913", "I50.23", "heart"))
    assert "hand-over" in room.bench.guard.acts
    with pytest.raises(NotAllowed, match="already"):
        hand_overs.hand_over(room.bench.desk, room.encounter_id).result()


def test_a_conflict_may_be_handed_over_and_stays_the_coders_to_decide(room: Room) -> None:
    in_conflict(room)
    hand_overs.hand_over(room.bench.desk, room.encounter_id).result()
    room.sync.once()
    (task,) = tasks_there(room)
    assert {c["code"] for c in task["reasonCode"]["coding"]} == {"result-conflict", "412"}
    assert "note" not in task
    assert row(room).send_state is SendState.CONFLICT


def test_withdrawn_work_is_kept_not_sent_and_may_be_handed_over_before_it_is_let_go(room: Room) -> None:
    room.sync.once()
    code_it(room)
    room.change_task(status="cancelled")
    room.sync.once()
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    assert (opened.work_state, opened.may_hand_over) == (WorkState.WITHDRAWN, True)
    hand_overs.hand_over(room.bench.desk, room.encounter_id, "Half coded.").result()
    assignments.let_go(room.bench.desk, room.encounter_id).result()  # before it has left
    room.sync.once()
    (task,) = tasks_there(room)
    assert task["reasonCode"]["coding"][0]["code"] == "assignment-withdrawn"
    room.sync.once()
    assert row(room) is None  # the chart is gone, what was said to the leads has arrived


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("Please call Brannigan back", "patient's name"),
        ("MRN 00482913 is doubled", "record number"),
        ("born 03/14/1952", "date of birth"),
        ("x" * 501, "longer than 500"),
    ],
)
def test_a_note_that_says_who_the_patient_is_does_not_leave(room: Room, proxy: Limited, note: str, words: str) -> None:
    refused(room, proxy)
    with pytest.raises(NotAllowed, match=words):
        hand_overs.hand_over(room.bench.desk, room.encounter_id, note).result()
    room.sync.once()
    assert tasks_there(room) == []


def test_nothing_is_handed_over_of_what_is_well(room: Room) -> None:
    ready(room)
    room.sync.once()
    with pytest.raises(NotAllowed, match="nothing"):
        hand_overs.hand_over(room.bench.desk, room.encounter_id).result()


def test_a_server_that_takes_no_such_task_is_told_of_and_it_can_be_tried_again(room: Room, proxy: Limited) -> None:
    refused(room, proxy)
    proxy._before = refusing("Task", 403)
    hand_overs.hand_over(room.bench.desk, room.encounter_id).result()
    room.sync.once()
    assert stage(room) is Stage.UNSENT
    assert row(room).send_state is SendState.REFUSED
    proxy._before = lambda asked: asked
    hand_overs.hand_over(room.bench.desk, room.encounter_id).result()
    room.sync.once()
    assert stage(room) is Stage.WAITING
    assert len(tasks_there(room)) == 1


def test_a_letter_whose_answer_was_lost_is_one_task(room: Room, proxy: Limited) -> None:
    refused(room, proxy)
    proxy._before = lambda asked: asked
    hand_overs.hand_over(room.bench.desk, room.encounter_id).result()
    proxy.times(1, Fault(cut=True, after=True), "POST", "/Task")
    for _ in range(3):
        room.bench.later(timedelta(minutes=6))
        room.sync.once()
    assert len(tasks_there(room)) == 1


# ---------------------------------------------------------------- a coder and a lead at the practice hospital


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with running(tmp_path / "practice", *QUICK) as made:
        yield made


def desk_of(hospital: Hospital, folder: Path, user: str, role: str):
    token = str(hospital.control("POST", "token", user=user)["access_token"])
    bench = open_bench(folder / f"{user}.db", coder=user)
    bench.desk = replace(bench.desk, coder=Coder(user, user, user.title(), "CCS", frozenset({role})))
    client = FhirClient(hospital.base, lambda: token, timeout=(5, 20))
    return bench, client, Sync(bench.desk, client, lambda state: None)


def test_a_coder_hands_over_a_lead_takes_and_settles_and_the_coder_sends_again(
    hospital: Hospital, tmp_path: Path
) -> None:
    dana, dana_client, dana_sync = desk_of(hospital, tmp_path, "dana", "inpatient-coder")
    lena, lena_client, lena_sync = desk_of(hospital, tmp_path, "lena", "lead")
    try:
        dana_sync.once()
        encounter = worklist.load(dana.desk).result()[0].encounter_id
        coding.add(dana.desk, encounter, I50_23, principal=True, poa=PoaIndicator.YES).result()
        dana_sync.once()
        coding.finalize(dana.desk, encounter).result()
        hospital.control("POST", "faults", kind="status", status=422, method="POST", path="/fhir", count=1)
        dana_sync.once()
        assert opening.refresh(dana.desk, encounter).result().send_state is SendState.REFUSED
        hand_overs.hand_over(dana.desk, encounter, "Refused twice.").result()
        dana_sync.once()

        lena_sync.once()
        (handed,) = hand_overs.waiting(lena.desk).result()
        assert (handed.trouble, handed.http_status, handed.requester) == ("result-refused", "422", "dana")
        assert (handed.encounter_id, handed.note) == (encounter, "Refused twice.")
        hand_overs.take(lena.desk, handed.task_id).result()
        lena_sync.once()
        dana_sync.once()
        assert opening.refresh(dana.desk, encounter).result().hand_over.stage is Stage.TAKEN
        hand_overs.settle(lena.desk, handed.task_id).result()
        lena_sync.once()
        assert hand_overs.refresh(lena.desk).result() == ()
        dana_sync.once()
        assert opening.refresh(dana.desk, encounter).result().hand_over.stage is Stage.SETTLED

        letters.send_again(dana.desk, encounter).result()
        dana_sync.once()
        assert opening.refresh(dana.desk, encounter).result().send_state is SendState.IN_STEP
        assert {"hand-over", "send"} <= set(lena.guard.acts) & set(dana.guard.acts)
        with pytest.raises(NotAllowed):
            hand_overs.take(dana.desk, handed.task_id).result()
    finally:
        for bench, client in ((dana, dana_client), (lena, lena_client)):
            client.close()
            bench.desk.db.close()


def test_the_practice_hospital_lets_only_a_lead_settle_and_nobody_hand_over_in_anothers_name(
    hospital: Hospital, tmp_path: Path
) -> None:
    dana, dana_client, dana_sync = desk_of(hospital, tmp_path, "dana", "inpatient-coder")
    try:
        dana_sync.once()
        encounter = worklist.load(dana.desk).result()[0].encounter_id
        coding.add(dana.desk, encounter, I50_23, principal=True, poa=PoaIndicator.YES).result()
        dana_sync.once()
        coding.finalize(dana.desk, encounter).result()
        hospital.control("POST", "faults", kind="status", status=422, method="POST", path="/fhir", count=1)
        dana_sync.once()
        hand_overs.hand_over(dana.desk, encounter).result()
        dana_sync.once()
    finally:
        dana_client.close()
        dana.desk.db.close()
    (task,) = [t for t in hospital.control("POST", "resource", type="Task") if "settle-hand-over" in json.dumps(t)]
    own, colleague, lead = (hospital.as_user(user) for user in ("dana", "miguel", "lena"))
    place = f"{hospital.base}/Task/{task['id']}"
    fhir = {"Content-Type": "application/fhir+json"}

    def put(session: requests.Session, **changes: object) -> int:
        body = {**task, **changes}
        return session.put(place, data=json.dumps(body), headers=fhir, timeout=10).status_code

    me = {"reference": "Practitioner/lena"}
    assert colleague.get(place, timeout=10).status_code == 404
    assert put(own, status="completed") == 403
    assert put(lead, status="accepted", owner={"reference": "Practitioner/ruth"}) == 403
    assert put(lead, status="accepted", owner=me, note=[{"text": "another"}]) == 403
    assert put(lead, status="accepted", owner=me) == 200
    new = {key: value for key, value in task.items() if key not in ("id", "meta", "identifier")}
    for wrong in ({"requester": me}, {"owner": me}, {"encounter": {"reference": "Encounter/other"}}, {"partOf": []}):
        body = {key: value for key, value in {**new, **wrong}.items() if value != []}
        post = own.post(f"{hospital.base}/Task", data=json.dumps(body), headers=fhir, timeout=10)
        assert post.status_code == 403, wrong
