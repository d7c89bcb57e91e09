"""How long a sync that was cut short waits before it looks again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.sync.conftest import Room, new_room
from workstation.errors import ServerUnreachable


@pytest.fixture
def cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A room whose every pull brings some charts and is then cut; and the waits it asks for, in failures."""
    room = new_room(tmp_path / "cache.db", "http://127.0.0.1:9/fhir", "x-", "coder-x")
    waits: list[int] = []
    brings = [1]

    def pull(wanted: frozenset) -> None:
        room.sync._pull.fetched += brings[0]
        raise ServerUnreachable

    monkeypatch.setattr(room.sync._pull, "run", pull)
    monkeypatch.setattr(
        "workstation.sync.worker.back_off", lambda failures, asked=None: waits.append(failures) or timedelta(0)
    )
    yield room, waits, brings
    room.client.close()
    room.bench.desk.db.close()


def test_a_poor_line_that_brings_charts_is_tried_again_soon(cut_short: tuple[Room, list[int], list[int]]) -> None:
    room, waits, _ = cut_short
    for _ in range(4):
        room.sync.once()
    assert waits == [1, 1, 1, 1]


def test_a_line_that_brings_nothing_is_tried_less_and_less(cut_short: tuple[Room, list[int], list[int]]) -> None:
    room, waits, brings = cut_short
    brings[0] = 0
    for _ in range(4):
        room.sync.once()
    assert waits == [1, 2, 3, 4]
