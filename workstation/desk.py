"""The house of the desk process, and its one law: no audit, no view, and no act without its event."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from workstation.cache import acts
from workstation.cache.database import Database
from workstation.changes import Changes
from workstation.domain.access import Coder
from workstation.domain.audit import Intent, Outcome
from workstation.domain.edits import Reference
from workstation.domain.grouping import GroupsStays
from workstation.domain.policy import Policy
from workstation.futures import then
from workstation.ids import uuid7
from workstation.sealed_db import Connection

T = TypeVar("T")

#: Resolves to the event's id once the guard has it on disk, or raises AuditUnavailable.
AskGuard = Callable[[Intent], Future[str]]
#: (intent id, outcome, reason); not waited for.
TellOutcome = Callable[[str, Outcome, str], None]


class Codes(Reference, Protocol):
    """What is asked of the code book."""

    @property
    def release(self) -> str: ...


@dataclass(frozen=True)
class Desk:
    """Everything an operation needs. `changed` is called on the cache's threads: hand it over to the GUI's."""

    db: Database
    ask: AskGuard
    tell: TellOutcome
    codebook: Codes
    coder: Coder
    policy: Callable[[], Policy]
    now: Callable[[], datetime]  # aware
    changed: Callable[[Changes], None]
    grouper: GroupsStays | None = None

    def look(self, intent: Intent, read: Callable[[Connection], T]) -> Future[T]:
        """Read what may be shown, once it is on record that it is looked at."""
        return then(self.ask(_named(intent)), lambda _: self.db.read(read))

    def act(self, intent: Intent, write: Callable[[Connection], T]) -> Future[T]:
        """Carry an intent out in one transaction, once it is on record; its outcome is told after the commit."""
        named = _named(intent)

        def carry_out(db: Connection) -> T:
            answer = write(db)
            acts.put(db, named.id, self.now())
            return answer

        def tell(done: Future[T]) -> None:
            error = done.exception()
            if error is None:
                self.tell(named.id, Outcome.DONE, "")
            else:
                self.tell(named.id, Outcome.ABORTED, type(error).__name__)

        def durable(_: str) -> Future[T]:
            written = self.db.write(carry_out)
            written.add_done_callback(tell)
            return written

        return then(self.ask(named), durable)

    def act_after(self, intent: Intent, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """For a thread that may wait: on record first, then `prepare` (the network), then one transaction."""
        named = _named(intent)
        self.ask(named).result()
        try:
            write = prepare()

            def carry_out(db: Connection) -> T:
                answer = write(db)
                acts.put(db, named.id, self.now())
                return answer

            answer = self.db.write(carry_out).result()
        except BaseException as error:
            self.tell(named.id, Outcome.ABORTED, type(error).__name__)
            raise
        self.tell(named.id, Outcome.DONE, "")
        return answer


def _named(intent: Intent) -> Intent:
    return intent if intent.id else replace(intent, id=uuid7())
