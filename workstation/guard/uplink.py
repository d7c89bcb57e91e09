"""The uplink: brings the journal's events to the server, exactly once by id, and never forgets one."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from workstation.domain.trail import AuditSend
from workstation.errors import (
    BadReceipt,
    Conflict,
    MalformedAnswer,
    ServerBusy,
    ServerRefused,
    ServerUnreachable,
    SignedOutByServer,
    WorkstationError,
)
from workstation.fhir.audit import AuditSource, audit_event
from workstation.fhir.capabilities import WriteStrategy, second_strategy_of, strategy_of
from workstation.fhir.client import EntryAnswer, Stored
from workstation.fhir.systems import SID_AUDIT_EVENT
from workstation.guard.audit_batch import MOST_ENTRIES, batch_of, first_of, is_same, names_of, tag_of
from workstation.guard.notary import Notary, OtherChain

POLL_SECONDS = 60.0
TRY_PARKED_AFTER = 60  # looks with nothing else to send, about an hour: then what was refused is sent again
TRY_MORE_AFTER = 20  # steps without trouble: then larger batches are tried again
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0

Resource = dict[str, Any]


class AuditServer(Protocol):
    """The part of `FhirClient` used here."""

    def capabilities(self) -> Resource: ...
    def signed_bundle(self, bundle: Resource, *, minimal: bool = False) -> tuple[tuple[EntryAnswer, ...], str]: ...
    def create(self, resource: Resource, *, if_none_exist: str = "") -> Stored: ...
    def update(self, resource: Resource, *, if_match: str = "") -> Stored: ...
    def read(self, reference: str) -> Stored: ...
    def search(self, kind: str, params: Iterable[tuple[str, str]]) -> tuple[Resource, ...]: ...


Confirmed = tuple[tuple[str, str], ...]  # ids of events, and how the server confirmed each


class JournalTail(Protocol):
    """The journal as the uplink sees it; each call waits for the journal's own thread."""

    def unsent(self, limit: int) -> tuple[AuditSend, ...]:
        """Signs the head first, then the oldest unconfirmed events."""

    def acknowledge(self, confirmed: Confirmed, proof: str = "") -> None:
        """All of a batch at once: each with how the server confirmed it, and the receipt it signed for them."""

    def counts(self) -> tuple[int, int]:
        """(waiting, acknowledged)"""


class UplinkKind(StrEnum):
    IN_STEP = "in-step"
    WORKING = "working"
    OFFLINE = "offline"
    BUSY = "busy"
    REFUSED = "refused"
    NO_RECEIPT = "no-receipt"  # the server is to sign for what it takes, and its receipt does not hold
    NO_ACCESS = "no-access"  # the device may not send: registration or token refused


@dataclass(frozen=True, slots=True)
class UplinkState:
    """Where the uplink stands, for the device page, and when to step again."""

    kind: UplinkKind = UplinkKind.WORKING
    waiting: int = 0
    acknowledged: int = 0
    parked: int = 0  # events the server refuses; kept, shown, tried again each hour and at the next start
    refusal: str = ""  # what it said of the first of them
    next_in: float = 0.0
    message: str = ""
    signs: bool = False  # the server signs for what it takes
    flagged: int = 0  # events it took and finds at odds with what it has of this device


class _TooMuch(Exception):
    """What was sent is sent again in another way, at once."""


@dataclass
class Uplink:
    """One step at a time, on one thread. Only what the server confirmed is acknowledged."""

    server: AuditServer
    journal: JournalTail
    source: Callable[[], AuditSource]
    notary: Notary | None = None  # knows whose receipts count; without one the server's answer is the receipt
    chance: Callable[[], float] = random.random  # between 0 and 1: the jitter
    parked: dict[str, str] = field(default_factory=dict)  # id -> why
    _strategy: WriteStrategy | None = None
    _second: WriteStrategy = WriteStrategy.CHECK_FIRST  # when it declares own ids and does not know one
    _most: int = MOST_ENTRIES
    _failures: int = 0
    _clean: int = 0
    _idle: int = 0
    _confirmed: list[tuple[str, str]] = field(default_factory=list)  # of the present batch, written down together
    _proof: str = ""

    def step(self) -> UplinkState:
        """Send one batch; says how it went and how long to wait. Never raises what the world does."""
        try:
            busy = self._send_some()
        except SignedOutByServer as error:
            self._strategy = None
            return self._pause(UplinkKind.NO_ACCESS, error)
        except ServerUnreachable as error:
            return self._pause(UplinkKind.OFFLINE, error)
        except BadReceipt as error:
            self._strategy = None  # the server is asked anew what it offers
            return self._pause(UplinkKind.NO_RECEIPT, error)
        except ServerBusy as error:
            return self._pause(UplinkKind.BUSY, error, error.retry_after)
        except _TooMuch:
            return self._state(UplinkKind.WORKING)
        except ServerRefused as error:
            kind = UplinkKind.NO_ACCESS if error.status == 403 else UplinkKind.REFUSED
            return self._pause(kind, error)
        except WorkstationError as error:
            return self._pause(UplinkKind.BUSY, error)
        if busy is not None:
            return self._pause(UplinkKind.BUSY, busy, busy.retry_after)
        self._failures = 0
        self._clean += 1
        if self._clean % TRY_MORE_AFTER == 0:
            self._most = min(self._most * 2, MOST_ENTRIES)
        state = self._state(UplinkKind.IN_STEP)
        if state.waiting > state.parked:
            return replace(state, kind=UplinkKind.WORKING)
        kind = UplinkKind.REFUSED if self.parked else UplinkKind.IN_STEP
        self._idle += 1
        if self._idle % TRY_PARKED_AFTER == 0:
            self.parked.clear()  # what it refused an hour ago it may take now
        return replace(state, kind=kind, next_in=POLL_SECONDS * (0.75 + self.chance() / 2))

    # ------------------------------------------------------------------ sending

    def _send_some(self) -> ServerBusy | None:
        """One batch. An answer that says 'later' for some of it comes back; the rest is confirmed."""
        sends = self.journal.unsent(self._most + len(self.parked))
        source = self.source()
        waiting = [audit_event(send, source) for send in sends if send.id not in self.parked]
        if not waiting:
            return None
        strategy = self._look()
        batch = first_of(waiting, self._most)
        try:
            if self.signs:
                return self._signed(batch, strategy)
            if len(batch) > 1 and strategy is not WriteStrategy.CHECK_FIRST:
                return self._each(batch, self._bundle(batch, strategy)[0])
            self._one(batch[0])
            return None
        finally:
            self._write_down()

    def _look(self) -> WriteStrategy:
        """How this server takes events, and whether it signs for them: asked at the start, and again after trouble."""
        if self._strategy is None:
            said = self.server.capabilities()
            if self.notary is not None:
                self.notary.look(said)
            self._strategy, self._second = strategy_of(said), second_strategy_of(said)
        return self._strategy

    @property
    def signs(self) -> bool:
        """Whether the server signs for what it takes: then nothing less is a receipt."""
        return self.notary is not None and self.notary.gives

    def _signed(self, batch: list[Resource], strategy: WriteStrategy) -> ServerBusy | None:
        """What a good receipt does not name is not confirmed, whatever the statuses say."""
        answers, jws = self._bundle(batch, strategy)
        taken = {event["id"] for event, answer in zip(batch, answers, strict=True) if answer.status in (200, 201)}
        if self.notary is not None and taken:
            self._receipted(self.notary, jws, batch, taken)
        rest = [(event, answer) for event, answer in zip(batch, answers, strict=True) if event["id"] not in taken]
        return self._each([event for event, _ in rest], tuple(answer for _, answer in rest))

    def _receipted(self, notary: Notary, jws: str, batch: list[Resource], taken: set[str]) -> None:
        """What the server finds at odds with others of this device it has, and yet it stays here too: for the auditor."""
        try:
            receipt = notary.check(jws, [event["id"] for event in batch])
        except OtherChain:
            for name in taken:
                self.parked[name] = "the server holds another history of this journal"
            return
        for name in taken & receipt.flagged:
            self.parked[name] = "the server finds it at odds with others of this device"
        self._confirmed += [(name, "signed") for name in sorted(taken & receipt.ids - receipt.flagged)]
        self._proof = jws
        if taken - receipt.ids:
            raise BadReceipt("It does not name every event the server says it took.")

    def _each(self, batch: list[Resource], answers: tuple[EntryAnswer, ...]) -> ServerBusy | None:
        later: ServerBusy | None = None
        own_ids = self._strategy is WriteStrategy.OWN_ID
        for event, answer in zip(batch, answers, strict=True):
            if own_ids and answer.status == 404:
                self._strategy = self._second  # it does not know what it declared
            else:
                later = self._read(event, answer) or later
        return later

    def _bundle(self, batch: list[Resource], strategy: WriteStrategy) -> tuple[tuple[EntryAnswer, ...], str]:
        """A batch the server does not take as a whole is no judgement on any event: fewer are sent, at last each alone."""
        try:
            return self.server.signed_bundle(batch_of(batch, strategy), minimal=self.signs)
        except (ServerRefused, ServerBusy, Conflict, MalformedAnswer) as error:
            status = getattr(error, "status", 0)
            if isinstance(error, ServerBusy) and status != 501:
                raise
            if self.signs and len(batch) == 1:
                raise BadReceipt("The server takes no batch, and signs for nothing else.") from None
            # where batches are not offered, or not to this device, half of one is no better
            self._most = 1 if status in (403, 404, 405, 501) else max(len(batch) // 2, 1)
            raise _TooMuch from None

    def _read(self, event: Resource, answer: EntryAnswer) -> ServerBusy | None:
        if answer.status in (200, 201):
            return self._received(event, answer.status, answer.location, answer.resource)
        elif answer.status in (405, 409, 412):
            self._compare(event, f"the server answered {answer.status}")
        elif answer.status == 401:
            raise SignedOutByServer
        elif answer.status in (408, 425, 429) or answer.status >= 500:
            return ServerBusy(status=answer.status, retry_after=answer.wait)
        else:
            self._park(event, f"the server answered {answer.status}")
        return None

    def _one(self, event: Resource) -> None:
        """A single event by a plain request: what remains when batches are refused."""
        try:
            if self._strategy is WriteStrategy.OWN_ID:
                stored = self.server.update(event)
            elif self._strategy is WriteStrategy.BY_TAG:
                stored = self.server.create(event, if_none_exist=tag_of(event))
            elif self._stored(event):
                self._confirm(event, "found by its tag")
                return
            else:
                stored = self.server.create(event)
        except Conflict:
            self._compare(event, "the server answered 409")
            return
        except (ServerRefused, ServerBusy) as error:
            if error.status == 404 and self._strategy is WriteStrategy.OWN_ID:
                self._strategy = self._second
                raise _TooMuch from None
            if isinstance(error, ServerBusy) or error.status in (401, 403, 404):
                raise
            if error.status == 405:
                self._compare(event, "the server answered 405")
            else:
                self._park(event, f"the server answered {error.status}")
            return
        later = self._received(event, stored.status, stored.location, stored.resource)
        if later is not None:
            raise later

    def _received(self, event: Resource, status: int, location: str, answered: Resource) -> ServerBusy | None:
        """A success is a receipt when it names this event: one that was meant for another request confirms nothing."""
        said = f"{status} {location}".strip()
        if location == f"AuditEvent/{event['id']}" or event["id"] in names_of(answered):
            same = is_same(event, answered)
            self._confirm(event, f"{said}, the same in the answer" if same else said)
            return None
        try:
            found = self._stored(event)
        except ServerRefused as refused:
            if refused.status != 403:
                raise
            found = True  # a credential that may only write has to take the server's word
        if not found:
            return ServerBusy("It does not say that it has the event.", status=status)
        self._confirm(event, f"{said}, read back")
        return None

    def _confirm(self, event: Resource, receipt: str) -> None:
        self._confirmed.append((event["id"], receipt))

    def _write_down(self) -> None:
        """All of a batch in one transaction, also when something after it went wrong."""
        confirmed, proof = tuple(self._confirmed), self._proof
        self._confirmed, self._proof = [], ""
        if confirmed:
            self.journal.acknowledge(confirmed, proof)

    def _compare(self, event: Resource, why: str) -> None:
        """It is there already, or it is another's: only reading it tells. The same content is the receipt.

        Not of a server that signs: what it has and does not sign for is shown, and tried again at the next start.
        """
        if self.signs:
            self._park(event, f"{why} and signed nothing")
        elif self._stored(event):
            self._confirm(event, "read back")
        else:
            self._park(event, why)

    def _stored(self, event: Resource) -> bool:
        found = self.server.search("AuditEvent", [("_tag", f"{SID_AUDIT_EVENT}|{event['id']}")])
        if not found and self._strategy is WriteStrategy.OWN_ID:
            try:
                found = (self.server.read(f"AuditEvent/{event['id']}").resource,)
            except ServerRefused:
                return False
        return any(is_same(event, one) for one in found)

    def _park(self, event: Resource, why: str) -> None:
        self.parked[event["id"]] = why

    # ------------------------------------------------------------------ how it went

    @property
    def is_backing_off(self) -> bool:
        """Whether the last step failed: new events must not hurry the next."""
        return self._failures > 0

    def _pause(self, kind: UplinkKind, error: WorkstationError, wait: float | None = None) -> UplinkState:
        self._failures += 1
        if wait is None:
            most = min(FIRST_WAIT * 2 ** min(self._failures - 1, 16), LONGEST_WAIT)
            wait = 0.25 + self.chance() * most  # full jitter, but never a tight loop
        return replace(self._state(kind), next_in=wait, message=str(error))

    def _state(self, kind: UplinkKind) -> UplinkState:
        try:
            waiting, acknowledged = self.journal.counts()
        except WorkstationError as error:
            return UplinkState(UplinkKind.BUSY, next_in=FIRST_WAIT, message=str(error))
        flagged = self.notary.flagged if self.notary is not None else 0
        why = next(iter(self.parked.values()), "")
        return UplinkState(kind, waiting, acknowledged, len(self.parked), why, signs=self.signs, flagged=flagged)


class UplinkThread:
    """Runs `step` on one thread until stopped; it says in how many seconds it wants to run again."""

    def __init__(self, step: Callable[[], float], may_hurry: Callable[[], bool] = lambda: True) -> None:
        self._step, self._may_hurry = step, may_hurry
        self._wake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """There is something to send. While backing off this changes nothing."""
        if self._may_hurry():
            self._wake.set()

    def is_ending(self) -> bool:
        """Whether it was told to stop: long work ends early."""
        return self._ending.is_set()

    def stop(self) -> None:
        """End after the present request; what is not confirmed is sent at the next start."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                wait = self._step()
            except Exception as fault:  # noqa: BLE001  reported here; commands and events must not end with it
                said = (type(fault), fault, fault.__traceback__, threading.current_thread())
                threading.excepthook(threading.ExceptHookArgs(said))
                wait = POLL_SECONDS
            if not self._ending.is_set():
                self._wake.wait(max(wait, 0.05))
