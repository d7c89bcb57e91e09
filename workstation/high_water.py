"""How far a database had come, kept beside it: one whose end was cut off, or that was put back, stands below its mark."""

from __future__ import annotations

import hmac
import os
from contextlib import suppress
from pathlib import Path

_NUMBER_BYTES = 8
_PLAIN = 2 * _NUMBER_BYTES
_MARK_BYTES = _PLAIN + 32


class HighWater:
    """Two numbers, authenticated, overwritten in place after each commit.

    Nothing waits for the disk: a power cut may leave an older mark, which accuses nobody; a kill leaves the newest. A
    mark that cannot be read or written is none: the database stands without it.
    """

    def __init__(self, path: Path | None, key: bytes | bytearray) -> None:
        self._path = path
        self._key = hmac.digest(key, b"high-water v1", "sha256")
        self._descriptor = -1

    def read(self) -> tuple[int, int]:
        """The highest seen; zeros when nothing is known."""
        content = b""
        if self._path is not None:
            with suppress(OSError):
                content = self._path.read_bytes()
        plain = content[:_PLAIN]
        if len(content) != _MARK_BYTES or not hmac.compare_digest(self._sealed(plain), content):
            return 0, 0
        return int.from_bytes(plain[:_NUMBER_BYTES], "big"), int.from_bytes(plain[_NUMBER_BYTES:], "big")

    def raise_to(self, first: int, second: int) -> None:
        """Called after the commit, so that the mark never runs ahead of what is durable."""
        if self._path is None:
            return
        plain = first.to_bytes(_NUMBER_BYTES, "big") + second.to_bytes(_NUMBER_BYTES, "big")
        with suppress(OSError):
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, self._sealed(plain))

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _sealed(self, plain: bytes) -> bytes:
        return plain + hmac.digest(self._key, plain, "sha256")
