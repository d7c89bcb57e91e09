"""Every refusal of a server, for every kind of request: it is waited for, never hammered at, said in words, and mended after."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests import charts
from tests.desks import I50_23, Bench, open_bench
from tests.fakes.paper_server import Answer, PaperServer
from tests.faults.conftest import Times
from tests.faults.tally import Row, counted
from tests.faults.ward import Tail
from workstation.cache import outbox
from workstation.domain.audit import Act, Intent
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId
from workstation.fhir import discovery
from workstation.fhir.audit import AuditSource
from workstation.fhir.client import FhirClient
from workstation.fhir.discovery import IdentityProvider
from workstation.fhir.tokens import Session, Tokens
from workstation.fhir.transport import new_session
from workstation.guard.uplink import Uplink, UplinkKind
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.operations import coding, letters
from workstation.sync import Sync, SyncKind

HERE = EncounterId("s-e")
DRIP = 0  # in place of a status: an answer that never ends
STATUSES = (401, 403, 404, 409, 410, 412, 413, 422, 429, 500, 502, 503, 504, DRIP)
ASKED = 37  # seconds, by the Retry-After of a 429 or 503
#: The answer that is spoilt, by kind of request.
REQUESTS = {
    "read": "GET Encounter",
    "search": "GET Task?",
    "write": "PUT Task",
    "transaction": "POST transaction",
    "audit": "PUT AuditEvent",
    "audit batch": "POST batch",
    "token": "POST token refresh_token",
}
MINUTES = 12
MOST_A_MINUTE = 16  # requests of the refused kind; the first minute has the short waits
MOST_LATER = 8  # and any minute after the fifth


class Desk:
    """A coder at a server on paper, with a clock that is set: each round says how long it wants to wait."""

    def __init__(self, folder: Path) -> None:
        self.server = PaperServer()
        self.bench: Bench = open_bench(folder / "cache.db")
        self.server.put(*charts.chart("s-", "coder1"))
        self.http = new_session(True, None)
        self.sign_in()
        self.client = FhirClient(
            self.server.base, self._token, fresh_token=self._fresh, timeout=(5, 20), longest_answer=0.15
        )
        self.sync = Sync(self.bench.desk, self.client, lambda state: None)
        self.keys = DeviceKeys.throw_away()
        self.journal = Journal.open(None, self.keys, SetClock())
        source = AuditSource(self.keys.device, "0.1.0", "ws-17", self.server.base)
        self.uplink = Uplink(self.client, Tail(self.journal), lambda: source)

    def _token(self) -> str:
        return self.session.access()

    def _fresh(self) -> str:
        return self.session.fresh()

    def _now(self) -> float:
        return self.bench.clock[0].timestamp()

    def sign_in(self) -> None:
        provider = IdentityProvider(self.server.issuer, "", f"{self.server.issuer}/token")
        kept = Tokens("", "refresh", 0.0, "Practitioner/coder1")
        self.session = Session(provider, "c", kept, lambda tokens: None, lambda: self.http, now=self._now)

    def close(self) -> None:
        self.http.close()
        self.client.close()
        self.bench.desk.db.close()
        self.journal.close()
        self.server.close()

    # ------------------------------------------------------------------ what is asked of the server

    def work(self, kind: str) -> None:
        """Something that needs this kind of request."""
        if kind == "audit":
            self.journal.append(Intent(Act.VIEW_WORKLIST), user="dana")
        elif kind == "audit batch":
            for _ in range(3):
                self.journal.append(Intent(Act.VIEW_WORKLIST), user="dana")
        elif kind in ("read", "search", "token"):
            self.server.touch()
            self.sync.nudge(HERE)
        else:
            if kind == "transaction":
                coding.add(self.bench.desk, HERE, I50_23, principal=True, poa=PoaIndicator.YES).result()
                coding.finalize(self.bench.desk, HERE).result()
            else:
                coding.add(self.bench.desk, HERE, I50_23, principal=True, poa=PoaIndicator.YES).result()

    def step(self, kind: str) -> tuple[float, str, str]:
        """One round of the thread concerned: (seconds it waits, state, words)."""
        if kind.startswith("audit"):
            state = self.uplink.step()
            return max(state.next_in, 0.05), state.kind, state.message
        wait = self.sync._round()
        return wait, self.sync.state.kind, self.sync.state.message

    def run(self, kind: str, seconds: float) -> Iterator[tuple[float, str, str]]:
        """Round after round while simulated time passes: (when, state, words)."""
        now = 0.0
        while now < seconds:
            wait, state, words = self.step(kind)
            yield now, state, words
            now += wait
            self.bench.clock[0] += timedelta(seconds=wait)


def spoil(status: int, label: str) -> object:
    """That answer refused, every time."""

    def change(answer: Answer) -> Answer:
        if answer.label != label:
            return answer
        if status == DRIP:
            return replace(answer, body=b" " * 400, pause=0.004)
        headers = {"Retry-After": str(ASKED)} if status in (429, 503) else {}
        outcome = (
            b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Brannigan, Harold"}]}'
        )
        return Answer(label, status, outcome, headers)

    return change


def judged(desk: Desk, kind: str, status: int, row: Row) -> list[str]:
    """Refused for minutes, then no more; what was not as it should be."""
    label, wrong = REQUESTS[kind], list[str]()
    desk.work(kind)
    if kind == "token":
        desk.sign_in()
    desk.server.spoil = spoil(status, label)  # type: ignore[assignment]
    desk.server.labels.clear()
    minutes, waits, said = Counter[int](), list[float](), set[tuple[str, str]]()
    before = before_at = 0.0
    count = 0
    for at, state, words in desk.run(kind, MINUTES * 60):
        met = desk.server.labels.count(label) - count
        count += met
        if met:
            minutes[int(at // 60)] += met
            waits.append(at - before)
            if status in (429, 503) and len(waits) > 1 and at - before_at < ASKED:
                wrong.append(f"asked again after {at - before_at:.1f} s instead of {ASKED}")
            before = before_at = at
        said.add((state, words))
    row.tries += 1
    refused = desk.bench.desk.db.read(outbox.counts).result()[1]
    kinds = {state for state, _ in said}
    waiting = desk.bench.desk.db.read(outbox.counts).result()[0] or desk.journal.counts()[0]
    if kinds - {SyncKind.IN_STEP, SyncKind.WORKING, UplinkKind.WORKING, UplinkKind.IN_STEP} or refused or _left(said):
        row.seen += 1
    elif kind in ("audit", "audit batch", "write", "transaction") and not waiting:
        row.seen += 1  # a conflict was read back: the server has it
    else:
        wrong.append(f"nothing was said: {said}")
    if max(minutes.values(), default=0) > MOST_A_MINUTE or max(
        (n for minute, n in minutes.items() if minute > 4), default=0
    ) > MOST_LATER:  # fmt: skip
        wrong.append(f"a tight loop: {dict(minutes)}")
    if any("Brannigan" in words or "http" in words.lower().replace("http ", "") for _, words in said):
        wrong.append(f"words that name somebody or an address: {said}")
    return wrong + mended(desk, kind, row)


def _left(said: set[tuple[str, str]]) -> bool:
    return any("left out" in words for _, words in said)


def mended(desk: Desk, kind: str, row: Row) -> list[str]:
    """The server is well again: what waited has its effect, once."""
    desk.server.spoil = lambda answer: answer
    if desk.session._ended:
        desk.sign_in()
    if kind in ("write", "transaction") and desk.bench.desk.db.read(outbox.counts).result()[1]:
        letters.send_again(desk.bench.desk, HERE).result()
    if kind.startswith("audit"):
        desk.uplink.parked.clear()  # as the next start does
    for _ in desk.run(kind, 20 * 60):
        if desk.bench.desk.db.read(outbox.counts).result() == (0, 0) and desk.journal.counts()[0] == 0:
            break
    waiting, events = desk.bench.desk.db.read(outbox.counts).result(), desk.journal.counts()[0]
    row.losses += waiting != (0, 0) or events > 0
    claims = [one for one in desk.server.kept.values() if one["resourceType"] == "Claim"]
    row.duplicates += len(claims) > 1
    state = desk.sync.once() if not kind.startswith("audit") else None
    if state is not None and state.kind is not SyncKind.IN_STEP:
        return [f"not mended: {state}"]
    return []


def test_a_server_that_refuses_is_waited_for_and_never_hammered_at(
    tmp_path: Path, times: Times, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "LONGEST_ANSWER", 0.15)
    cases = [(status, kind) for status in STATUSES for kind in REQUESTS] * times(5)
    if times(5) == 1:  # among the tests each status and each kind are met, not each pair
        cases = random.Random().sample(cases, 14) + [(status, random.choice(list(REQUESTS))) for status in STATUSES]
    with counted("401 403 404 409 410 412 413 422 429 5xx and a slow drip") as row:
        wrong: list[str] = []
        for number, (status, kind) in enumerate(cases):
            folder = tmp_path / str(number)
            folder.mkdir()
            desk = Desk(folder)
            try:
                desk.sync.once()
                found = judged(desk, kind, status, row)
                wrong += [f"{status or 'drip'} on {kind}: {each}" for each in found]
            finally:
                desk.close()
        assert wrong == [], "\n".join(wrong)


def test_waits_are_spread_so_that_a_crowd_does_not_come_back_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    try:
        desk.sync.once()
        desk.server.spoil = spoil(500, "GET Task?")  # type: ignore[assignment]
        waits = [round(desk.sync._round(), 2) for _ in range(12)]
        assert len(set(waits)) > 9
        assert max(waits) <= 300
    finally:
        desk.close()
