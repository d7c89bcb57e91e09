"""Results and the audit trail are two streams: neither is ever held up by what the server refuses of the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conformance.limited import Limited, Request, answer, changed_json
from tests.fakes.proxy import Fault
from tests.guard.test_uplink import SOURCE, Tail, looked
from tests.guard.test_uplink_servers import stored
from tests.peers import Peer
from tests.sync.conftest import Room, a_room
from tests.sync.test_faults import exactly_once, ready, until_sent
from tests.sync.test_query_round_trip import sent
from tests.sync.test_round_trip import code_it, finalize, in_conflict, row
from workstation.cache import outbox
from workstation.domain.worklist import SendState
from workstation.fhir.client import FhirClient
from workstation.guard.uplink import Uplink, UplinkKind
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.operations import conflicts
from workstation.sync import SyncKind


@pytest.fixture
def proxy(sekmet: Peer) -> Iterator[Limited]:
    between = Limited(sekmet.base)
    yield between
    between.close()


@pytest.fixture
def room(tmp_path: Path, sekmet: Peer, proxy: Limited) -> Iterator[Room]:
    with a_room(tmp_path, sekmet, via=proxy.base, seeded=True) as made:
        yield made


@pytest.fixture
def journal() -> Iterator[Journal]:
    opened = Journal.open(None, DeviceKeys.throw_away(), SetClock())
    yield opened
    opened.close()


def kinds_in(asked: Request) -> set[str]:
    if asked[0] not in ("POST", "PUT") or not asked[3]:
        return set()
    body = json.loads(asked[3])
    return {entry["resource"]["resourceType"] for entry in body.get("entry", [])} or {body["resourceType"]}


def refusing(kind: str, status: int) -> Any:
    return lambda asked: answer(status) if kind in kinds_in(asked) else asked


def uplink_of(proxy: Limited, journal: Journal) -> tuple[Uplink, FhirClient]:
    client = FhirClient(proxy.base, lambda: "token")
    return Uplink(client, Tail(journal), lambda: SOURCE, chance=lambda: 0.0), client


@pytest.mark.parametrize("status", [403, 422, 429, 500])
def test_a_result_that_does_not_pass_holds_no_audit_event_up(
    room: Room, proxy: Limited, journal: Journal, status: int
) -> None:
    ready(room)
    proxy._before = refusing("Claim", status)
    room.sync.once()
    assert row(room).send_state is not SendState.IN_STEP
    ids = looked(journal, 5)
    uplink, client = uplink_of(proxy, journal)
    assert uplink.step().kind is UplinkKind.IN_STEP
    assert [stored(room.base, name) for name in ids] == [1] * 5
    client.close()


@pytest.mark.parametrize("status", [403, 422, 429, 500])
def test_audit_events_that_do_not_pass_hold_no_result_up(
    room: Room, proxy: Limited, journal: Journal, status: int
) -> None:
    looked(journal, 5)
    proxy._before = refusing("AuditEvent", status)
    uplink, client = uplink_of(proxy, journal)
    for _ in range(12):
        uplink.step()
    assert journal.counts() == (5, 0)
    ready(room)
    assert room.sync.once().kind is SyncKind.IN_STEP
    exactly_once(room)
    client.close()


def test_of_a_transaction_run_in_part_only_the_rest_is_sent_again(room: Room, proxy: Limited) -> None:
    """The result is stored, its Task throttled: the entries are read one by one, and nothing is stored twice."""
    ready(room)
    once = [True]

    def before(asked: Request) -> Request:
        if once[0] and "Claim" in kinds_in(asked):
            body = json.loads(asked[3])
            lesser = {**body, "type": "batch", "entry": body["entry"][:1]}
            return asked[0], asked[1], asked[2], json.dumps(lesser).encode()
        return asked

    def after(asked: Request, reply: requests.Response) -> None:
        if once[0] and "Claim" in kinds_in(asked):
            once[0] = False
            throttled = {"response": {"status": "429 Too Many Requests"}}
            changed_json(reply, lambda body: body["entry"].append(throttled))
            reply.headers["RateLimit"] = '"requests";r=0;t=120'

    proxy._before, proxy._after = before, after
    state = room.sync.once()
    assert (state.kind, state.waiting) == (SyncKind.BUSY, 1)
    room.bench.later(timedelta(seconds=119))
    writes = len([one for one in proxy.seen if one[0] == "POST"])
    room.sync.once()
    assert len([one for one in proxy.seen if one[0] == "POST"]) == writes  # not before its time
    room.bench.later(timedelta(seconds=3))
    assert room.sync.once().kind is SyncKind.IN_STEP
    exactly_once(room)


def in_five_minutes() -> dict[str, str]:
    return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)}


WAITS: list[Callable[[], dict[str, str]]] = [
    lambda: {"Retry-After": "300"},
    in_five_minutes,
    lambda: {"RateLimit": '"requests";r=0;t=17, "points";r=0;t=300'},
    lambda: {"x-ms-retry-after-ms": "300000"},
    lambda: {"Retry-After": "soon", "x-ms-retry-after-ms": "300000"},
]


@pytest.mark.parametrize("headers", WAITS, ids=["seconds", "date", "RateLimit", "milliseconds", "nonsense first"])
def test_a_server_that_asks_to_wait_is_not_asked_before_however_it_says_so(
    room: Room, proxy: Limited, headers: Callable[[], dict[str, str]]
) -> None:
    ready(room)
    proxy.times(1, Fault(status=429, headers=headers()), "POST", "")
    assert room.sync.once().kind is SyncKind.BUSY
    asked = len(proxy.seen)
    room.bench.later(timedelta(seconds=295))
    room.sync.once()
    assert not any(method == "POST" for method, _, _ in proxy.seen[asked:])
    room.bench.later(timedelta(seconds=7))
    assert room.sync.once().waiting == 0
    exactly_once(room)


def test_without_a_word_on_how_long_the_wait_grows(room: Room, proxy: Limited) -> None:
    ready(room)
    proxy.times(3, Fault(status=429), "POST", "")
    for attempt in range(3):
        assert room.sync.once().waiting == 1
        due = room.bench.desk.db.read(outbox.next_due).result()
        wait = (due - room.bench.desk.now()).total_seconds()
        assert 0.5 <= wait <= 2.0 * 2**attempt
        room.bench.later(timedelta(seconds=wait + 0.1))
    assert room.sync.once().waiting == 0
    exactly_once(room)


def test_a_409_means_the_same_as_a_412(room: Room, proxy: Limited) -> None:
    """HAPI answers a stale If-Match with 409."""

    def after(asked: Request, reply: requests.Response) -> None:
        if reply.status_code == 412:
            reply.status_code = 409

    proxy._after = after
    in_conflict(room)
    assert row(room).send_state is SendState.CONFLICT
    conflicts.keep_mine(room.bench.desk, room.encounter_id).result()
    assert room.sync.once().kind is SyncKind.IN_STEP
    assert not room.task_there()["output"][0]["valueReference"]["reference"].endswith("theirs")


@pytest.mark.parametrize("of", ["coding", "query"])
def test_every_bundle_is_small_and_every_entry_may_be_sent_again(room: Room, proxy: Limited, of: str) -> None:
    bundles: list[dict[str, Any]] = []
    plain: list[tuple[str, str, dict[str, str]]] = []

    def before(asked: Request) -> Request:
        method, path, headers, body = asked
        if method == "POST" and path.endswith("/fhir"):
            bundles.append(json.loads(body))
        elif method in ("POST", "PUT"):
            plain.append((method, path, {name.lower(): value for name, value in headers.items()}))
        return asked

    proxy._before = before
    if of == "query":
        sent(room)  # with its hold
    else:
        room.sync.once()
        code_it(room)
        finalize(room)
    until_sent(room)
    assert bundles
    assert max(len(bundle["entry"]) for bundle in bundles) <= 5
    for bundle in bundles:
        for entry in bundle["entry"]:
            request = entry["request"]
            assert request.get("ifNoneExist") if request["method"] == "POST" else request.get("ifMatch"), request
    for method, path, headers in plain:
        assert headers.get("if-none-exist" if method == "POST" else "if-match"), (method, path)
