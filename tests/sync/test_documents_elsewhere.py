"""Documents at a presigned address: no token goes there, only TLS or loopback, and only what the chart says is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import charts
from tests.fhir.test_client import FakeServer
from tests.peers import Peer
from tests.sync.conftest import Room, a_room
from workstation.domain.encounter import DocumentId
from workstation.errors import DocumentUnreadable
from workstation.operations import documents
from workstation.sync import SyncKind


@pytest.fixture
def store() -> Iterator[FakeServer]:
    made = FakeServer()
    yield made
    made.close()


@pytest.fixture
def room(tmp_path: Path, sekmet: Peer) -> Iterator[Room]:
    with a_room(tmp_path, sekmet, seeded=True) as made:
        yield made


def lies_at(room: Room, url: str) -> None:
    """As a server that signs addresses writes it."""
    document = charts.get(room.base, f"DocumentReference/{room.prefix}d1")
    document["content"][0]["attachment"]["url"] = url
    charts.put(room.base, document)


def shown(room: Room) -> str:
    state = room.sync.once()
    assert state.kind is SyncKind.IN_STEP, state
    return documents.open(room.bench.desk, DocumentId(f"{room.prefix}d1")).result().text


def test_it_is_fetched_without_our_token_and_shown_when_size_and_hash_fit(room: Room, store: FakeServer) -> None:
    store.answer = lambda path: (200, {"Content-Type": "text/plain"}, charts.NOTE)
    lies_at(room, f"http://127.0.0.1:{store.port}/bucket/x?X-Signature=abc")
    assert shown(room) == charts.NOTE.decode()
    _, path, headers, _ = store.seen[0]
    assert path == "/bucket/x?X-Signature=abc"
    assert not {"authorization", "cookie"} & {name.lower() for name in headers}
    assert not any(name.lower().startswith("x-journal") for name in headers)


SPOILT: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda note: note[:-1] + bytes([note[-1] ^ 1]), "checksum"),
    (lambda note: note + b" ", "size"),
    (lambda note: b"", "size"),
    (lambda note: b"x" * (31 * 1024 * 1024), "larger"),
]


@pytest.mark.parametrize(("spoil", "why"), SPOILT, ids=["one bit", "longer", "empty", "31 MB"])
def test_what_is_not_what_the_chart_says_is_not_shown(
    room: Room, store: FakeServer, spoil: Callable[[bytes], bytes], why: str
) -> None:
    store.answer = lambda path: (200, {"Content-Type": "text/plain"}, spoil(charts.NOTE))
    lies_at(room, f"http://127.0.0.1:{store.port}/bucket/x")
    with pytest.raises(DocumentUnreadable, match=why):
        shown(room)


@pytest.mark.parametrize(
    "url", ["http://store.example/x", "ftp://store.example/x", "file:///etc/passwd", "//store.example/x"]
)
def test_no_other_way_than_tls_is_gone(room: Room, url: str) -> None:
    lies_at(room, url)
    with pytest.raises(DocumentUnreadable, match="not allowed"):
        shown(room)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_redirect_is_followed(room: Room, store: FakeServer, status: int) -> None:
    store.answer = lambda path: (status, {"Location": f"http://127.0.0.1:{store.port}/elsewhere"}, b"")
    lies_at(room, f"http://127.0.0.1:{store.port}/bucket/x")
    room.sync.once()
    assert [path for _, path, _, _ in store.seen if "elsewhere" in path] == []
