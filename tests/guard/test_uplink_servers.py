"""The uplink at real servers: a full one, and lesser ones made of it. Every event arrives once, whatever they lack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.conformance.limited import Limited, Request, answer, changed_json
from tests.fakes.proxy import Fault
from tests.guard.test_uplink import SOURCE, Tail, looked
from tests.peers import Peer, sekmet
from workstation.fhir.client import FhirClient
from workstation.fhir.systems import SID_AUDIT_EVENT
from workstation.guard.uplink import Uplink, UplinkKind
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

__all__ = ["sekmet"]

Before = Callable[[Request], Request | requests.Response]


@pytest.fixture
def journal() -> Iterator[Journal]:
    opened = Journal.open(None, DeviceKeys.throw_away(), SetClock())
    yield opened
    opened.close()


def declares(**flags: bool) -> Callable[[Request, requests.Response], None]:
    """The statement says this of AuditEvent, and nothing else about writing."""

    def after(asked: Request, reply: requests.Response) -> None:
        if asked[1].endswith("/metadata"):

            def change(body: dict[str, Any]) -> None:
                for one in body["rest"][0]["resource"]:
                    if one["type"] == "AuditEvent":
                        for name in ("updateCreate", "conditionalCreate"):
                            one[name] = flags.get(name, False)

            changed_json(reply, change)

    return after


def entries(asked: Request) -> list[dict[str, Any]]:
    return json.loads(asked[3])["entry"] if asked[0] == "POST" and b'"Bundle"' in asked[3][:200] else []


def no_batches(status: int) -> Before:
    return lambda asked: answer(status) if entries(asked) else asked


def one_at_most(asked: Request) -> Request | requests.Response:
    return answer(413) if len(entries(asked)) > 1 else asked


def seven_at_most(asked: Request) -> Request | requests.Response:
    return answer(400) if len(entries(asked)) > 7 else asked


def no_own_ids(asked: Request) -> Request | requests.Response:
    """Declares updateCreate and does not know it."""
    if asked[0] == "PUT":
        return answer(404)
    found = entries(asked)
    if found and found[0]["request"]["method"] == "PUT":
        refused = [{"response": {"status": "404 Not Found"}} for _ in found]
        return answer(200, {"resourceType": "Bundle", "type": "batch-response", "entry": refused})
    return asked


def stored(base: str, name: str) -> int:
    bundle = requests.get(f"{base}/AuditEvent", params={"_tag": f"{SID_AUDIT_EVENT}|{name}"}, timeout=10).json()
    return len(bundle.get("entry", []))


def send(base: str, journal: Journal, steps: int = 60) -> list[UplinkKind]:
    client = FhirClient(base, lambda: "token")
    uplink = Uplink(client, Tail(journal), lambda: SOURCE, chance=lambda: 0.0)
    kinds = []
    for _ in range(steps):
        state = uplink.step()
        kinds.append(state.kind)
        if state.waiting == 0:
            break
    client.close()
    return kinds


OWN, TAG, NEITHER = {"updateCreate": True}, {"conditionalCreate": True}, {}

SERVERS: list[tuple[str, dict[str, bool], Before]] = [
    ("full, own ids", OWN, lambda asked: asked),
    ("full, by tag", TAG, lambda asked: asked),
    ("declares neither", NEITHER, lambda asked: asked),
    ("no batches: 400", OWN, no_batches(400)),
    ("no batches: 403", OWN, no_batches(403)),
    ("no batches: 404", TAG, no_batches(404)),
    ("no batches: 405", NEITHER, no_batches(405)),
    ("no batches: 409", OWN, no_batches(409)),
    ("no batches: 501", TAG, no_batches(501)),
    ("one entry at most", OWN, one_at_most),
    ("seven entries at most", OWN, seven_at_most),
    ("own ids declared and not known", {"updateCreate": True, "conditionalCreate": True}, no_own_ids),
    ("own ids declared and not known, nothing else", OWN, no_own_ids),
]


@pytest.mark.parametrize(("_name", "flags", "before"), SERVERS, ids=[server[0] for server in SERVERS])
def test_every_event_arrives_once(
    sekmet: Peer, journal: Journal, _name: str, flags: dict[str, bool], before: Before
) -> None:
    ids = looked(journal, 12)
    proxy = Limited(sekmet.base, before, declares(**flags))
    try:
        send(proxy.base, journal)
    finally:
        proxy.close()
    assert journal.counts() == (0, 12)
    assert [stored(sekmet.base, name) for name in ids] == [1] * 12


@pytest.mark.parametrize("flags", [OWN, TAG, NEITHER], ids=["own id", "by tag", "check first"])
def test_an_answer_lost_on_the_way_stores_no_event_twice(
    sekmet: Peer, journal: Journal, flags: dict[str, bool]
) -> None:
    ids = looked(journal, 5)
    proxy = Limited(sekmet.base, after=declares(**flags))
    lost = [3]

    def rule(method: str, path: str) -> Fault | None:
        if method in ("POST", "PUT") and lost[0]:
            lost[0] -= 1
            return Fault(cut=True, after=True)
        return None

    proxy.rule = rule
    try:
        kinds = send(proxy.base, journal)
    finally:
        proxy.close()
    assert kinds.count(UplinkKind.OFFLINE) == 3
    assert [stored(sekmet.base, name) for name in ids] == [1] * 5
    assert journal.counts() == (0, 5)


def test_an_entry_that_is_throttled_waits_as_the_answer_says_and_the_others_are_done(
    sekmet: Peer, journal: Journal
) -> None:
    ids = looked(journal, 4)
    throttled = [True]

    def after(asked: Request, reply: requests.Response) -> None:
        declares(**OWN)(asked, reply)
        if entries(asked) and throttled[0]:

            def change(body: dict[str, Any]) -> None:
                body["entry"][1] = {"response": {"status": "429 Too Many Requests"}}

            changed_json(reply, change)

    class Saying(Limited):
        def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
            reply = super()._forward(method, path, headers, body)
            reply.headers["RateLimit"] = '"requests";r=0;t=41'
            return reply

    proxy = Saying(sekmet.base, after=after)
    client = FhirClient(proxy.base, lambda: "token")
    uplink = Uplink(client, Tail(journal), lambda: SOURCE, chance=lambda: 0.0)
    try:
        state = uplink.step()
        assert (state.kind, state.waiting, state.next_in) == (UplinkKind.BUSY, 1, 41.0)
        assert [send_.id for send_ in journal.unsent()] == [ids[1]]
        throttled[0] = False
        assert uplink.step().waiting == 0
        assert stored(sekmet.base, ids[1]) == 1
    finally:
        client.close()
        proxy.close()


def test_an_event_the_server_refuses_is_kept_with_its_reason_and_the_rest_goes_on(
    sekmet: Peer, journal: Journal
) -> None:
    ids = looked(journal, 6)
    poison = ids[2].encode()

    def before(asked: Request) -> Request | requests.Response:
        if asked[0] == "PUT" and poison in asked[3]:
            return answer(422)
        return answer(400) if len(entries(asked)) > 1 and poison in asked[3] else asked

    proxy = Limited(sekmet.base, before, declares(**OWN))
    client = FhirClient(proxy.base, lambda: "token")
    uplink = Uplink(client, Tail(journal), lambda: SOURCE, chance=lambda: 0.0)
    try:
        for _ in range(20):
            state = uplink.step()
        assert (state.kind, state.waiting, state.parked) == (UplinkKind.REFUSED, 1, 1)
        assert uplink.parked == {ids[2]: "the server answered 422"}
        assert [stored(sekmet.base, name) for name in ids] == [1, 1, 0, 1, 1, 1]
    finally:
        client.close()
        proxy.close()
