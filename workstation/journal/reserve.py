"""The reserve: space taken in advance, so that even a full disk can hold what went wrong and when."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SLOTS = 64
SLOT_BYTES = 512
_NONCE, _TAG = 12, 16
_PLAIN = SLOT_BYTES - _NONCE - _TAG


class Reserve:
    """Sealed slots of fixed size, overwritten in place: no allocation is needed to write one."""

    def __init__(self, path: Path, key: bytes | bytearray) -> None:
        self._path, self._aead = path, AESGCM(key)

    def prepare(self) -> None:
        """Take the space. Raises OSError when there is none."""
        with suppress(FileNotFoundError):
            if self._path.stat().st_size == SLOTS * SLOT_BYTES:
                return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            left = SLOTS * SLOT_BYTES
            while left:  # a disk that is filling up takes a part first, and says so only when asked again
                left -= os.write(descriptor, bytes(left))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def put(self, fields: dict[str, Any]) -> bool:
        """Keep a few plain facts in the next free slot; False when all are taken or even this fails."""
        plain = json.dumps(fields).encode()
        if len(plain) > _PLAIN:
            return False
        try:
            with self._path.open("r+b", buffering=0) as file:
                for number in range(SLOTS):
                    file.seek(number * SLOT_BYTES)
                    if file.read(SLOT_BYTES) == bytes(SLOT_BYTES):
                        file.seek(number * SLOT_BYTES)
                        file.write(self._sealed(plain, number))
                        os.fsync(file.fileno())
                        return True
        except OSError:
            return False
        return False

    def taken(self) -> tuple[dict[str, Any], ...]:
        """What was kept, in order. A slot that does not open says so itself: tampering is a fact too."""
        kept: list[dict[str, Any]] = []
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            for number in range(SLOTS):
                slot = file.read(SLOT_BYTES)
                if slot.strip(b"\0"):
                    kept.append(self._opened(slot, number))
        return tuple(kept)

    def clear(self) -> None:
        """Make all slots free again, once the journal has what they held."""
        with self._path.open("r+b") as file:
            file.write(bytes(SLOTS * SLOT_BYTES))
            file.flush()
            os.fsync(file.fileno())

    def _sealed(self, plain: bytes, number: int) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, plain.ljust(_PLAIN), b"slot %d" % number)

    def _opened(self, slot: bytes, number: int) -> dict[str, Any]:
        try:
            plain = self._aead.decrypt(slot[:_NONCE], slot[_NONCE:], b"slot %d" % number)
            fields = json.loads(plain)
        except (InvalidTag, ValueError):
            return {"act": "audit-failure", "reason": "reserve-damaged"}
        return fields if isinstance(fields, dict) else {}
