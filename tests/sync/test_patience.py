"""The sync thread between its rounds: as patient as it was asked to be, and not ended by a fault of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests import charts
from tests.desks import NOW
from tests.fakes.paper_server import Answer, PaperServer
from tests.sync.conftest import Room, new_room
from tests.sync.test_round_trip import code_it
from workstation.cache import outbox, tasks
from workstation.cache.outbox import Letter, Post
from workstation.domain.encounter import EncounterId, TaskId
from workstation.sync import SyncKind


@pytest.fixture
def server() -> Iterator[PaperServer]:
    made = PaperServer()
    yield made
    made.close()


@pytest.fixture
def room(tmp_path: Path, server: PaperServer) -> Iterator[Room]:
    made = new_room(tmp_path / "cache.db", server.base, "x-", "coder1")
    server.put(*charts.chart("x-", "coder1"))
    yield made
    made.client.close()
    made.bench.desk.db.close()


def busy(label: str, **headers: str) -> object:
    return lambda answer: Answer(label, 429, b"{}", headers) if answer.label == label else answer


@pytest.mark.parametrize(("headers", "hurries"), [({"Retry-After": "600"}, False), ({}, True)])
def test_a_nudge_shortens_our_own_wait_and_not_the_servers(
    room: Room, server: PaperServer, headers: dict[str, str], hurries: bool
) -> None:
    """Each decision of a coder nudges: a server that asked for ten minutes was asked again at every code."""
    server.spoil = busy("GET Task?", **headers)  # type: ignore[assignment]
    wait = room.sync._round_or_fault()
    assert room.sync.state.kind is SyncKind.BUSY
    thread = threading.Thread(target=room.sync._wait, args=(max(wait, 60.0),))
    thread.start()
    room.sync.nudge()
    thread.join(5 if hurries else 0.2)
    assert thread.is_alive() is not hurries
    room.sync.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_fault_of_our_own_is_reported_said_and_tried_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_type))
    true, room.sync._pull.run = room.sync._pull.run, lambda wanted: {}["no such"]  # type: ignore[method-assign]
    assert 0.5 <= room.sync._round_or_fault() <= 300
    assert reported == [KeyError]
    assert room.sync.state.kind is SyncKind.STOPPED
    assert "fault of its own" in room.sync.state.message
    room.sync._pull.run = true  # type: ignore[method-assign]
    room.sync._round_or_fault()
    assert room.sync.state.kind is SyncKind.IN_STEP


def test_a_letter_behind_a_refused_one_makes_nobody_hurry(room: Room) -> None:
    """Its time had come and it could not go: the thread looked twice a second for the rest of the day."""
    desk = room.bench.desk

    def write(db) -> None:
        for name in ("first", "second"):
            outbox.put(db, name, Letter.TASK, EncounterId("e"), TaskId("t"), "1", "{}", "{}", NOW)
        outbox.wait(db, "second", NOW - timedelta(minutes=5))
        outbox.settle(db, "first", Post.REFUSED, "{}", NOW)

    desk.db.write(write).result()
    assert desk.db.read(outbox.next_due).result() is None
    assert desk.db.read(lambda db: outbox.sendable(db, NOW)).result() == ()


def test_a_letter_that_has_to_wait_is_not_said_to_be_in_step(room: Room, server: PaperServer) -> None:
    room.sync.once()
    code_it(room)
    server.spoil = lambda answer: replace(answer, status=500) if answer.label == "PUT Task" else answer
    state = room.sync.once()
    assert (state.kind, state.waiting) == (SyncKind.BUSY, 1)
    assert "tried again by itself" in state.message
    server.spoil = lambda answer: answer
    room.bench.later(timedelta(minutes=6))
    assert room.sync.once().kind is SyncKind.IN_STEP


def test_a_first_page_that_is_not_there_is_asked_for_once(room: Room, server: PaperServer) -> None:
    server.spoil = lambda answer: replace(answer, status=404) if answer.label == "GET Task?" else answer
    room.sync.once()
    assert server.labels.count("GET Task?") == 1


def test_a_search_that_is_behind_takes_nothing_back(room: Room, server: PaperServer) -> None:
    """Its older version made the next decision a conflict with what this coder had decided before."""
    room.sync.once()
    old = dict(server.kept["Task/x-t"])
    code_it(room)
    room.sync.once()
    true = server.kept["Task/x-t"]
    assert true["status"] == "in-progress"

    def behind(answer: Answer) -> Answer:
        if answer.label != "GET Task?":
            return answer
        entry = [{"resource": old, "search": {"mode": "match"}}]
        return replace(
            answer, body=json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entry}).encode()
        )

    server.spoil = behind
    room.sync.once()
    held = room.bench.desk.db.read(lambda db: tasks.of_encounter(db, room.encounter_id)).result()
    assert held is not None
    assert (held.version, held.status) == (true["meta"]["versionId"], "in-progress")
