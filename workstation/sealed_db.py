"""Opening an encrypted database: raw key, nothing spilt to disk, attached or exported, never plain."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workstation.errors import CacheDamaged, CacheTooNew, DiskTrouble, WorkstationError

if TYPE_CHECKING:  # sqlcipher3 keeps the standard library's shapes but ships no types
    import sqlite3 as dbapi2
    from sqlite3 import Connection, DatabaseError, IntegrityError, OperationalError
else:
    from sqlcipher3 import dbapi2
    from sqlcipher3.dbapi2 import Connection, DatabaseError, IntegrityError, OperationalError

__all__ = ["Connection", "DatabaseError", "IntegrityError", "OperationalError", "in_words", "open_sealed"]

PLAIN_HEADER = b"SQLite format 3\0"
KEY_BYTES = 32

# What may still be asked after opening. temp_store=FILE wrote plain text into deleted temporary files, and an
# attached database with an empty key is a plain copy of everything: so what is not needed is refused.
_CHECK_PRAGMAS = frozenset(
    {"cipher_integrity_check", "foreign_key_check", "integrity_check", "optimize", "quick_check"}
    | {"foreign_key_list", "index_info", "index_list", "table_info", "table_list", "table_xinfo"}
    | {"user_version", "wal_checkpoint"}
)
_READ_PRAGMAS = _CHECK_PRAGMAS | {
    "cipher_version",
    "compile_options",
    "data_version",
    "foreign_keys",
    "freelist_count",
    "journal_mode",
    "page_count",
    "page_size",
    "query_only",
    "schema_version",
    "synchronous",
    "temp_store",
}
_REFUSED_FUNCTIONS = frozenset({"sqlcipher_export", "load_extension"})


def open_sealed(path: Path | None, key: bytearray, *, read_only: bool = False) -> Connection:
    """Open (or create) the SQLCipher database at `path` under a 32-byte raw key; None keeps it in memory.

    The connection is in autocommit: begin transactions yourself (`begin immediate`).
    It belongs to the calling thread. Raises CacheDamaged when the key does not fit or the file is not an
    encrypted database, DiskTrouble when the disk refuses. The caller still owns and zeroes
    `key`. VACUUM is refused (it attaches); `backup()` works.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a raw key has 32 bytes")
    _refuse_plain(path)
    if path is not None and not read_only:
        _create_private(path)
    try:
        connection = dbapi2.connect(":memory:" if path is None else str(path), timeout=5.0, isolation_level=None)
    except DatabaseError as error:
        raise in_words(error) from None
    try:
        _prepare(connection, key, read_only=read_only)
        _refuse_plain(path)
    except DatabaseError as error:
        connection.close()
        raise in_words(error) from None
    except BaseException:
        connection.close()
        raise
    return connection


def sqlcipher_version() -> str:
    """Which SQLCipher this program was built with, as `4.6.1 community`."""
    connection = open_sealed(None, bytearray(32))
    try:
        return str(connection.execute("pragma cipher_version").fetchone()[0])
    finally:
        connection.close()


def in_words(error: DatabaseError) -> WorkstationError:
    """What a database error means to a coder: a damaged file, or a disk that refuses. Never the SQL."""
    if isinstance(error, OperationalError) and not isinstance(error, IntegrityError):
        return DiskTrouble(getattr(error, "sqlite_errorname", ""))
    return CacheDamaged(str(error) if str(error) in _SAFE_TEXTS else "")


_SAFE_TEXTS = frozenset({"file is not a database", "database disk image is malformed"})


def _prepare(connection: Connection, key: bytearray, *, read_only: bool) -> None:
    connection.execute("pragma cipher_log_level = none")  # a wrong key would print to stderr
    # Thirty-two bare bytes are taken for a passphrase (146 ms each time); only this form is a raw key.
    quoted = bytearray(b"x'")
    for byte in key:
        quoted += b"%02x" % byte
    quoted += b"'"
    try:
        connection.set_key(quoted)  # type: ignore[attr-defined]
    finally:
        quoted[:] = bytes(len(quoted))
    if connection.execute("pragma cipher_version").fetchone() is None:
        raise CacheDamaged("The database library of this installation does not encrypt.")
    connection.execute("pragma temp_store = memory")
    connection.execute("select count(*) from sqlite_master").fetchone()  # the first read proves the key
    if not read_only:
        connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma trusted_schema = off")
    if read_only:
        connection.execute("pragma query_only = on")
    connection.set_authorizer(_authorize)


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    if action in (dbapi2.SQLITE_ATTACH, dbapi2.SQLITE_DETACH):
        return dbapi2.SQLITE_DENY
    if action == dbapi2.SQLITE_PRAGMA:
        allowed = _READ_PRAGMAS if second is None else _CHECK_PRAGMAS
        return dbapi2.SQLITE_OK if (first or "").lower() in allowed else dbapi2.SQLITE_DENY
    if action == dbapi2.SQLITE_FUNCTION and (second or "").lower() in _REFUSED_FUNCTIONS:
        return dbapi2.SQLITE_DENY
    return dbapi2.SQLITE_OK


def _refuse_plain(path: Path | None) -> None:
    """A plain database where an encrypted one belongs is never read and never written on."""
    if path is None:
        return
    with suppress(FileNotFoundError), path.open("rb") as file:
        if file.read(16) == PLAIN_HEADER:
            raise CacheDamaged("The file is not encrypted.")


def _create_private(path: Path) -> None:
    """Only the owner may read even the encrypted pages; SQLite gives -wal and -shm the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None


def migrate(connection: Connection, steps: Sequence[Sequence[str]]) -> None:
    """Run what a database has not seen yet, each step in the transaction that records it. Raises CacheTooNew."""
    at = int(connection.execute("pragma user_version").fetchone()[0])
    if at > len(steps):
        raise CacheTooNew
    for number, statements in enumerate(steps[at:], start=at + 1):
        connection.execute("begin immediate")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number:d}")
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
