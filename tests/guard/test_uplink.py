from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from workstation.domain.audit import Act, Intent
from workstation.domain.trail import AuditSend
from workstation.errors import (
    Conflict,
    MalformedAnswer,
    ServerBusy,
    ServerRefused,
    ServerUnreachable,
    SignedOutByServer,
)
from workstation.fhir.audit import AuditSource
from workstation.fhir.capabilities import WriteStrategy, strategy_of
from workstation.fhir.client import EntryAnswer, Stored
from workstation.guard.audit_batch import MOST_BYTES, MOST_ENTRIES
from workstation.guard.uplink import (
    TRY_MORE_AFTER,
    TRY_PARKED_AFTER,
    Confirmed,
    Uplink,
    UplinkKind,
    UplinkThread,
)
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

SOURCE = AuditSource("6f0c2a52-6d49-4a53-9a5c-0d0f4b1c6f10", "0.1.0", "ws-17", "https://fhir.example/R4")


def supports(**flags: bool) -> dict[str, Any]:
    return {"rest": [{"mode": "server", "resource": [{"type": "AuditEvent", **flags}]}]}


class FakeServer:
    """Stores audit events by tag, once; refuses, delays and loses answers as told."""

    def __init__(self, **flags: bool) -> None:
        self.flags = flags
        self.kept: dict[str, dict[str, Any]] = {}
        self.batches: list[int] = []
        self.bytes: list[int] = []
        self.troubles: list[Exception] = []  # raised before anything is stored
        self.lost: list[Exception] = []  # raised after it was stored
        self.answers: dict[str, int] = {}  # id -> status of that entry

    def capabilities(self) -> dict[str, Any]:
        return supports(**self.flags)

    def signed_bundle(self, bundle: dict[str, Any], *, minimal: bool = False) -> tuple[tuple[EntryAnswer, ...], str]:
        if self.troubles:
            raise self.troubles.pop(0)
        self.batches.append(len(bundle["entry"]))
        self.bytes.append(len(json.dumps(bundle)))
        answers = tuple(self._entry(entry) for entry in bundle["entry"])
        if self.lost:
            raise self.lost.pop(0)
        return answers, ""

    def create(self, resource: dict[str, Any], *, if_none_exist: str = "") -> Stored:
        if self.troubles:
            raise self.troubles.pop(0)
        if not if_none_exist and resource["id"] in self.kept:
            raise AssertionError("stored twice")
        self.kept[resource["id"]] = {**resource, "id": f"srv-{len(self.kept)}"}
        if self.lost:
            raise self.lost.pop(0)
        return Stored(201, resource, "1", "AuditEvent/x")

    def update(self, resource: dict[str, Any], *, if_match: str = "") -> Stored:
        if self.troubles:
            raise self.troubles.pop(0)
        self.kept[resource["id"]] = resource
        return Stored(201, resource, "1", "AuditEvent/x")

    def read(self, reference: str) -> Stored:
        found = self.kept.get(reference.partition("/")[2])
        if found is None:
            raise ServerRefused(status=404)
        return Stored(200, found, "1")

    def search(self, kind: str, params: Any) -> tuple[dict[str, Any], ...]:
        (tag,) = [value for name, value in params if name == "_tag"]
        found = self.kept.get(tag.rpartition("|")[2])
        return () if found is None else (found,)

    def _entry(self, entry: dict[str, Any]) -> EntryAnswer:
        event = entry["resource"]
        status = self.answers.get(event["id"], 201)
        if status < 300:
            status = 200 if event["id"] in self.kept else 201
            self.kept[event["id"]] = event
        return EntryAnswer(status, "1", f"AuditEvent/{event['id']}", "")


class Tail:
    """The journal, without its thread."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.counts = journal.counts

    def unsent(self, limit: int) -> tuple[AuditSend, ...]:
        self.journal.checkpoint()
        return self.journal.unsent(limit)

    def acknowledge(self, confirmed: Confirmed, proof: str = "") -> None:
        self.journal.acknowledge_each(confirmed, proof)


@pytest.fixture
def journal() -> Iterator[Journal]:
    opened = Journal.open(None, DeviceKeys.throw_away(), SetClock())
    yield opened
    opened.close()


def looked(journal: Journal, count: int, reason: str = "") -> list[str]:
    return [journal.append(Intent(Act.VIEW_ENCOUNTER, reason=reason), user="dana").id for _ in range(count)]


def uplink(server: FakeServer, journal: Journal) -> Uplink:
    return Uplink(server, Tail(journal), lambda: SOURCE, chance=lambda: 0.5)


def settle(sender: Uplink, steps: int = 40) -> None:
    for _ in range(steps):
        sender.step()


@pytest.mark.parametrize(
    ("flags", "strategy"),
    [
        ({"updateCreate": True, "conditionalCreate": True}, WriteStrategy.OWN_ID),
        ({"conditionalCreate": True}, WriteStrategy.BY_TAG),
        ({}, WriteStrategy.CHECK_FIRST),
    ],
)
def test_the_capability_statement_chooses_how_to_write(
    flags: dict[str, bool], strategy: WriteStrategy, journal: Journal
) -> None:
    assert strategy_of(supports(**flags)) is strategy
    server, ids = FakeServer(**flags), looked(journal, 5)
    settle(uplink(server, journal))
    assert list(server.kept) == ids
    assert journal.counts() == (0, 5)


def test_a_batch_has_at_most_a_hundred_entries_and_half_a_megabyte(journal: Journal) -> None:
    server = FakeServer(updateCreate=True)
    looked(journal, 250, reason="x" * 200)
    settle(uplink(server, journal))
    assert max(server.batches) <= MOST_ENTRIES
    assert max(server.bytes) <= MOST_BYTES
    assert len(server.kept) == 250


@pytest.mark.parametrize("flags", [{"updateCreate": True}, {"conditionalCreate": True}, {}])
def test_an_answer_that_was_lost_stores_nothing_twice(flags: dict[str, bool], journal: Journal) -> None:
    server, ids = FakeServer(**flags), looked(journal, 3)
    server.lost = [ServerUnreachable()]
    sender = uplink(server, journal)
    assert sender.step().kind is UplinkKind.OFFLINE
    settle(sender)
    assert sorted(server.kept) == sorted(ids)
    assert journal.counts() == (0, 3)


def test_only_confirmed_entries_are_acknowledged_and_one_bad_one_blocks_nobody(journal: Journal) -> None:
    server, ids = FakeServer(updateCreate=True), looked(journal, 4)
    server.answers = {ids[0]: 422, ids[1]: 429}
    sender = uplink(server, journal)
    assert sender.step().kind is UplinkKind.BUSY
    assert [send.id for send in journal.unsent()] == ids[:2]
    server.answers = {ids[0]: 422}
    settle(sender, 3)
    state = sender.step()
    assert [send.id for send in journal.unsent()] == ids[:1]  # kept, though refused
    assert (state.kind, state.parked, state.waiting) == (UplinkKind.REFUSED, 1, 1)


def test_a_conflict_counts_as_receipt_only_when_the_server_holds_the_same(journal: Journal) -> None:
    server, (same, other) = FakeServer(updateCreate=True), looked(journal, 2)
    sender = uplink(server, journal)
    server.lost = [ServerUnreachable()]
    sender.step()
    server.kept[other] = {**server.kept[other], "outcome": "8"}
    server.answers = {same: 409, other: 405}
    settle(sender, 2)
    assert [send.id for send in journal.unsent()] == [other]
    assert other in sender.parked


def test_the_servers_wait_is_kept_and_nothing_hurries_it(journal: Journal) -> None:
    server = FakeServer(updateCreate=True)
    looked(journal, 2)
    server.troubles = [ServerBusy(retry_after=37.0, status=429)]
    sender = uplink(server, journal)
    state = sender.step()
    assert (state.kind, state.next_in) == (UplinkKind.BUSY, 37.0)
    assert sender.is_backing_off
    assert sender.step().kind is UplinkKind.IN_STEP
    assert not sender.is_backing_off


def test_repeated_failures_wait_longer_but_never_for_ever(journal: Journal) -> None:
    server = FakeServer(updateCreate=True)
    looked(journal, 2)
    server.troubles = [ServerUnreachable() for _ in range(30)]
    sender = uplink(server, journal)
    waits = [sender.step().next_in for _ in range(30)]
    assert waits[0] < waits[3] < waits[6]
    assert min(waits) > 0.25
    assert max(waits) <= 301
    assert journal.counts() == (2, 0)


@pytest.mark.parametrize("trouble", [ServerRefused(status=413), MalformedAnswer()])
def test_a_batch_that_is_too_much_is_halved_until_it_passes(trouble: Exception, journal: Journal) -> None:
    server = FakeServer(updateCreate=True)
    looked(journal, 100)
    server.troubles = [trouble] * 3
    settle(uplink(server, journal))
    assert max(server.batches) <= 12
    assert journal.counts() == (0, 100)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (SignedOutByServer(), UplinkKind.NO_ACCESS),
        (ServerRefused(status=403), UplinkKind.WORKING),  # perhaps batches alone are not this device's
        (Conflict(), UplinkKind.WORKING),
    ],
)
def test_whatever_goes_wrong_is_a_state_and_nothing_is_lost(
    trouble: Exception, kind: UplinkKind, journal: Journal
) -> None:
    server = FakeServer(updateCreate=True)
    looked(journal, 2)
    server.troubles = [trouble]
    sender = uplink(server, journal)
    assert sender.step().kind is kind
    assert journal.counts() == (2, 0)
    settle(sender, 3)
    assert journal.counts() == (0, 2)


def test_what_was_refused_is_told_with_its_reason_and_tried_again_after_an_hour(journal: Journal) -> None:
    server, ids = FakeServer(updateCreate=True), looked(journal, 2)
    server.answers = {ids[0]: 422}
    sender = uplink(server, journal)
    states = [sender.step() for _ in range(TRY_PARKED_AFTER - 1)]
    assert (states[-1].kind, states[-1].refusal) == (UplinkKind.REFUSED, "the server answered 422")
    assert len(server.batches) == 1
    server.answers = {}
    settle(sender, 2)
    assert journal.counts() == (0, 2)
    assert sender.step().refusal == ""


def test_a_device_that_may_not_send_at_all_says_so(journal: Journal) -> None:
    server = FakeServer(updateCreate=True)
    looked(journal, 2)
    server.troubles = [ServerRefused(status=403), ServerRefused(status=403)]
    sender = uplink(server, journal)
    assert [sender.step().kind for _ in range(2)] == [UplinkKind.WORKING, UplinkKind.NO_ACCESS]
    assert journal.counts() == (2, 0)


def test_after_a_while_without_trouble_larger_batches_are_tried_again(journal: Journal) -> None:
    server = FakeServer(updateCreate=True)
    server.troubles = [ServerRefused(status=405)]
    looked(journal, TRY_MORE_AFTER + 3)
    settle(uplink(server, journal))
    assert server.batches == [2]
    assert journal.counts() == (0, TRY_MORE_AFTER + 3)


def test_the_thread_steps_when_nudged_and_ends_when_told() -> None:
    stepped: list[int] = []
    twice = threading.Event()

    def step() -> float:
        stepped.append(1)
        if len(stepped) == 2:
            twice.set()
        return 3_600.0

    thread = UplinkThread(step)
    thread.start()
    while not stepped:
        pass
    thread.nudge()
    assert twice.wait(5)
    thread.stop()


def test_a_nudge_does_not_hurry_a_thread_that_backs_off() -> None:
    stepped = threading.Semaphore(0)

    def step() -> float:
        stepped.release()
        return 3_600.0

    thread = UplinkThread(step, may_hurry=lambda: False)
    thread.start()
    assert stepped.acquire(timeout=5)
    thread.nudge()
    assert not stepped.acquire(timeout=0.2)
    thread.stop()


@pytest.mark.parametrize("flags", [{"updateCreate": True}, {"conditionalCreate": True}])
def test_a_success_that_was_meant_for_another_request_confirms_nothing(
    flags: dict[str, bool], journal: Journal
) -> None:
    """A proxy that repeats an old answer said 201 to events the server never saw, and they were deleted here."""
    server, ids = FakeServer(**flags), looked(journal, 3)
    sender, other = uplink(server, journal), {"resourceType": "AuditEvent", "id": "other"}

    def stale(bundle: dict[str, Any], *, minimal: bool = False) -> tuple[tuple[EntryAnswer, ...], str]:
        return tuple(EntryAnswer(201, "1", "AuditEvent/other", "", other) for _ in bundle["entry"]), ""

    true, server.signed_bundle = server.signed_bundle, stale  # type: ignore[method-assign]
    assert sender.step().kind is UplinkKind.BUSY
    assert journal.counts() == (3, 0)
    server.signed_bundle = true  # type: ignore[method-assign]
    settle(sender, 3)
    assert sorted(server.kept) == sorted(ids)
    assert journal.counts() == (0, 3)


def test_a_fault_of_our_own_does_not_end_the_thread_that_hears_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[type[BaseException]] = []
    twice = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_type))

    def step() -> float:
        if reported:
            twice.set()
            return 3_600.0
        raise KeyError

    thread = UplinkThread(step)
    thread.start()
    while not reported:
        pass
    thread.nudge()
    assert twice.wait(5)
    thread.stop()
    assert reported == [KeyError]
