"""Every change of the journal's file: durable when it returns, or AuditUnavailable and a note in the reserve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workstation.domain.audit import Act
from workstation.errors import AuditUnavailable
from workstation.high_water import HighWater
from workstation.journal.needs import JournalClock
from workstation.journal.reserve import Reserve
from workstation.journal.space import OPENS_A_CHART, SLOWEST_COMMIT, Stage, stage_of
from workstation.journal.tip import Tip
from workstation.sealed_db import Connection, DatabaseError

_ENDS_A_DESK = (Act.LOCK, Act.AUTO_LOGOFF, Act.SIGN_OUT)


class Commits:
    """One transaction at a time. Fails closed, and comes back by itself with the first that succeeds again."""

    def __init__(
        self,
        connection: Connection,
        tip: Tip,
        clock: JournalClock,
        *,
        path: Path | None,
        reserve: Reserve | None,
        mark: HighWater,
        free: Callable[[Path], int],
    ) -> None:
        self.connection, self._tip, self._clock = connection, tip, clock
        self._folder = None if path is None else path.parent
        self._reserve, self._mark, self._free = reserve, mark, free
        self.stage = Stage.FINE
        self.recovered: Callable[[], None] = lambda: None
        self._failing = False
        self._told = False  # the reserve knows of the present trouble

    @contextmanager
    def durably(self, act: Act | None = None, done: Callable[[], None] = lambda: None) -> Iterator[Connection]:
        """A transaction, committed to the disk when the block ends; AuditUnavailable when it cannot be."""
        started = self._clock.boot()
        self._tip.stay()
        try:
            self.connection.execute("begin immediate")
            yield self.connection
            self.connection.execute("commit")
        except DatabaseError as error:
            self._roll_back()
            self._fail(why(error), act)
            raise AuditUnavailable(why(error)) from None
        except BaseException:
            self._roll_back()
            raise
        done()
        if self._tip.move_on():
            self._mark.raise_to(self._tip.head.chain, self._tip.head.seq)
        if self._clock.boot() - started > SLOWEST_COMMIT:
            self._fail("slow-disk", act)
            raise AuditUnavailable("The disk is too slow.")
        if self._failing:
            self._failing = self._told = False
            self.look_for_room()
            self.recovered()

    def make_room_for(self, act: Act) -> None:
        """Raises AuditUnavailable for what the room that is left no longer allows."""
        self.look_for_room()
        if self.stage is Stage.NO_NEW_CHARTS and act in OPENS_A_CHART:
            raise AuditUnavailable("The disk is almost full: no further charts are opened.")

    def look_for_room(self) -> None:
        if self._folder is not None and not self._failing:
            self.stage = stage_of(self._free(self._folder))

    def prepare_reserve(self) -> tuple[dict[str, Any], ...]:
        """Take the reserve's space; what it kept from bad times. Raises OSError when there is no room even for it."""
        if self._reserve is None:
            return ()
        self._reserve.prepare()
        return self._reserve.taken()

    def free_reserve(self) -> None:
        """Once the journal has what it held. A disk that refuses again leaves it: told twice rather than never."""
        if self._reserve is not None:
            with suppress(OSError):
                self._reserve.clear()

    def _roll_back(self) -> None:
        self._tip.stay()
        with suppress(DatabaseError):  # the failure that led here is the one to tell of
            if self.connection.in_transaction:
                self.connection.execute("rollback")

    def _fail(self, reason: str, act: Act | None) -> None:
        """The reserve takes what the journal cannot: that it failed, and the lock that follows."""
        self.stage, self._failing = Stage.CLOSED, True
        if self._reserve is None:
            return
        if not self._told:
            self._told = self._reserve.put(self._slot(Act.AUDIT_FAILURE, reason))
        if act in _ENDS_A_DESK:
            self._reserve.put(self._slot(act, reason))

    def _slot(self, act: Act, reason: str) -> dict[str, Any]:
        return {"act": act.value, "reason": reason, "time": round(self._clock.wall(), 3)}


def why(error: BaseException) -> str:
    """The kind of failure, never the SQL or a path."""
    return str(getattr(error, "sqlite_errorname", "")) or type(error).__name__
