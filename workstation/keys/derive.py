"""The few cryptographic moves everything is made of, over bytearrays that are zeroed after use."""

from __future__ import annotations

import json
import os
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Exception):
    """The key does not fit, or what was sealed (or what it was bound to) was changed."""


@dataclass(frozen=True, slots=True)
class StretchCost:
    """What one password guess costs. The floor is RFC 9106's second recommendation: 64 MiB, three passes."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


FLOOR = StretchCost()
MOST_PASSES = 16


def zero(buffer: bytearray) -> None:
    """Overwrite key material in place."""
    buffer[:] = bytes(len(buffer))


def random_key(size: int = KEY_BYTES) -> bytearray:
    """Fresh key material of the operating system."""
    return bytearray(os.urandom(size))


def context(*parts: str | int) -> bytes:
    """Unambiguous bytes of what a key or a seal is bound to: `a|b` and `a`, `b` never meet."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def normalized(password: bytearray) -> bytearray:
    """NFKC of a UTF-8 password: the same characters unlock from any keyboard.

    Python strings cannot be zeroed; this one lives in a process that dies at lock.
    """
    return bytearray(
        unicodedata.normalize("NFKC", password.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    )


def stretch(password: bytearray, salt: bytes, cost: StretchCost = FLOOR) -> bytearray:
    """Argon2id of the normalized password; a cost under the floor is refused."""
    if cost.memory_kib < FLOOR.memory_kib or cost.passes < FLOOR.passes:
        raise ValueError("the stretching cost is under the floor")
    plain = normalized(password)
    key = bytearray(KEY_BYTES)
    try:
        kdf = Argon2id(
            salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
        )
        kdf.derive_into(plain, key)  # type: ignore[arg-type]  # takes any buffer; its stub says bytes
    finally:
        zero(plain)
    return key


def calibrated(aim_seconds: float = 0.6, clock: Callable[[], float] = time.perf_counter) -> StretchCost:
    """The cost that takes about `aim_seconds` on this computer, never under the floor."""
    sample = bytearray(b"calibration")
    started = clock()
    zero(stretch(sample, bytes(16), FLOOR))
    one_pass = max((clock() - started) / FLOOR.passes, 1e-6)
    passes = min(max(round(aim_seconds / one_pass), FLOOR.passes), MOST_PASSES)
    return StretchCost(passes=passes)


def expand(secret: bytearray, info: bytes, size: int = KEY_BYTES) -> bytearray:
    """HKDF-SHA256: one secret, many keys, each for one purpose named by `info`."""
    key = bytearray(size)
    HKDF(algorithm=SHA256(), length=size, salt=None, info=info).derive_into(secret, key)
    return key


def expand_two(first: bytearray, second: bytearray, info: bytes) -> bytearray:
    """HKDF over two secrets of fixed length, both needed."""
    both = first + second
    try:
        return expand(both, info)
    finally:
        zero(both)


def seal(key: bytearray, plain: bytearray | bytes, bound: bytes) -> bytes:
    """AES-256-GCM under a fresh nonce, which comes first; `bound` is authenticated, not stored."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def unseal(key: bytearray, sealed: bytes, bound: bytes) -> bytearray:
    """The inverse of `seal`. Raises SealBroken."""
    plain = bytearray(max(len(sealed) - NONCE_BYTES - 16, 0))
    try:
        AESGCM(key).decrypt_into(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound, plain)
    except (InvalidTag, ValueError):
        zero(plain)
        raise SealBroken from None
    return plain
