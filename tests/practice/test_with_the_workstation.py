"""The workstation's own sync against the practice server and its shipped charts: fetched whole, coded, handed in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desks import I50_23, Bench, open_bench
from tests.practice.hospital import QUICK, Hospital, running
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import SendState, WorklistItem, WorkState
from workstation.fhir.client import FhirClient
from workstation.operations import coding, documents, worklist
from workstation.operations import encounters as opening
from workstation.operations.coding import Finalized
from workstation.sync import Sync, SyncKind, SyncState


@dataclass
class Room:
    """Dana at the practice hospital."""

    hospital: Hospital
    bench: Bench
    client: FhirClient
    sync: Sync

    def rows(self) -> tuple[WorklistItem, ...]:
        return worklist.load(self.bench.desk).result()

    def row(self, encounter_id: EncounterId) -> WorklistItem:
        return next(row for row in self.rows() if row.encounter_id == encounter_id)


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[Hospital]:
    with running(tmp_path / "practice", *QUICK) as hospital:
        yield hospital


@pytest.fixture
def room(tmp_path: Path, shipped: Hospital) -> Iterator[Room]:
    token = shipped.control("POST", "token", user="dana", scope="")["access_token"]
    bench = open_bench(tmp_path / "cache.db", coder="dana")
    client = FhirClient(shipped.base, lambda: token, timeout=(5, 20))
    states: list[SyncState] = []
    yield Room(shipped, bench, client, Sync(bench.desk, client, states.append))
    client.close()
    bench.desk.db.close()
    shipped.control("DELETE", "faults")


def test_every_shipped_chart_arrives_whole_and_readable(room: Room) -> None:
    assert room.sync.once().kind is SyncKind.IN_STEP
    rows = room.rows()
    standing = room.hospital.control("POST", "resource", type="Task")
    assert len(rows) == sum(task["owner"]["reference"] == "Practitioner/dana" for task in standing)
    for row in rows:
        opened = opening.open(room.bench.desk, row.encounter_id).result()
        assert opened.is_complete
        assert opened.encounter.facility == "Lakemere Regional Medical Center"
        assert opened.encounter.patient.mrn
        assert any(document.author_is_provider for document in opened.encounter.documents)
        for document in opened.encounter.documents:
            content = documents.open(room.bench.desk, document.id).result()
            assert content.text or document.media_type in ("image/png", "application/pdf"), document.title


@pytest.mark.parametrize("fault", ["", "batch", "cut"])
def test_a_coding_is_handed_in_and_taken_in_whatever_the_server_does(room: Room, fault: str) -> None:
    room.sync.once()
    mine = next(row for row in room.rows() if row.work_state is WorkState.NOT_STARTED)
    coding.add(room.bench.desk, mine.encounter_id, I50_23, principal=True, poa=PoaIndicator.YES).result()
    assert isinstance(coding.finalize(room.bench.desk, mine.encounter_id).result(), Finalized)
    if fault:
        room.hospital.control("POST", "faults", kind=fault, method="POST", path="/fhir")
    until = time.monotonic() + 30
    while room.sync.once().waiting:
        room.bench.clock[0] += timedelta(minutes=10)
        assert time.monotonic() < until
    assert room.row(mine.encounter_id).send_state is SendState.IN_STEP
    [task] = room.hospital.control("POST", "resource", type="Task", id=mine.task_id)
    claim = task["output"][0]["valueReference"]["reference"].removeprefix("Claim/")
    assert task["status"] == "completed"
    [stored] = room.hospital.control("POST", "resource", type="Claim", id=claim)
    assert stored["diagnosis"][0]["diagnosisCodeableConcept"]["coding"][0]["code"] == "I50.23"

    def taken_in() -> bool:
        found = room.hospital.control("POST", "resource", type="ClaimResponse")
        return f"Claim/{claim}" in {response["request"]["reference"] for response in found}

    while not taken_in():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_task_taken_back_leaves_the_workstation(room: Room) -> None:
    room.sync.once()
    gone = next(row for row in reversed(room.rows()) if row.work_state is WorkState.NOT_STARTED)
    room.hospital.control("POST", "acts/cancel-task", task=gone.task_id)
    room.sync.once()
    assert gone.encounter_id not in {row.encounter_id for row in room.rows()}
