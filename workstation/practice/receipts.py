"""Receipts for audit events: what was taken of whom and how far the chain is whole, signed with the server's own key."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from workstation.practice.ledger import Taken
from workstation.practice.store import Store, stamp

WELL_KNOWN = "/.well-known/journal-receipts"
TYPE = "journal-receipt+jwt"


class Receipts:
    """One Ed25519 key a data folder; compact JWS (RFC 7515) with Ed25519 (RFC 9864)."""

    def __init__(self, store: Store, base: str) -> None:
        self._store, self.base = store, base
        made = store.fact(
            "receipt-key", lambda: base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        )
        self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(made))
        self.public = self._key.public_key().public_bytes_raw()

    def jwks(self) -> dict[str, Any]:
        """What the well-known address publishes."""
        return {"keys": [{**self._jwk(), "kid": self._kid(), "use": "sig", "alg": "Ed25519"}]}

    def signature(self, taken: Taken) -> dict[str, Any]:
        """A receipt as the `signature` of the Bundle that answers."""
        return {
            "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.14"}],
            "when": stamp(self._store.now()),
            "who": {"display": "Practice server"},
            "sigFormat": "application/jose",
            "data": base64.b64encode(self.receipt(taken).encode()).decode(),
        }

    def receipt(self, taken: Taken) -> str:
        claims = {
            "iss": self.base,
            "iat": int(self._store.now().timestamp()),
            "device": taken.device,
            "ids": list(taken.ids),
            "flagged": sorted(taken.flagged),
            "chains": [
                {
                    "chain": one.chain,
                    "first": one.first,
                    "last": one.last,
                    "whole_to": one.whole_to,
                    "h": one.h,
                    "signed": one.signed,
                }
                for one in taken.chains
            ],
        }
        signed = f"{_part({'alg': 'Ed25519', 'typ': TYPE, 'kid': self._kid()})}.{_part(claims)}"
        return f"{signed}.{_base64url(self._key.sign(signed.encode()))}"

    def _jwk(self) -> dict[str, str]:
        return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self.public)}

    def _kid(self) -> str:
        return _base64url(sha256(json.dumps(self._jwk(), separators=(",", ":"), sort_keys=True).encode()).digest())


def _part(fields: dict[str, Any]) -> str:
    return _base64url(json.dumps(fields, separators=(",", ":")).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
