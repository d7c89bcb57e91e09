"""The cache on its two threads: one writes in transactions, one reads; both answer with futures."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from workstation.cache import facts
from workstation.cache.migrations import migrate
from workstation.errors import CacheDamaged, DiskTrouble, NotHere
from workstation.high_water import HighWater
from workstation.sealed_db import Connection, DatabaseError, open_sealed

T = TypeVar("T")
_Job = Callable[[Connection], None]
_WRITES = "writes"  # the fact that counts transactions: what the mark beside the file is held against


class Database:
    """An open cache. Raises CacheDamaged, CacheTooNew or DiskTrouble when it cannot be opened.

    The key is used before the constructor returns and not kept: the caller may zero it.
    """

    def __init__(self, path: Path | None, key: bytearray) -> None:
        self.path = path
        self._mark = HighWater(None if path is None else path.with_suffix(".mark"), key)
        self._writes = 0
        self._writer = _Worker("cache-writer", lambda: self._open_writer(path, key))
        if path is None:  # without a keyring nothing is kept on disk; memory has one connection
            self._reader = self._writer
            return
        try:
            self._reader = _Worker("cache-reader", lambda: open_sealed(path, key, read_only=True))
        except BaseException:
            self._writer.close()
            raise

    def read(self, look: Callable[[Connection], T]) -> Future[T]:
        """Run `look` on the read-only connection, in one snapshot."""
        return self._reader.submit(lambda db: _in_transaction(db, "begin", look))

    def write(self, change: Callable[[Connection], T]) -> Future[T]:
        """Run `change` in one transaction of the only writable connection."""
        return self._writer.submit(lambda db: self._counted(db, change))

    def close(self) -> None:
        """Finish what was asked, then close both connections."""
        self._reader.close()
        self._writer.close()
        self._mark.close()

    def _open_writer(self, path: Path | None, key: bytearray) -> Connection:
        """Raises CacheDamaged also for a cache that lacks its newest transactions: cut off, or put back."""
        db = open_sealed(path, key)
        try:
            migrate(db)
            if db.execute("pragma quick_check(1)").fetchone()[0] != "ok":
                raise CacheDamaged
            self._writes = int(facts.get(db, _WRITES) or 0)
            if self._writes < self._mark.read()[1]:
                raise CacheDamaged("Its newest part is missing.")
        except BaseException:
            db.close()
            raise
        return db

    def _counted(self, db: Connection, change: Callable[[Connection], T]) -> T:
        def and_count(db: Connection) -> T:
            answer = change(db)
            facts.put(db, _WRITES, str(self._writes + 1))
            return answer

        answer = _in_transaction(db, "begin immediate", and_count)
        self._writes += 1
        self._mark.raise_to(0, self._writes)
        return answer


class _Worker:
    """One thread that owns one connection."""

    def __init__(self, name: str, connect: Callable[[], Connection]) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(connect, opened), name=name, daemon=True)
        self._thread.start()
        opened.result()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        future: Future[T] = Future()

        def job(db: Connection) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                answer = work(db)
            except BaseException as error:  # noqa: BLE001  the future carries it to who asked
                future.set_exception(error)
            else:
                future.set_result(answer)

        with self._lock:
            if self._closed:
                future.set_exception(NotHere("The cache is closed."))
            else:
                self._jobs.put(job)
        return future

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self, connect: Callable[[], Connection], opened: Future[None]) -> None:
        try:
            db = connect()
        except BaseException as error:  # noqa: BLE001  the future carries it to who asked
            opened.set_exception(_in_words(error))
            return
        opened.set_result(None)
        try:
            while (job := self._jobs.get()) is not None:
                job(db)
                del job  # the values it closed over must not outlive it
        finally:
            db.close()


def _in_transaction(db: Connection, begin: str, work: Callable[[Connection], T]) -> T:
    try:
        db.execute(begin)
        try:
            answer = work(db)
            db.execute("commit")
        except BaseException:
            if db.in_transaction:
                db.execute("rollback")
            raise
    except DatabaseError as error:
        raise _in_words(error) from None
    return answer


def _in_words(error: BaseException) -> BaseException:
    """SQLite's errors as the world's doing; a wrong statement stays our bug."""
    if isinstance(error, DatabaseError):
        text = str(error).lower()
        if "malformed" in text or "not a database" in text:
            return CacheDamaged()
        if any(word in text for word in ("full", "readonly", "disk i/o", "unable to open", "locked")):
            return DiskTrouble()
    return error
