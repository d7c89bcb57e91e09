"""Whose receipts count: the key of the settings, else the one this server was first known by; and what a receipt must say."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from workstation.durable import read_whole, write_whole
from workstation.errors import BadReceipt
from workstation.fhir.receipts import Receipt, address_of, keys_of, read_receipt

Published = Callable[[str], Mapping[str, Any]]


class OtherChain(BadReceipt):
    """The server has signed for the events, and holds others of this device that contradict them."""


class Notary:
    """Of one server and one device. A server that gave receipts once is held to it."""

    def __init__(
        self,
        file: Path,
        *,
        base: Callable[[], str],
        device: str,
        published: Published,
        pinned: bytes = b"",
        hash_at: Callable[[int, int], bytes | None] = lambda chain, seq: None,
    ) -> None:
        self._file, self._base, self._device = file, base, device
        self._published, self._hash_at = published, hash_at
        self._pinned = (pinned,) if pinned else ()
        self._offered = False
        self._flagged: set[str] = set()

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys that count; none before the server was asked."""
        return self._pinned or self._kept()

    @property
    def gives(self) -> bool:
        """Whether this server signs for what it takes."""
        return self._offered or bool(self.keys)

    def look(self, capabilities: Mapping[str, Any]) -> None:
        """What the server says of itself. Its key is learnt once, over TLS, and kept. Raises BadReceipt, ServerTrouble."""
        address = address_of(capabilities)
        if not address:
            if self.keys:
                raise BadReceipt("This server gave receipts before, or is to give them, and offers none now.")
            self._offered = False
            return
        if not self.keys:
            found = keys_of(self._published(address))
            if not found:
                raise BadReceipt("The server offers receipts and publishes no key they can be checked with.")
            kept = [base64.b64encode(key).decode() for key in found]
            write_whole(self._file, json.dumps({"base": self._base(), "keys": kept}).encode())
        self._offered = True

    @property
    def flagged(self) -> int:
        """Events the server took and finds at odds with others of this device, each once however often it is sent."""
        return len(self._flagged)

    def check(self, jws: str, sent: Collection[str]) -> Receipt:
        """A receipt for events just sent: signed, for this device, of nothing else. Raises BadReceipt.

        Raises OtherChain for a good one that tells of another history of this journal than the one kept here.
        """
        receipt = read_receipt(jws, self.keys)
        if receipt.device != self._device:
            raise BadReceipt("It is for another device.")
        if not receipt.ids <= set(sent):
            raise BadReceipt("It is for other events.")
        for one in receipt.chains:
            mine = self._hash_at(one.chain, one.whole_to)
            if mine is not None and mine != one.h:
                self._flagged |= set(receipt.ids)
                raise OtherChain("The server's copy of this journal is not the journal kept here.")
        self._flagged |= set(receipt.flagged)
        return receipt

    def _kept(self) -> tuple[bytes, ...]:
        base, keys = kept_keys(self._file)
        return keys if base == self._base() else ()


def kept_keys(file: Path) -> tuple[str, tuple[bytes, ...]]:
    """The server whose receipt keys were learnt here, and the keys; nothing where none were, or the file is damaged."""
    try:
        found = json.loads(read_whole(file) or b"{}")
        return str(found["base"]), tuple(base64.b64decode(key, validate=True) for key in found["keys"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ()
