"""The whole way: assigned on the server, coded here, confirmed there."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests import charts
from tests.desks import I50_23, N17_0
from tests.sync.conftest import Room
from workstation.cache import encounters, outbox, tasks, work
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import DocumentId
from workstation.domain.three_sides import PRINCIPAL, Side
from workstation.domain.worklist import SendState, WorkState
from workstation.errors import DocumentUnreadable, NotAllowed
from workstation.operations import coding, conflicts, documents, holds, worklist
from workstation.operations import encounters as opening
from workstation.operations import tasks as assignments
from workstation.operations.coding import Finalized
from workstation.operations.holds import HoldReason
from workstation.operations.tasks import HandBackReason
from workstation.sync import SyncKind


def claims(room: Room) -> list[dict]:
    found = charts.get(room.base, f"Claim?patient=Patient/{room.prefix}p")
    return [entry["resource"] for entry in found.get("entry", [])]


def code_it(room: Room) -> None:
    coding.add(room.bench.desk, room.encounter_id, I50_23, principal=True, poa=PoaIndicator.YES).result()


def finalize(room: Room) -> Finalized:
    done = coding.finalize(room.bench.desk, room.encounter_id).result()
    assert isinstance(done, Finalized)
    return done


def row(room: Room):
    found = [r for r in worklist.load(room.bench.desk).result() if r.encounter_id == room.encounter_id]
    return found[0] if found else None


def test_an_assigned_encounter_arrives_whole(room: Room) -> None:
    room.seed()
    assert room.sync.once().kind is SyncKind.IN_STEP
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    e = opened.encounter
    assert opened.is_complete
    assert (e.patient.full_name, e.patient.mrn) == ("Brannigan, Harold James", "00482913")
    assert (e.facility, e.coverage, e.disposition) == ("Lakemere Regional Medical Center", "Medicare Part A", "01")
    assert e.service_date.isoformat() == "2026-11-14"
    assert [(p.name, p.credential, p.role) for p in e.providers] == [("Elena Ortiz", "MD", "attending")]
    assert [(r.name, r.value, r.unit, r.flag, r.reference) for r in e.labs] == [
        ("Creatinine", "2.4", "mg/dL", "H", "0.6 to 1.1")
    ]
    assert [(m.name, m.dose, len(m.given_at)) for m in e.medications] == [("Furosemide", "40 mg IV twice daily", 1)]
    assert [(p.text, p.onset) for p in e.problems] == [("Heart failure", "2021")]
    assert {d.title for d in e.documents} == {"Discharge summary", "Progress note"}
    assert all(d.author_is_provider and d.is_here for d in e.documents)


def test_documents_are_plain_text_and_scripts_are_gone(room: Room) -> None:
    room.seed()
    room.sync.once()
    page = documents.open(room.bench.desk, DocumentId(f"{room.prefix}d2")).result()
    assert page.text.strip() == "Progress note\n\nPatient improving."
    note = documents.open(room.bench.desk, DocumentId(f"{room.prefix}d1")).result()
    assert note.text == charts.NOTE.decode()


def test_a_document_changed_on_the_way_is_not_shown(room: Room) -> None:
    room.seed()
    binary = charts.get(room.base, f"Binary/{room.prefix}b-d1")
    charts.put(room.base, {**binary, "data": "Zm9yZ2Vk"})
    room.sync.once()
    shown = room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result()
    assert [d.is_here for d in shown.documents if d.id.endswith("d1")] == [True]
    with pytest.raises(DocumentUnreadable, match="size"):
        documents.open(room.bench.desk, DocumentId(f"{room.prefix}d1")).result()


def test_a_coded_encounter_reaches_the_server_once_with_its_task(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    assert row(room).send_state is SendState.WAITING
    state = room.sync.once()
    assert (state.kind, state.waiting) == (SyncKind.IN_STEP, 0)
    (claim,) = claims(room)
    task = room.task_there()
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("completed", "final-coded")
    assert task["output"][0]["valueReference"]["reference"] == f"Claim/{claim['id']}"
    assert task["restriction"]["period"]["end"]  # what we do not know of is put back as it came
    assert claim["diagnosis"][0]["diagnosisCodeableConcept"]["coding"][0]["version"] == "2027"
    assert row(room).work_state is WorkState.FINALIZED


def test_a_letter_whose_answer_was_lost_has_its_effect_once(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    done = finalize(room)
    room.sync.once()
    version = room.task_there()["meta"]["versionId"]

    def as_if_unanswered(db):
        first = outbox.get(db, done.letter_id)
        db.execute("update outbox set state = 'waiting', answer = '' where id = ?", (first.id,))

    room.bench.desk.db.write(as_if_unanswered).result()
    assert room.sync.once().waiting == 0
    assert len(claims(room)) == 1
    assert room.task_there()["meta"]["versionId"] == version


def test_a_correction_replaces_the_result_it_corrects(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    room.sync.once()
    coding.reopen(room.bench.desk, room.encounter_id).result()
    coding.add(room.bench.desk, room.encounter_id, N17_0, poa=PoaIndicator.NO).result()
    finalize(room)
    assert room.sync.once().refused == 0
    (claim,) = claims(room)
    assert [d["diagnosisCodeableConcept"]["coding"][0]["code"] for d in claim["diagnosis"]] == ["I50.23", "N17.0"]
    assert room.task_there()["status"] == "completed"


def test_what_only_the_server_owns_does_not_make_a_conflict(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    room.change_task(priority="stat")
    state = room.sync.once()
    assert (state.kind, state.refused) == (SyncKind.IN_STEP, 0)
    task = room.task_there()
    assert (task["status"], task["priority"]) == ("completed", "stat")


def somebody_else_coded_it(room: Room) -> None:
    terms = "http://terminology.hl7.org/CodeSystem"
    diagnosis = {
        "sequence": 1,
        "diagnosisCodeableConcept": charts.concept("http://hl7.org/fhir/sid/icd-10-cm", "I50.33"),
        "type": [charts.concept(f"{terms}/ex-diagnosistype", "principal")],
    }
    their_claim = {
        "resourceType": "Claim",
        "id": f"{room.prefix}theirs",
        "status": "active",
        "use": "claim",
        "type": charts.concept(f"{terms}/claim-type", "institutional"),
        "patient": {"reference": f"Patient/{room.prefix}p"},
        "created": "2026-11-24T10:00:00Z",
        "provider": {"display": "x"},
        "priority": charts.concept(f"{terms}/processpriority", "normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "x"}}],
        "diagnosis": [diagnosis],
    }
    charts.put(room.base, their_claim)
    output = {
        "type": charts.concept(f"{charts.X}/CodeSystem/coding-task-output", "coded-result"),
        "valueReference": {"reference": f"Claim/{room.prefix}theirs"},
    }
    room.change_task(status="completed", output=[output])


def in_conflict(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    room.sync.once()
    finalize(room)
    somebody_else_coded_it(room)
    state = room.sync.once()
    assert (state.kind, state.refused) == (SyncKind.REFUSED, 1)


def test_a_conflict_keeps_both_sides_and_waits_for_the_coder(room: Room) -> None:
    in_conflict(room)
    found = conflicts.show(room.bench.desk, room.encounter_id).result()
    assert found.mine.principal.code == I50_23
    assert str(found.theirs.principal.code) == "I50.33"
    assert found.their_status == "completed"
    assert row(room).send_state is SendState.CONFLICT
    assert room.task_there()["output"][0]["valueReference"]["reference"].endswith("theirs")


def test_keeping_mine_sends_it_over_the_version_that_was_shown(room: Room) -> None:
    in_conflict(room)
    conflicts.keep_mine(room.bench.desk, room.encounter_id).result()
    state = room.sync.once()
    assert (state.kind, state.refused, state.waiting) == (SyncKind.IN_STEP, 0, 0)
    assert not room.task_there()["output"][0]["valueReference"]["reference"].endswith("theirs")


def test_taking_theirs_keeps_mine_one_undo_away(room: Room) -> None:
    in_conflict(room)
    conflicts.take_theirs(room.bench.desk, room.encounter_id).result()
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    assert str(opened.summary.principal.code) == "I50.33"
    assert (opened.conflict, opened.can_undo) == (None, True)
    coding.reopen(room.bench.desk, room.encounter_id).result()
    assert coding.undo(room.bench.desk, room.encounter_id).result().principal.code == I50_23


def test_a_conflict_decided_line_by_line_reaches_the_server_as_it_was_chosen(room: Room) -> None:
    in_conflict(room)
    found = conflicts.show(room.bench.desk, room.encounter_id).result()
    assert [row.told for row in found.rows if not row.is_same] == [
        "both changed it", "you added it", "the server added it",
    ]  # fmt: skip
    with pytest.raises(NotAllowed, match="Not everything is decided"):
        conflicts.combine(room.bench.desk, room.encounter_id, {}).result()
    conflicts.combine(room.bench.desk, room.encounter_id, {PRINCIPAL: Side.MINE}).result()
    room.sync.once()
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    assert [str(line.code) for line in opened.summary.lines] == ["I50.23", "I50.33"]
    assert all(line.title for line in opened.summary.lines)
    taken = opened.summary.lines[1]
    coding.set_poa(room.bench.desk, room.encounter_id, taken.id, PoaIndicator.YES).result()  # they had not said
    finalize(room)
    assert room.sync.once().refused == 0
    reference = room.task_there()["output"][0]["valueReference"]["reference"]
    claim = charts.get(room.base, reference)
    assert [d["diagnosisCodeableConcept"]["coding"][0]["code"] for d in claim["diagnosis"]] == ["I50.23", "I50.33"]
    assert not reference.endswith("theirs")


def test_an_encounter_cancelled_before_work_leaves_the_device(room: Room) -> None:
    room.seed()
    room.sync.once()
    room.change_task(status="cancelled")
    room.sync.once()
    assert row(room) is None
    assert room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result() is None
    assert "purge" in room.bench.guard.acts


def test_an_encounter_cancelled_during_work_keeps_the_draft(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    room.change_task(status="cancelled")
    room.sync.once()
    shown = row(room)
    assert shown.work_state is WorkState.WITHDRAWN
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    assert opened.summary.principal.code == I50_23


def test_the_daily_walk_finds_what_was_given_to_another_coder(room: Room) -> None:
    room.seed()
    room.sync.once()
    charts.put(room.base, charts.task(room.prefix, room.coder, owner={"reference": f"Practitioner/{room.prefix}dr"}))
    room.sync.once()
    assert row(room) is not None  # a search for my tasks cannot tell
    room.bench.later(timedelta(days=1, minutes=1))
    room.sync.once()
    assert row(room) is None


def test_a_hold_and_its_release_reach_the_server_in_order(room: Room) -> None:
    room.seed()
    room.sync.once()
    holds.hold(room.bench.desk, room.encounter_id, HoldReason.QUERY).result()
    room.sync.once()
    there = room.task_there()
    assert (there["status"], there["statusReason"]["text"]) == ("on-hold", "awaiting a provider's answer")
    holds.release(room.bench.desk, room.encounter_id).result()
    room.sync.once()
    there = room.task_there()
    assert (there["status"], "statusReason" in there) == ("in-progress", False)


def test_what_was_handed_back_is_purged_once_the_server_knows(room: Room) -> None:
    room.seed()
    room.sync.once()
    assignments.hand_back(room.bench.desk, room.encounter_id, HandBackReason.ABSENCE).result()
    room.sync.once()
    room.sync.once()
    assert room.task_there()["status"] == "rejected"
    assert room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result() is None


def test_a_second_sync_fetches_nothing_again(room: Room) -> None:
    room.seed()
    room.sync.once()
    room.bench.guard.intents.clear()
    room.sync.once()
    assert "fetch" not in room.bench.guard.acts


def test_an_addendum_comes_when_its_encounter_is_looked_at_again(room: Room) -> None:
    room.seed()
    room.sync.once()
    first = charts.get(room.base, f"DocumentReference/{room.prefix}d1")
    addendum = {k: v for k, v in first.items() if k != "meta"} | {
        "id": f"{room.prefix}d3",
        "relatesTo": [{"code": "appends", "target": {"reference": f"DocumentReference/{room.prefix}d1"}}],
    }
    charts.put(room.base, addendum)
    room.sync.nudge(room.encounter_id)
    room.sync.once()
    shown = room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result()
    assert [d.appends for d in shown.documents if d.id.endswith("d3")] == [f"{room.prefix}d1"]


def test_every_send_and_fetch_is_on_record_with_its_outcome(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    room.sync.once()
    assert {"fetch", "send"} <= set(room.bench.guard.acts)
    told = {intent_id for intent_id, _, _ in room.bench.guard.outcomes}
    acts = [i for i in room.bench.guard.intents if i.act.value in ("fetch", "send", "code-add", "finalize")]
    assert {i.id for i in acts} <= told
    assert all(i.request_id for i in acts if i.act.value in ("fetch", "send"))


def test_finished_work_leaves_the_device_when_its_time_is_over(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    room.sync.once()
    assert row(room) is not None
    room.bench.later(timedelta(hours=25))
    room.sync.once()
    assert row(room) is None
    assert room.bench.desk.db.read(lambda db: work.exists(db, room.encounter_id)).result() is False


def test_the_outbox_holds_json_and_nothing_half_written(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    letters = room.bench.desk.db.read(lambda db: outbox.open_of(db, room.encounter_id)).result()
    assert [json.loads(x.body)["task"]["status"] for x in letters] == ["in-progress", "completed"]
    assert room.bench.desk.db.read(lambda db: tasks.of_encounter(db, room.encounter_id)).result().status == "requested"


def test_withdrawn_work_leaves_the_device_when_the_coder_lets_it_go(room: Room) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    with pytest.raises(NotAllowed):
        assignments.let_go(room.bench.desk, room.encounter_id).result()
    room.change_task(status="cancelled")
    room.sync.once()
    room.sync.once()
    assert row(room).work_state is WorkState.WITHDRAWN
    assignments.let_go(room.bench.desk, room.encounter_id).result()
    room.sync.once()
    assert room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result() is None
