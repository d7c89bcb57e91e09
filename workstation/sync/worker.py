"""The sync thread: push, pull, wait; woken by a nudge, patient with the network, plain about its state."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from workstation.cache import outbox
from workstation.desk import Desk
from workstation.domain.encounter import EncounterId
from workstation.errors import (
    AuditUnavailable,
    ServerBusy,
    ServerTrouble,
    ServerUnreachable,
    SignedOutByServer,
    WorkstationError,
)
from workstation.fhir.client import FhirClient
from workstation.sync.pull import Puller, Tally
from workstation.sync.push import Pusher
from workstation.sync.state import SyncKind, SyncState
from workstation.sync.waiting import back_off, poll

log = logging.getLogger(__name__)

FAULT = (
    "The program met a fault of its own while it exchanged with the server. "
    "Work on: everything is saved here, and it is tried again. Tell your IT support."
)
LATEST_STOP = 5.0  # seconds a stop waits for a request on its way


class Sync:
    """Keeps one coder's cache in step. `on_state` and the desk's `changed` are called on the sync thread."""

    def __init__(self, desk: Desk, client: FhirClient, on_state: Callable[[SyncState], None]) -> None:
        self._desk = desk
        self._client = client
        self._on_state = on_state
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._wanted: set[EncounterId] = set()
        self._failures = 0
        self._asked_to_wait = False  # by the server; a nudge does not shorten it
        self._state = SyncState(SyncKind.WORKING, desk.now())
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._push = Pusher(desk, client, self._going_on)
        self._pull = Puller(desk, client, self._progress, self._going_on)

    @property
    def state(self) -> SyncState:
        return self._state

    def start(self) -> None:
        self._thread.start()

    def nudge(self, encounter_id: EncounterId | None = None) -> None:
        """Look now: after a decision, when the network is back, or for one encounter that is being opened."""
        if encounter_id is not None:
            with self._lock:
                self._wanted.add(encounter_id)
        self._wake.set()

    def stop(self) -> None:
        """Stop after the request on its way; never called twice with work between."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(LATEST_STOP)

    def once(self) -> SyncState:
        """One round on the calling thread; what `start` repeats."""
        self._round()
        return self._state

    # ---------------------------------------------------------------- the loop

    def _run(self) -> None:
        try:
            while self._going_on():
                self._wait(self._round_or_fault())
        finally:
            self._client.close()

    def _wait(self, seconds: float) -> None:
        """A nudge ends the wait, but not one the server has asked for."""
        until = time.monotonic() + seconds
        while self._going_on() and (left := until - time.monotonic()) > 0:
            nudged = self._wake.wait(left)
            self._wake.clear()
            if nudged and not self._asked_to_wait:
                return

    def _round_or_fault(self) -> float:
        """A fault of the program itself is reported as one, and said; it does not end the exchange for the day."""
        try:
            return self._round()
        except Exception as fault:  # noqa: BLE001  reported below
            said = (type(fault), fault, fault.__traceback__, threading.current_thread())
            threading.excepthook(threading.ExceptHookArgs(said))
            self._failures += 1
            self._publish(SyncKind.STOPPED, FAULT)
            return back_off(self._failures).total_seconds()

    def _round(self) -> float:
        """Push, pull, say how it went; seconds until the next look."""
        with self._lock:
            wanted, self._wanted = frozenset(self._wanted), set()
        before = self._pull.fetched
        try:
            self._say(SyncKind.WORKING)
            self._push.run()
            tally = self._pull.run(wanted)
            self._push.run()
        except WorkstationError as trouble:
            with self._lock:
                self._wanted |= wanted
            if self._pull.fetched > before:
                self._failures = 0  # a poor line that brings something each time is not one that is down
            return self._after(trouble)
        self._failures, self._asked_to_wait = 0, False
        self._in_step(tally)
        return self._until_next()

    def _after(self, trouble: WorkstationError) -> float:
        self._failures += 1
        self._asked_to_wait = isinstance(trouble, ServerBusy) and trouble.retry_after is not None
        log.info("sync stopped: %s", type(trouble).__name__)
        wait = back_off(self._failures).total_seconds()
        if isinstance(trouble, ServerUnreachable):
            self._say(SyncKind.OFFLINE, trouble)
        elif isinstance(trouble, SignedOutByServer):
            self._say(SyncKind.SIGNED_OUT, trouble)
            return poll()
        elif isinstance(trouble, ServerBusy):
            self._say(SyncKind.BUSY, trouble)
            wait = back_off(self._failures, trouble.retry_after).total_seconds()
        elif isinstance(trouble, AuditUnavailable) or not isinstance(trouble, ServerTrouble):
            self._say(SyncKind.STOPPED, trouble)
        else:
            self._say(SyncKind.REFUSED, trouble)
        return wait

    def _in_step(self, tally: Tally) -> None:
        now = self._desk.now()
        _, refused = self._counts()
        postponed = self._desk.db.read(outbox.next_due).result() is not None
        kind = SyncKind.REFUSED if refused else SyncKind.BUSY if postponed else SyncKind.IN_STEP
        message = f"{len(tally.left)} left out: {tally.left[0]}" if tally.left else ""
        if postponed and not message:
            message = f"{ServerBusy('It did not take all that waits.')} {ServerBusy.remedy}"
        self._publish(kind, message, last_in_step=now)

    def _until_next(self) -> float:
        due = self._desk.db.read(outbox.next_due).result()
        if due is None:
            return poll()
        return max(0.5, min(poll(), (due - self._desk.now()).total_seconds()))

    # ---------------------------------------------------------------- saying where it stands

    def _going_on(self) -> bool:
        return not self._stopping.is_set()

    def _say(self, kind: SyncKind, trouble: WorkstationError | None = None) -> None:
        self._publish(kind, "" if trouble is None else f"{trouble} {trouble.remedy}")

    def _publish(self, kind: SyncKind, message: str, *, last_in_step: datetime | None = None) -> None:
        waiting, refused = self._counts()
        since = self._state.since if kind is self._state.kind else self._desk.now()
        self._state = SyncState(kind, since, waiting, refused, None, message, last_in_step or self._state.last_in_step)
        self._on_state(self._state)

    def _progress(self, done: int, total: int) -> None:
        self._state = replace(self._state, progress=(done, total))
        self._on_state(self._state)

    def _counts(self) -> tuple[int, int]:
        return self._desk.db.read(outbox.counts).result()
