"""What a journal can be asked; each question on the thread that opened it."""

from __future__ import annotations

from workstation.domain.trail import AuditSend, JournalEntry
from workstation.journal import reading
from workstation.journal.standing import Standing, standing_of
from workstation.sealed_db import Connection


class Asked:
    """The reading half of a journal."""

    _connection: Connection

    def _file(self) -> None:
        """Made true by the writing half before what depends on it is asked."""

    def open_intents(self) -> tuple[JournalEntry, ...]:
        """Acts without an outcome: under way, or cut short by a crash and to be settled at the next start."""
        return reading.open_intents(self._connection)

    def unsent(self, limit: int = 100) -> tuple[AuditSend, ...]:
        """Events the server has not confirmed, oldest first."""
        self._file()
        return reading.unsent(self._connection, limit)

    def counts(self) -> tuple[int, int]:
        """(waiting, acknowledged) events."""
        self._file()
        return reading.counts(self._connection)

    def standing(self) -> Standing:
        """How far the server has confirmed it, by which receipts. Reads every event: not for each step of the uplink."""
        self._file()
        return standing_of(self._connection)

    def hash_at(self, chain: int, seq: int) -> bytes | None:
        """The hash of one entry; None when it is not here."""
        return reading.hash_at(self._connection, chain, seq)

    def page(self, user: str, before: int | None = None, limit: int = 200) -> tuple[JournalEntry, ...]:
        """A coder's own entries, newest first; `before` is the last page's smallest position."""
        self._file()
        return reading.page(self._connection, user, before, limit)

    def acknowledged(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Those of some events the server has confirmed."""
        self._file()
        return reading.acknowledged(self._connection, ids)

    def newest_done(self, user: str) -> str:
        """The last act of a coder that their cache must hold; empty when there is none."""
        self._file()
        return reading.newest_done(self._connection, user)

    def misses(self, intent_id: str) -> bool:
        """Whether an act was done in this journal's time that it does not know: it was put back."""
        return reading.is_missed(self._connection, intent_id)
