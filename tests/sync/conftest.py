"""Sync against a real FHIR server; each test has a coder, a cache and charts of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import charts
from tests.desks import Bench, open_bench
from tests.fakes.proxy import Proxy
from tests.peers import Peer, sekmet
from workstation.domain.encounter import EncounterId
from workstation.fhir.client import FhirClient
from workstation.sync import Sync, SyncState

__all__ = ["sekmet"]


@dataclass
class Room:
    """One coder at one server."""

    bench: Bench
    client: FhirClient
    sync: Sync
    states: list[SyncState]
    base: str
    prefix: str
    coder: str

    @property
    def encounter_id(self) -> EncounterId:
        return EncounterId(f"{self.prefix}e")

    def seed(self) -> None:
        charts.put(self.base, *charts.chart(self.prefix, self.coder))

    def task_there(self) -> dict:
        return charts.get(self.base, f"Task/{self.prefix}t")

    def change_task(self, **changes: object) -> None:
        charts.put(self.base, {**self.task_there(), **changes})


@pytest.fixture
def room(tmp_path: Path, sekmet: Peer) -> Iterator[Room]:
    with a_room(tmp_path, sekmet) as made:
        yield made


@pytest.fixture
def proxy(sekmet: Peer) -> Iterator[Proxy]:
    between = Proxy(sekmet.base)
    yield between
    between.close()


@contextmanager
def a_room(folder: Path, sekmet: Peer, *, via: str = "", seeded: bool = False) -> Iterator[Room]:
    """A coder nobody else has, perhaps with their chart at the server, perhaps through a proxy."""
    name = uuid.uuid4().hex[:8]
    made = new_room(folder / "cache.db", sekmet.base, f"x{name}-", f"coder-{name}", via=via)
    if seeded:
        made.seed()
    yield made
    made.client.close()
    made.bench.desk.db.close()


def new_room(path: Path, base: str, prefix: str, coder: str, *, via: str = "") -> Room:
    bench = open_bench(path, coder=coder)
    client = FhirClient(via or base, lambda: "token", timeout=(5, 20))
    states: list[SyncState] = []
    return Room(bench, client, Sync(bench.desk, client, states.append), states, base, prefix, coder)
