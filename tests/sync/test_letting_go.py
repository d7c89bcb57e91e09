"""What leaves the device and what stays: only a direct word of the server takes a chart away, and never the coder's work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import charts
from tests.fakes.proxy import Fault, Proxy
from tests.peers import Peer
from tests.sync.conftest import Room, a_room
from tests.sync.test_round_trip import code_it, row
from workstation.cache import encounters, tasks
from workstation.domain.worklist import WorkState
from workstation.operations import encounters as opening
from workstation.sync import SyncKind


@pytest.fixture
def room(tmp_path: Path, sekmet: Peer, proxy: Proxy) -> Iterator[Room]:
    with a_room(tmp_path, sekmet, via=proxy.base, seeded=True) as made:
        yield made


def is_here(room: Room) -> bool:
    return room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result() is not None


def changed_in_searches(proxy: Proxy, **changes: Any) -> None:
    """The search answers from a copy that says something else than the Task itself."""

    def change(body: bytes) -> bytes:
        bundle = json.loads(body)
        for entry in bundle.get("entry", []):
            entry["resource"] |= changes
            entry["resource"]["meta"] |= {"versionId": "999"}
        return json.dumps(bundle).encode()

    proxy.rule = lambda method, path: Fault(change=change) if "/Task?" in path and "owner=" in path else None


@pytest.mark.parametrize("changes", [{"status": "cancelled"}, {"owner": {"reference": "Practitioner/other"}}])
def test_what_only_a_search_calls_gone_is_read_and_stays(room: Room, proxy: Proxy, changes: dict[str, Any]) -> None:
    room.sync.once()
    changed_in_searches(proxy, **changes)
    room.sync.once()
    assert any(path.endswith(f"/Task/{room.prefix}t") for _, path, _ in proxy.seen)
    assert is_here(room)
    assert not room.bench.desk.db.read(lambda db: tasks.of_encounter(db, room.encounter_id)).result().withdrawn


@pytest.mark.parametrize("status", [404, 410])
def test_a_task_that_is_removed_is_let_go_after_the_direct_read_alone(room: Room, proxy: Proxy, status: int) -> None:
    room.sync.once()
    gone = f"/Task/{room.prefix}t"
    empty = json.dumps({"resourceType": "Bundle", "type": "searchset"}).encode()

    def rule(method: str, path: str) -> Fault | None:
        if path.endswith(gone):
            return Fault(status=status, body=b"{}")
        return (
            Fault(status=200, headers={"Content-Type": "application/fhir+json"}, body=empty)
            if "Task?" in path
            else None
        )

    proxy.rule = rule
    room.bench.later(timedelta(days=1, minutes=1))
    room.sync.once()
    assert not is_here(room)
    assert "purge" in room.bench.guard.acts


@pytest.mark.parametrize("status", [403, 500, 503])
def test_no_other_answer_to_the_direct_read_takes_a_chart_away(room: Room, proxy: Proxy, status: int) -> None:
    room.sync.once()
    empty = json.dumps({"resourceType": "Bundle", "type": "searchset"}).encode()

    def rule(method: str, path: str) -> Fault | None:
        if path.endswith(f"/Task/{room.prefix}t"):
            return Fault(status=status, body=b"{}")
        return (
            Fault(status=200, headers={"Content-Type": "application/fhir+json"}, body=empty)
            if "Task?" in path
            else None
        )

    proxy.rule = rule
    room.bench.later(timedelta(days=1, minutes=1))
    room.sync.once()
    assert is_here(room)
    assert "purge" not in room.bench.guard.acts


def test_opening_an_encounter_that_was_given_to_another_says_so_and_keeps_the_draft(room: Room) -> None:
    room.sync.once()
    code_it(room)
    room.sync.once()
    room.change_task(owner={"reference": f"Practitioner/{room.prefix}dr"})
    room.sync.once()
    assert row(room).work_state is not WorkState.WITHDRAWN  # a search for my tasks cannot tell
    room.sync.nudge(room.encounter_id)
    room.sync.once()
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    assert (opened.work_state, opened.withdrawn) == (WorkState.WITHDRAWN, "reassigned")
    assert opened.summary.principal is not None


def test_what_was_committed_late_is_found_within_the_overlap(room: Room, proxy: Proxy) -> None:
    """A server may show a write after a newer one: the first look misses it, the next does not."""
    charts.put(room.base, charts.task(room.prefix, room.coder, id=f"{room.prefix}late"))
    room.change_task(priority="stat")

    def hide(body: bytes) -> bytes:
        bundle = json.loads(body)
        kept = [e for e in bundle.get("entry", []) if not e["resource"]["id"].endswith("late")]
        return json.dumps({**bundle, "entry": kept}).encode()

    proxy.rule = lambda method, path: Fault(change=hide) if "/Task?" in path else None
    room.sync.once()
    proxy.rule = lambda method, path: None
    late = [t for t in room.bench.desk.db.read(tasks.all_of).result() if t.id.endswith("late")]
    assert late == []
    assert room.sync.once().kind is SyncKind.IN_STEP
    late = [t for t in room.bench.desk.db.read(tasks.all_of).result() if t.id.endswith("late")]
    assert len(late) == 1
