"""The organisation's way to unsent work when a password or a device half is gone: the DEK sealed to it."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from workstation.keys.derive import SealBroken, context, expand, seal, unseal, zero

PUBLIC_BYTES = 32


def seal_to(public_key: bytes, key: bytearray, bound: bytes) -> bytes:
    """Seal `key` so that only the holder of the X25519 private key opens it; bound to one vault."""
    ephemeral = X25519PrivateKey.generate()
    ours = ephemeral.public_key().public_bytes_raw()
    shared = bytearray(ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key)))
    wrap = expand(shared, context("recovery", 1, ours.hex(), public_key.hex()))
    try:
        return ours + seal(wrap, key, bound)
    finally:
        zero(shared)
        zero(wrap)


def open_with(private_key: bytes, sealed: bytes, bound: bytes) -> bytearray:
    """The key again, for the organisation's recovery tool. Raises SealBroken."""
    private = X25519PrivateKey.from_private_bytes(private_key)
    theirs, rest = sealed[:PUBLIC_BYTES], sealed[PUBLIC_BYTES:]
    try:
        shared = bytearray(private.exchange(X25519PublicKey.from_public_bytes(theirs)))
    except ValueError:
        raise SealBroken from None
    mine = private.public_key().public_bytes_raw()
    wrap = expand(shared, context("recovery", 1, theirs.hex(), mine.hex()))
    try:
        return unseal(wrap, rest, bound)
    finally:
        zero(shared)
        zero(wrap)
