"""A program older than the organisation allows: what waits is sent, what is here can be finished, nothing new comes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests import charts
from tests.sync.conftest import Room, new_room
from tests.sync.test_round_trip import claims, code_it, finalize
from workstation.domain.policy import Policy
from workstation.domain.worklist import SendState
from workstation.errors import ProgramTooOld
from workstation.operations import encounters as opening
from workstation.operations import worklist
from workstation.sync import Sync, SyncKind

OLD = Policy(minimum_version="99.0", support_contact="Service desk, 555-0100")


def under(room: Room, policy: Policy) -> Sync:
    """The same desk with another policy, as the guard would hand it on."""
    room.bench.desk = dataclasses.replace(room.bench.desk, policy=lambda: policy)
    return Sync(room.bench.desk, room.client, room.states.append)


def test_unsent_work_leaves_and_new_charts_do_not_come(room: Room, tmp_path: Path) -> None:
    room.seed()
    room.sync.once()
    code_it(room)
    finalize(room)
    later = new_room(tmp_path / "unused.db", room.base, f"{room.prefix}n", room.coder)
    later.bench.desk.db.close()
    charts.put(room.base, *charts.chart(later.prefix, room.coder))
    old = under(room, OLD)
    state = old.once()
    assert claims(room), "what was finished before is at the server"
    sent = [row for row in worklist.load(room.bench.desk).result() if row.encounter_id == room.encounter_id]
    assert [row.send_state for row in sent] == [SendState.IN_STEP]
    assert state.kind is SyncKind.IN_STEP
    assert "99.0" in state.message
    assert "Service desk, 555-0100" in state.message
    with pytest.raises(ProgramTooOld):
        opening.open(room.bench.desk, later.encounter_id).result()
    assert opening.open(room.bench.desk, room.encounter_id).result().is_complete, "what is here stays here"
    after = under(room, Policy(minimum_version="0.0.1")).once()
    assert after.message == "", after
    assert opening.open(room.bench.desk, later.encounter_id).result().is_complete
    later.client.close()
