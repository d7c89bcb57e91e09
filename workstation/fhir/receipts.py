"""The server's receipt for audit events: a compact JWS under an Ed25519 key of its own, read and checked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.errors import BadReceipt
from workstation.fhir.systems import JOURNAL_RECEIPTS

TYPE = "journal-receipt+jwt"
ALGORITHMS = ("Ed25519", "EdDSA")  # RFC 9864, and the name it had before


@dataclass(frozen=True, slots=True)
class ChainTaken:
    """How far the server has a chain without a hole, and the hash it has worked out there."""

    chain: int
    whole_to: int
    h: bytes
    signed: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a server has signed for."""

    device: str
    ids: frozenset[str]
    flagged: frozenset[str]  # taken, and at odds with what it has
    chains: tuple[ChainTaken, ...]
    jws: str


def address_of(capabilities: Mapping[str, Any]) -> str:
    """Where a server that gives receipts publishes its keys; empty for one that gives none."""
    found = capabilities.get("extension")
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict) and one.get("url") == JOURNAL_RECEIPTS:
            return str(one.get("valueUrl") or "")
    return ""


def keys_of(published: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The Ed25519 keys of a JWK set; what is of another kind is passed over."""
    found = published.get("keys")
    keys = []
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict) and (one.get("kty"), one.get("crv")) == ("OKP", "Ed25519"):
            try:
                key = unpadded(str(one.get("x", "")))
            except ValueError:
                continue
            keys += [key] if len(key) == 32 else []
    return tuple(keys)


def read_receipt(jws: str, keys: Iterable[bytes]) -> Receipt:
    """A receipt that one of the keys has signed. Raises BadReceipt."""
    try:
        head, body, signature = jws.split(".")
        said, claims = json.loads(unpadded(head)), json.loads(unpadded(body))
        if said.get("alg") not in ALGORITHMS or said.get("typ") != TYPE:
            raise BadReceipt("It is no receipt for audit events.")
        if not any(_holds(key, f"{head}.{body}".encode(), unpadded(signature)) for key in keys):
            raise BadReceipt("It is signed by none of the keys this server is known by.")
        chains = tuple(
            ChainTaken(int(one["chain"]), int(one["whole_to"]), bytes.fromhex(one["h"]), int(one["signed"]))
            for one in claims["chains"]
        )
        return Receipt(str(claims["device"]), _names(claims["ids"]), _names(claims["flagged"]), chains, jws)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadReceipt("It cannot be read." if jws else "None came.") from None


def unpadded(text: str) -> bytes:
    """Base64url as JOSE writes it. Raises ValueError."""
    if not text.isascii() or "=" in text:
        raise ValueError("not base64url")
    return base64.b64decode(text.translate(_PLAIN) + "=" * (-len(text) % 4), validate=True)


_PLAIN = str.maketrans("-_+/", "+/!!")  # plain base64's own signs are none here


def _names(found: object) -> frozenset[str]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("not a list of ids")
    return frozenset(found)


def _holds(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
