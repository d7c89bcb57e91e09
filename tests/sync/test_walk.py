"""The daily walk: only what moved comes again, and whatever moved does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import requests

from tests import charts
from tests.fakes.proxy import Fault, Proxy
from tests.sync.conftest import Room
from workstation.cache import encounters, facts
from workstation.domain.encounter import DocumentId, Encounter
from workstation.errors import ServerRefused
from workstation.fhir.client import FhirClient
from workstation.operations import worklist
from workstation.sync import Sync, SyncKind
from workstation.sync.walk import OVERLAP, PARTS

pytestmark = pytest.mark.peers


@pytest.fixture
def held(room: Room) -> Room:
    """A chart that has been here for a while: what changes from now on is new to this desk."""
    room.seed()
    room.change_task(priority="stat")  # the last the server wrote
    room.sync.once()
    written = datetime.fromisoformat(room.task_there()["meta"]["lastUpdated"])
    room.bench.desk.db.write(lambda db: facts.put(db, "charts_at", (written + OVERLAP).isoformat())).result()
    room.bench.guard.intents.clear()
    return room


def walk(room: Room) -> list[str]:
    """A day later; the acts of that round."""
    room.bench.later(timedelta(days=1, minutes=1))
    assert room.sync.once().kind is SyncKind.IN_STEP
    return room.bench.guard.acts


def chart_of(room: Room) -> Encounter:
    found = room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result()
    assert found is not None
    return found


def test_a_walk_fetches_no_chart_that_stands_as_it_did(held: Room) -> None:
    assert "fetch" not in walk(held)


def test_a_walk_of_a_desk_that_does_not_know_how_old_its_charts_are_fetches_them(room: Room) -> None:
    room.seed()
    room.sync.once()
    room.bench.desk.db.write(lambda db: facts.put(db, "charts_at", "")).result()
    room.bench.guard.intents.clear()
    assert walk(room).count("fetch") == 1
    assert room.bench.desk.db.read(lambda db: facts.get(db, "charts_at")).result()


def test_a_walk_brings_an_addendum(held: Room) -> None:
    first = charts.get(held.base, f"DocumentReference/{held.prefix}d1")
    addendum = {k: v for k, v in first.items() if k != "meta"} | {"id": f"{held.prefix}d3"}
    charts.put(held.base, addendum)
    assert walk(held).count("fetch") == 1
    assert f"{held.prefix}d3" in {d.id for d in chart_of(held).documents}


def test_a_walk_takes_out_a_document_the_server_no_longer_has(held: Room) -> None:
    answer = requests.delete(f"{held.base}/DocumentReference/{held.prefix}d2", timeout=20)
    assert answer.ok
    assert walk(held).count("fetch") == 1
    assert {d.id for d in chart_of(held).documents} == {DocumentId(f"{held.prefix}d1")}


@pytest.mark.parametrize("part", ["e", "o1", "m1", "ma1", "c1", "p", "cov"])
def test_a_walk_brings_a_chart_of_which_any_part_changed(held: Room, part: str) -> None:
    name = f"{held.prefix}{part}"
    [kind] = [r["resourceType"] for r in charts.chart(held.prefix, held.coder) if r["id"] == name]
    assert kind in {one.kind for one in PARTS}
    charts.put(held.base, {**charts.get(held.base, f"{kind}/{name}"), "language": "en-US"})
    assert walk(held).count("fetch") == 1


def test_a_server_that_refuses_to_say_what_moved_has_its_charts_fetched(
    held: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = held.client.pages

    def refusing(kind: str, params, *, request_id: str = ""):
        if kind == "Patient":
            raise ServerRefused("It answered 403.", status=403)
        return pages(kind, params, request_id=request_id)

    monkeypatch.setattr(held.client, "pages", refusing)
    assert walk(held).count("fetch") == 1


def test_a_walk_finds_an_assignment_the_searches_before_did_not_list(held: Room) -> None:
    late = (held.bench.desk.now() + timedelta(days=3650)).isoformat()
    held.bench.desk.db.write(lambda db: facts.put(db, "watermark", late)).result()
    charts.put(held.base, *(r for r in charts.chart(f"{held.prefix}2", held.coder)))
    held.sync.once()
    assert len(worklist.load(held.bench.desk).result()) == 1
    walk(held)
    assert len(worklist.load(held.bench.desk).result()) == 2


@pytest.mark.parametrize("moved_by", ["walk", "task"])
def test_what_moved_is_fetched_later_when_the_desk_was_cut_off_before(held: Room, proxy: Proxy, moved_by: str) -> None:
    """A lock ends the desk at any moment: what it learnt and had not fetched yet stays known."""
    if moved_by == "task":
        held.change_task(priority="asap")
    charts.put(held.base, {**charts.get(held.base, f"Observation/{held.prefix}o1"), "language": "en-US"})
    held.bench.later(timedelta(days=1, minutes=1) if moved_by == "walk" else timedelta(minutes=5))
    proxy.times(99, Fault(cut=True), "GET", "/Encounter/")
    cut_off = FhirClient(proxy.base, lambda: "token", timeout=(5, 20))
    assert Sync(held.bench.desk, cut_off, held.states.append).once().kind is SyncKind.OFFLINE
    cut_off.close()
    held.bench.guard.intents.clear()
    held.bench.later(timedelta(minutes=5))
    anew = Sync(held.bench.desk, held.client, held.states.append)
    assert anew.once().kind is SyncKind.IN_STEP
    assert held.bench.guard.acts.count("fetch") == 1
    assert anew.once().kind is SyncKind.IN_STEP
    assert held.bench.guard.acts.count("fetch") == 1
