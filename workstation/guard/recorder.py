"""The one thread that owns the journal: answers intents when they are durable, never waits for the network."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.errors import AuditUnavailable
from workstation.journal.store import Journal

T = TypeVar("T")

JOURNAL_OLDER = "journal-older: a cache holds an act that it does not know"


class Recorder:
    """Work for the journal, in order. Every method may be called from any thread and returns a Future."""

    def __init__(self, open_journal: Callable[[], Journal]) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._journal: Journal | None = None
        self.head = ""  # as `X-Journal-Head` says it; read from any thread
        self._opened = self._thread.submit(self._open, open_journal)

    def _open(self, open_journal: Callable[[], Journal]) -> None:
        self._journal = open_journal()
        self.head = head_text(self._journal)

    def opened(self) -> Future[None]:
        """Done when the journal is open; carries the error when it cannot be."""
        return self._opened

    def run(self, work: Callable[[Journal], T]) -> Future[T]:
        """Run `work` on the journal's thread. The future raises AuditUnavailable when the journal is not open."""

        def task() -> T:
            if self._journal is None:
                raise AuditUnavailable
            try:
                return work(self._journal)
            finally:
                self.head = head_text(self._journal)

        try:
            return self._thread.submit(task)
        except RuntimeError:  # the program is ending: whoever still asks is told so
            late: Future[T] = Future()
            late.set_exception(AuditUnavailable("The program is ending."))
            return late

    def record(self, intent: Intent, user: str) -> Future[str]:
        """Append an intent; the future gives its id once it is durable."""
        return self.run(lambda journal: journal.append(intent, user=user).id)

    def outcome(self, intent_id: str, outcome: Outcome, reason: str = "") -> Future[Any]:
        return self.run(lambda journal: journal.outcome(intent_id, outcome, reason))

    def event(
        self,
        act: Act,
        user: str,
        *,
        reason: str = "",
        outcome: Outcome = Outcome.DONE,
        subject: Subject | None = None,
    ) -> Future[str]:
        """An act of the guard itself: intent and outcome in one breath."""

        def work(journal: Journal) -> str:
            entry = journal.append(Intent(act, subject or Subject(), reason), user=user)
            journal.outcome(entry.id, outcome, reason)
            return entry.id

        return self.run(work)

    def compare(self, newest_act: str) -> None:
        """A cache was opened whose last act this is. A journal that does not know it was put back: said once."""

        def work(journal: Journal) -> None:
            if newest_act and journal.misses(newest_act):
                told = Intent(
                    Act.AUDIT_FAILURE, reason=JOURNAL_OLDER, id=str(uuid.uuid5(uuid.NAMESPACE_OID, newest_act))
                )
                journal.append(told, user="")
                journal.outcome(told.id, Outcome.FAILED, JOURNAL_OLDER)

        self.run(work)

    def confirmed(self, ids: tuple[str, ...]) -> None:
        """The server has these events. Nobody waits for that where they are durable here."""

    def unconfirmed(self, why: str) -> None:
        """The server cannot be had now."""

    def close(self) -> None:
        """Checkpoint and close; waits for what was asked before."""

        def work(journal: Journal) -> None:
            journal.close()

        if self._journal is not None:
            self.run(work).exception(timeout=10)
        self._thread.shutdown(wait=True)


def head_text(journal: Journal) -> str:
    """Which journal stands where: device, session, chain, entry and hash; opaque, and the same for whoever reads it."""
    head = journal.head()
    return f"device={journal.device};session={journal.session};chain={head.chain};seq={head.seq};h={head.h.hex()}"
