"""Whatever the network and the server do: one effect, nothing lost, honest words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests import charts
from tests.fakes.proxy import Fault, Proxy
from tests.peers import Peer, free_port
from tests.sync.conftest import Room, a_room
from tests.sync.test_round_trip import claims, code_it, finalize, row
from workstation.cache import encounters, facts, outbox, tasks
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import PoaIndicator
from workstation.domain.worklist import SendState
from workstation.errors import SignedOutByServer
from workstation.fhir.client import FhirClient
from workstation.operations import coding, letters
from workstation.sync import Sync, SyncKind


@pytest.fixture
def room(tmp_path: Path, sekmet: Peer, proxy: Proxy) -> Iterator[Room]:
    with a_room(tmp_path, sekmet, via=proxy.base, seeded=True) as made:
        yield made


def ready(room: Room) -> None:
    room.sync.once()
    code_it(room)
    room.sync.once()
    finalize(room)


def until_sent(room: Room, rounds: int = 12) -> None:
    for _ in range(rounds):
        room.bench.later(timedelta(minutes=6))
        if room.sync.once().waiting == 0:
            return
    raise AssertionError(room.sync.state)


def exactly_once(room: Room) -> None:
    (claim,) = claims(room)
    task = room.task_there()
    assert task["status"] == "completed"
    assert task["output"][0]["valueReference"]["reference"] == f"Claim/{claim['id']}"


CUTS = [
    ("POST", "", Fault(cut=True)),
    ("POST", "", Fault(cut=True, after=True)),
    ("POST", "", Fault(status=502, after=True)),
    ("POST", "", Fault(status=200, body=b"<html>gateway</html>", after=True)),
    ("POST", "", Fault(status=429, headers={"Retry-After": "120"})),
    ("POST", "", Fault(status=503, headers={"Retry-After": "Tue, 24 Nov 2026 15:00:00 GMT"})),
    ("POST", "", Fault(status=500, body=b"{}")),
    ("POST", "", Fault(as_batch=True)),
    ("GET", "/Task", Fault(cut=True)),
]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("method", "start", "fault"), CUTS)
def test_a_result_has_its_effect_exactly_once(
    room: Room, proxy: Proxy, method: str, start: str, fault: Fault, count: int
) -> None:
    ready(room)
    proxy.times(count, fault, method, start)
    until_sent(room)
    exactly_once(room)
    assert row(room).send_state is SendState.IN_STEP


def test_a_server_that_goes_on_making_no_sense_parks_the_letter(room: Room, proxy: Proxy) -> None:
    ready(room)
    proxy.times(6, Fault(status=200, body=b"<html>gateway</html>", after=True), "POST", "")
    for attempt in range(6):
        assert row(room).send_state is SendState.WAITING, attempt
        room.bench.later(timedelta(minutes=6))
        room.sync.once()
    assert row(room).send_state is SendState.REFUSED
    assert "not valid FHIR" in row(room).refusal
    letters.send_again(room.bench.desk, room.encounter_id).result()
    until_sent(room)
    exactly_once(room)


def test_a_transaction_run_as_a_batch_is_finished_by_sending_again(room: Room, proxy: Proxy) -> None:
    ready(room)
    room.change_task(priority="stat")  # the task's entry fails, the claim's does not
    proxy.times(1, Fault(as_batch=True), "POST", "")
    until_sent(room)
    exactly_once(room)


def test_a_correction_is_not_taken_for_the_result_before_it_when_its_answer_is_lost(room: Room, proxy: Proxy) -> None:
    """Reopened while the first result is on its way, coded on, finalized again; then the line is cut after the server."""
    ready(room)

    def reopened_meanwhile(body: bytes) -> bytes:
        coding.reopen(room.bench.desk, room.encounter_id).result()
        return body

    proxy.times(1, Fault(change=reopened_meanwhile), "POST", "")
    until_sent(room)
    coding.add(room.bench.desk, room.encounter_id, Code(CodeSystem.ICD10CM, "N17.9"), poa=PoaIndicator.YES).result()
    finalize(room)
    proxy.times(1, Fault(cut=True, after=True), "POST", "")
    until_sent(room)
    exactly_once(room)
    (claim,) = claims(room)
    there = {line["diagnosisCodeableConcept"]["coding"][0]["code"] for line in claim["diagnosis"]}
    assert there == {"I50.23", "N17.9"}


@pytest.mark.parametrize("corrects_another", [False, True])
def test_nobody_is_in_conflict_with_a_result_of_their_own(room: Room, proxy: Proxy, corrects_another: bool) -> None:
    """The answer to the first is lost, so this desk does not know that it stands: reopened, coded on, finalized again."""
    ready(room)
    if corrects_another:
        room.sync.once()
        coding.reopen(room.bench.desk, room.encounter_id).result()
        room.sync.once()
        finalize(room)
    proxy.times(1, Fault(cut=True, after=True), "POST", "")
    room.sync.once()
    coding.reopen(room.bench.desk, room.encounter_id).result()
    coding.add(room.bench.desk, room.encounter_id, Code(CodeSystem.ICD10CM, "N17.9"), poa=PoaIndicator.YES).result()
    finalize(room)
    until_sent(room)
    exactly_once(room)
    (claim,) = claims(room)
    there = {line["diagnosisCodeableConcept"]["coding"][0]["code"] for line in claim["diagnosis"]}
    assert there == {"I50.23", "N17.9"}


@pytest.mark.parametrize(("status", "reason"), [(400, "bad date"), (403, "no scope"), (413, "too big"), (422, "no")])
def test_a_refusal_is_parked_with_its_reason_and_holds_nothing_else(
    room: Room, proxy: Proxy, status: int, reason: str
) -> None:
    ready(room)
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": reason}]}
    proxy.times(1, Fault(status=status, body=json.dumps(outcome).encode()), "POST", "")
    state = room.sync.once()
    assert (state.kind, state.waiting, state.refused) == (SyncKind.REFUSED, 0, 1)
    shown = row(room)
    assert (shown.send_state, shown.refusal) == (SendState.REFUSED, reason)
    asked = len(proxy.seen)
    room.sync.once()
    assert not any(method == "POST" for method, _, _ in proxy.seen[asked:])


def test_a_server_that_asks_to_wait_is_not_asked_before(room: Room, proxy: Proxy) -> None:
    ready(room)
    proxy.times(1, Fault(status=429, headers={"Retry-After": "300"}), "POST", "")
    assert room.sync.once().kind is SyncKind.BUSY
    asked = len(proxy.seen)
    room.bench.later(timedelta(seconds=299))
    room.sync.once()
    assert not any(method == "POST" for method, _, _ in proxy.seen[asked:])
    room.bench.later(timedelta(seconds=3))
    assert room.sync.once().waiting == 0


def test_offline_says_so_since_when_and_keeps_the_work(room: Room) -> None:
    ready(room)
    room.client.close()
    nobody = FhirClient(f"http://127.0.0.1:{free_port()}/fhir", lambda: "token")
    sync = Sync(room.bench.desk, nobody, room.states.append)
    first = sync.once()
    room.bench.later(timedelta(minutes=3))
    assert (first.kind, first.waiting) == (SyncKind.OFFLINE, 1)
    assert row(room).send_state is SendState.WAITING
    nobody.close()
    assert room.bench.desk.db.read(outbox.counts).result() == (1, 0)


def test_a_refused_token_is_renewed_once_then_the_session_is_over(room: Room, proxy: Proxy) -> None:
    asked: list[str] = []

    def fresh() -> str:
        asked.append("fresh")
        return "new-token"

    client = FhirClient(proxy.base, lambda: "old-token", fresh_token=fresh)
    proxy.times(1, Fault(status=401), "GET", "/Task")
    sync = Sync(room.bench.desk, client, room.states.append)
    assert sync.once().kind is SyncKind.IN_STEP
    assert asked == ["fresh"]
    proxy.rule = lambda method, path: Fault(status=401)
    assert sync.once().kind is SyncKind.SIGNED_OUT
    client.close()


def test_a_session_that_is_over_is_said_so(room: Room, proxy: Proxy) -> None:
    def token() -> str:
        raise SignedOutByServer

    client = FhirClient(proxy.base, token)
    assert Sync(room.bench.desk, client, room.states.append).once().kind is SyncKind.SIGNED_OUT
    assert proxy.seen == []
    client.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(change=lambda body: body[: len(body) // 2]),
        Fault(change=lambda body: b"[1, 2]"),
        Fault(change=lambda body: b'{"resourceType": NaN}'),
        Fault(change=lambda body: b"[" * 100_000),
        Fault(change=lambda body: b" " * (9 * 1024 * 1024)),
        Fault(status=302, headers={"Location": "http://elsewhere.example/"}),
    ],
)
def test_an_answer_that_is_not_fhir_is_refused_and_the_next_round_heals(room: Room, proxy: Proxy, fault: Fault) -> None:
    proxy.times(1, fault, "GET", "/Task")
    assert room.sync.once().kind is SyncKind.REFUSED
    assert room.sync.once().kind is SyncKind.IN_STEP
    assert row(room).is_complete


def test_a_chart_cut_in_the_middle_is_completed_later(room: Room, proxy: Proxy) -> None:
    proxy.times(1, Fault(cut=True), "GET", "/Binary")
    assert room.sync.once().kind is SyncKind.OFFLINE
    assert row(room).is_complete is False
    assert room.sync.once().kind is SyncKind.IN_STEP
    assert row(room).is_complete


def test_a_chart_one_may_not_read_leaves_the_others_in_step(room: Room, proxy: Proxy) -> None:
    proxy.times(1, Fault(status=403, body=b"{}"), "GET", "/Encounter")
    state = room.sync.once()
    assert state.kind is SyncKind.IN_STEP
    assert "1 left out" in state.message
    assert room.bench.desk.db.read(encounters.all_ids).result() == ()


def test_a_next_link_to_another_server_is_not_followed(room: Room, proxy: Proxy) -> None:
    def lure(body: bytes) -> bytes:
        bundle = json.loads(body)
        bundle["link"] = [{"relation": "next", "url": "https://elsewhere.example/other?page=2"}]
        return json.dumps(bundle).encode()

    proxy.times(1, Fault(change=lure), "GET", "/Task")
    assert room.sync.once().kind is SyncKind.REFUSED
    assert all("elsewhere" not in path for _, path, _ in proxy.seen)


def test_requests_carry_ids_and_never_names(room: Room, proxy: Proxy) -> None:
    ready(room)
    room.sync.once()
    addresses = " ".join(path for _, path, _ in proxy.seen)
    for secret in ("Brannigan", "Harold", "00482913", "ACCT-"):
        assert secret not in addresses
    assert all(headers.get("X-Request-Id") for _, _, headers in proxy.seen)


def test_the_thread_starts_answers_nudges_and_stops(room: Room) -> None:
    import threading

    in_step = threading.Event()

    def note(state) -> None:
        room.states.append(state)
        if state.kind is SyncKind.IN_STEP:
            in_step.set()

    sync = Sync(room.bench.desk, room.client, note)
    sync.start()
    assert in_step.wait(30)
    code_it(room)
    finalize(room)
    in_step.clear()
    sync.nudge()
    assert in_step.wait(30)
    sync.stop()
    exactly_once(room)
    assert any(state.progress for state in room.states)


def test_a_walk_through_pages_starts_anew_when_its_next_link_expired(room: Room, proxy: Proxy) -> None:
    more = [charts.task(room.prefix, room.coder, id=f"{room.prefix}t{n}") for n in range(60)]
    charts.put(room.base, *more)
    expired: list[str] = []

    def rule(method: str, path: str) -> Fault | None:
        following = method == "GET" and "owner=" in path and len(proxy.seen) > 1 and not expired
        if following and sum("owner=" in seen for _, seen, _ in proxy.seen) == 2:
            expired.append(path)
            return Fault(status=410, body=b"{}")
        return None

    proxy.rule = rule
    assert room.sync.once().kind is SyncKind.IN_STEP
    assert expired
    held = room.bench.desk.db.read(tasks.all_of).result()
    assert len(held) == 61


def test_the_watermark_is_the_servers_and_moves_only_forward(room: Room, proxy: Proxy) -> None:
    room.sync.once()
    first = room.bench.desk.db.read(lambda db: facts.get(db, "watermark")).result()
    assert first[:16] <= room.task_there()["meta"]["lastUpdated"][:16]
    room.change_task(priority="stat")
    room.sync.once()
    second = room.bench.desk.db.read(lambda db: facts.get(db, "watermark")).result()
    room.sync.once()
    assert first < second
    assert room.bench.desk.db.read(lambda db: facts.get(db, "watermark")).result() == second
    since = [path for _, path, _ in proxy.seen if "_lastUpdated=ge" in path]
    assert since


def test_a_failed_pull_does_not_move_the_watermark(room: Room, proxy: Proxy) -> None:
    proxy.times(1, Fault(change=lambda body: body[:50]), "GET", "/Task")
    room.sync.once()
    assert room.bench.desk.db.read(lambda db: facts.get(db, "watermark")).result() == ""
