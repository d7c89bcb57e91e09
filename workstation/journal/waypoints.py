"""Waypoints: the ratchet's key now and then, sealed under the device key, so that the newest of a million is soon verified.

Whoever has the device key could walk there from the seed; whoever has the database alone cannot open one.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from itertools import islice

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workstation.journal import chain as links
from workstation.sealed_db import Connection

STRIDE = 10_000  # entries
_NONCE = 12


def put(connection: Connection, seed: bytes | bytearray, chain: int, seq: int, key: bytes | bytearray) -> None:
    """Inside a transaction: `key` authenticates the entry after `seq`."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + _aead(seed).encrypt(nonce, bytes(key), _bound(chain, seq))
    connection.execute("insert or replace into waypoints(chain, seq, sealed) values (?, ?, ?)", (chain, seq, sealed))


def last(connection: Connection, chain: int) -> int:
    """After which entry the last waypoint of a chain stands."""
    return int(connection.execute("select max(seq) from waypoints where chain = ?", (chain,)).fetchone()[0] or 0)


def keys_after(connection: Connection, seed: bytes | bytearray, chain: int, seq: int) -> Iterator[bytes]:
    """The keys of the entries after `seq`: from the nearest waypoint, or all the way from the seed."""
    rows = connection.execute(
        "select seq, sealed from waypoints where chain = ? and seq <= ? order by seq desc limit 2", (chain, seq)
    ).fetchall()
    for at, sealed in rows:
        try:
            key = _aead(seed).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(chain, at))
        except (InvalidTag, ValueError):
            continue  # not ours: the seed knows better
        return islice(links.keys_onward(key), seq - at, None)
    return islice(links.keys_from(seed, chain), seq, None)


def _aead(seed: bytes | bytearray) -> AESGCM:
    return AESGCM(hmac.digest(seed, b"waypoints v1", "sha256"))


def _bound(chain: int, seq: int) -> bytes:
    return b"%d:%d" % (chain, seq)
