"""Online only: without a keyring nothing is kept on the computer, and nothing is shown before the server has its event."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from workstation.domain.audit import VIEWS, Act, Intent
from workstation.errors import AuditUnavailable
from workstation.guard.recorder import Recorder
from workstation.journal.store import Journal

#: Events that wait for the server's 2xx before what they announce is shown.
WAITING = VIEWS - {Act.COPY_BLOCKED}


class ConfirmedRecorder(Recorder):
    """The journal lies in memory and dies with the process, so that a view counts as recorded when the server says so."""

    def __init__(self, open_journal: Callable[[], Journal]) -> None:
        super().__init__(open_journal)
        self.hurry: Callable[[], None] = lambda: None  # asks the uplink to send now
        self._waiting: dict[str, Future[str]] = {}
        self._lock = threading.Lock()

    def record(self, intent: Intent, user: str) -> Future[str]:
        kept = super().record(intent, user)
        if intent.act not in WAITING:
            return kept
        told: Future[str] = Future()

        def appended(done: Future[str]) -> None:
            error = done.exception()
            if error is not None:
                told.set_exception(error)
                return
            with self._lock:
                self._waiting[done.result()] = told
            self.hurry()

        kept.add_done_callback(appended)
        return told

    def confirmed(self, ids: tuple[str, ...]) -> None:
        with self._lock:
            done = [(name, self._waiting.pop(name)) for name in ids if name in self._waiting]
        for name, told in done:
            told.set_result(name)

    def unconfirmed(self, why: str) -> None:
        with self._lock:
            waiting, self._waiting = list(self._waiting.values()), {}
        for told in waiting:
            told.set_exception(
                AuditUnavailable(
                    "You work online only, and the server cannot be reached: nothing is shown before it has recorded it.",
                    remedy="Check the network and try again.",
                )
            )

    def close(self) -> None:
        self.unconfirmed("the program ends")
        super().close()
