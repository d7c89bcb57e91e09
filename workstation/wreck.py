"""A damaged database, read around its damage: every row on a page that can still be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from workstation.errors import CacheDamaged, DiskTrouble
from workstation.sealed_db import Connection, DatabaseError, open_sealed

_AT_ONCE = 100  # rows
_PATIENCE = 10  # stretches without one readable row, then there is no more

Row = tuple[Any, ...]


class Wreck:
    """Raises CacheDamaged when the key does not fit or nothing of it can be read.

    After a page it could not authenticate SQLCipher gives no further page: so each failure is left behind by opening
    the file again. Table and column names are the program's own.
    """

    def __init__(self, path: Path, key: bytes | bytearray) -> None:
        self._path, self._key = path, bytearray(key)
        self._db: Connection = open_sealed(path, self._key, read_only=True)

    def close(self) -> None:
        self._db.close()
        self._key[:] = bytes(len(self._key))

    def columns(self, table: str) -> tuple[str, ...]:
        """Empty when there is no such table, or nothing says so any more."""
        return tuple(row[1] for row in self._asked(f"pragma table_info({table})", ()))

    def numbered(self, table: str, key: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """The rows of a table whose `key` is its integer primary key, in order: around each page that is lost."""
        asked = f"select {', '.join(columns)} from {table} where {key}"  # noqa: S608  our own names
        at, highest, empty = self._end("min", table, key) or 1, self._end("max", table, key), 0
        while empty < _PATIENCE if highest is None else at <= highest:
            last = at + _AT_ONCE - 1
            rows, broken = self._tried(f"{asked} between ? and ? order by {key}", (at, last))
            if broken:  # one by one, and by the number itself: a range would look into the next page for its end
                rows = [row for one in range(at, last + 1) for row in self._asked(f"{asked} = ?", (one,))]
            yield from rows
            empty = 0 if rows else empty + 1
            at = last + 1

    def named(self, table: str, keys: tuple[str, ...], columns: tuple[str, ...]) -> Iterator[Row]:
        """The rows of a table under other keys: from both ends towards the damage."""
        found: dict[Row, None] = {}
        for order in ("asc", "desc"):
            sorting = ", ".join(f"{key} {order}" for key in keys)
            for row in self._until_broken(f"select {', '.join(columns)} from {table} order by {sorting}"):  # noqa: S608
                found[row] = None
        yield from found

    def _end(self, which: str, table: str, key: str) -> int | None:
        """None when nothing says it any more."""
        rows, broken = self._tried(f"select {which}({key}) from {table}", ())  # noqa: S608  our own names
        return None if broken else int(rows[0][0] or 0)

    def _asked(self, query: str, values: tuple[Any, ...]) -> list[Row]:
        return self._tried(query, values)[0]

    def _until_broken(self, query: str) -> list[Row]:
        rows: list[Row] = []
        try:
            rows.extend(self._db.execute(query))
        except DatabaseError:
            self._open_again()
        return rows

    def _tried(self, query: str, values: tuple[Any, ...]) -> tuple[list[Row], bool]:
        """What was found, and whether a page on the way could not be read."""
        try:
            return self._db.execute(query, values).fetchall(), False
        except DatabaseError:
            self._open_again()
            return [], True

    def _open_again(self) -> None:
        with suppress(DatabaseError):
            self._db.close()
        self._db = open_sealed(self._path, self._key, read_only=True)


def read_wreck(path: Path, key: bytes | bytearray, read: Callable[[Wreck], None]) -> bool:
    """Let `read` take what it can; False when the file does not open at all."""
    try:
        wreck = Wreck(path, key)
    except (CacheDamaged, DiskTrouble):
        return False
    try:
        read(wreck)
    except (CacheDamaged, DiskTrouble):
        return False
    finally:
        wreck.close()
    return True
