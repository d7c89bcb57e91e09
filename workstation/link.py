"""The desk's end of the pipe: asks the guard and hands each answer to who waits for it."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from typing import Any

from workstation import messages as m
from workstation.channel import Channel
from workstation.domain.audit import Intent, Outcome
from workstation.errors import (
    AuditUnavailable,
    DiskTrouble,
    ServerBusy,
    ServerTrouble,
    ServerUnreachable,
    SignedOutByServer,
)
from workstation.ids import uuid7


@dataclass(frozen=True, slots=True)
class Token:
    """A short-lived access token; `expires_at` in POSIX seconds."""

    value: str
    expires_at: float


class GuardLink:
    """Every question returns a Future. A closed pipe ends the process at once: if the guard dies, nothing stays open."""

    def __init__(self, channel: Channel, *, on_closed: Callable[[], None] | None = None) -> None:
        self._channel = channel
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._progress: dict[int, Callable[[int, int], None]] = {}
        self._lock = threading.Lock()
        self._on_closed = on_closed or _die
        self._on_message: Callable[[m.Message], None] = lambda message: None
        self.head = ""  # of the device's journal, as the guard last told it; a moment old at most

    def start(self, on_message: Callable[[m.Message], None], on_key: Callable[[str, bytearray], None]) -> None:
        """Begin listening; both callbacks come on the channel's thread."""
        self._on_message = on_message
        self._channel.start(self._heard, on_key, self._on_closed)

    def tell(self, message: m.Message) -> None:
        """Say something that has no answer."""
        self._channel.send(message)

    def ask_intent(self, intent: Intent) -> Future[str]:
        """The intent's id once it is durable. The future raises AuditUnavailable when it cannot be recorded."""
        named = intent if intent.id else replace(intent, id=uuid7())
        return self._ask(lambda number: m.IntentAsked(number, asdict(named)))

    def tell_outcome(self, intent_id: str, outcome: Outcome, reason: str = "") -> None:
        self.tell(m.OutcomeTold(intent_id, outcome.value, reason))

    def ask_token(self, *, stale: bool = False) -> Future[Token]:
        """A token. The future raises ServerUnreachable, ServerBusy or SignedOutByServer."""
        return self._ask(lambda number: m.TokenWanted(number, stale))

    def ask_try(self) -> Future[m.TryAnswer]:
        return self._ask(m.TryWanted)

    def ask_time_code(self, time_code: int) -> Future[m.TimeCodeAnswer]:
        return self._ask(lambda number: m.TimeCodeUsed(number, time_code))

    def ask_keep_vault(self, vault: dict[str, Any]) -> Future[None]:
        """Done once the guard has kept the vault. The future raises DiskTrouble; the old vault still opens then."""
        return self._ask(lambda number: m.VaultChanged(number, vault))

    def ask_trail(self, before: int | None = None, limit: int = 200) -> Future[m.TrailPage]:
        return self._ask(lambda number: m.TrailWanted(number, before, limit))

    def ask_device(self) -> Future[m.DevicePage]:
        return self._ask(m.DeviceWanted)

    def ask_journal_check(self, progress: Callable[[int, int], None]) -> Future[m.JournalReport]:
        """What a check of the whole journal finds; `progress` is called on the channel's thread until it is there.

        The future raises AuditUnavailable when the check could not be made.
        """

        def make(number: int) -> m.Message:
            self._progress[number] = progress
            return m.JournalCheckWanted(number)

        return self._ask(make)

    def _ask(self, make: Callable[[int], m.Message]) -> Future[Any]:
        answer: Future[Any] = Future()
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = answer
        self._channel.send(make(number))
        return answer

    def _heard(self, message: m.Message) -> None:
        match message:
            case m.Recorded(request, event_id, head):
                self.head = head or self.head
                self._settle(request, event_id)
            case m.NotRecorded(request, why):
                self._settle(request, AuditUnavailable(why))
            case m.TokenAnswer(request, token, expires_at, why, head, wait):
                self.head = head or self.head
                self._settle(request, Token(token, expires_at) if token else _no_token(why, wait))
            case m.JournalProgress(request, done, of):
                self._progress.get(request, _nobody)(done, of)
            case m.JournalReport(request, _, why):
                self._progress.pop(request, None)
                self._settle(request, AuditUnavailable(why) if why else message)
            case m.VaultKept(request, why):
                self._settle(request, DiskTrouble(why) if why else None)
            case m.TryAnswer(request) | m.TimeCodeAnswer(request) | m.TrailPage(request) | m.DevicePage(request):
                self._settle(request, message)
            case _:
                self._on_message(message)

    def _settle(self, number: int, answer: Any) -> None:
        with self._lock:
            waiting = self._waiting.pop(number, None)
        if waiting is None:
            return
        if isinstance(answer, BaseException):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)


def _nobody(done: int, of: int) -> None:
    """Progress of a question that is answered already."""


def _die() -> None:
    os._exit(0)


def _no_token(why: str, wait: float) -> ServerTrouble:
    if why == "signed-out":
        return SignedOutByServer()
    if why == "busy":
        return ServerBusy("The identity provider asks to wait.", retry_after=wait or None)
    return ServerUnreachable()
