"""What an audit event says of the journal it comes from: its device, its links, and the signature that covers them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workstation.fhir.audit import CHAIN
from workstation.fhir.systems import SID_AUDIT_EVENT, SID_INSTALLATION

HASH_BYTES = 32
HIGHEST = 2**53  # beyond this JSON numbers are not exact


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a journal, without its text."""

    seq: int
    body_hash: bytes
    h: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it came; whether the signature holds is not said here."""

    size: int
    head: bytes
    device: str
    chain: int
    open: frozenset[int] | None  # acts under way at that size; None where an older program did not say
    body: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event that came, under the id its device gave it."""

    id: str
    device: str
    chain: int
    links: tuple[Link, ...]
    signed: Signed | None


def arrival(event: dict[str, Any]) -> Arrival | None:
    """None for an event that is not of a journal, or says of its chain what cannot be read."""
    try:
        found = next((one for one in event.get("extension", []) if one.get("url") == CHAIN), None)
        if found is None:
            return None
        parts = found["extension"]
        chain = next(part["valuePositiveInt"] for part in parts if part["url"] == "chain")
        links = tuple(sorted(_links(parts), key=lambda link: link.seq))
        signed = next((_signed(part["extension"]) for part in parts if part["url"] == "checkpoint"), None)
        name = next(tag["code"] for tag in event["meta"]["tag"] if tag.get("system") == SID_AUDIT_EVENT)
        observer = event["source"]["observer"]["identifier"]
        if observer["system"] != SID_INSTALLATION or not links or not 0 < chain < HIGHEST:
            return None
        return Arrival(str(name), str(observer["value"]), chain, links, signed)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        return None


def _links(parts: list[dict[str, Any]]) -> Iterator[Link]:
    for part in parts:
        if part["url"] == "link":
            said = {inner["url"]: inner for inner in part["extension"]}
            seq = said["seq"]["valuePositiveInt"]
            if not 0 < seq < HIGHEST:
                raise ValueError("no place in a chain")
            yield Link(seq, _hash(said["bodyHash"]), _hash(said["h"]))


def _hash(part: dict[str, Any]) -> bytes:
    found = base64.b64decode(part["valueBase64Binary"], validate=True)
    if len(found) != HASH_BYTES:
        raise ValueError("no SHA-256")
    return found


def _signed(parts: list[dict[str, Any]]) -> Signed:
    said = {part["url"]: part for part in parts}
    body = str(said["body"]["valueString"])
    fields = json.loads(body)
    size, chain = fields["size"], fields["chain"]
    if not isinstance(size, int) or not isinstance(chain, int) or not 0 < size < HIGHEST:
        raise ValueError("no size")
    acts = fields.get("open")
    under_way = frozenset(int(seq) for seq in acts) if isinstance(acts, list) else None
    signature = base64.b64decode(said["signature"]["valueBase64Binary"], validate=True)
    return Signed(size, bytes.fromhex(fields["head"]), str(fields["device"]), chain, under_way, body, signature)
