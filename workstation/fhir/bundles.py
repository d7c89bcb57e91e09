"""What comes back in Bundles, Binaries and headers, as values."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from workstation.errors import MalformedAnswer

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """What the server says of one write or read."""

    status: int
    resource: Resource
    version: str  # versionId, from the ETag or meta
    location: str = ""  # Type/id when the server named it
    wait: float | None = None  # seconds its headers ask us to wait, should it be throttling


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """One entry of a transaction's or batch's answer."""

    status: int
    version: str
    location: str
    reason: str
    resource: Resource = field(default_factory=dict)
    wait: float | None = None  # as the whole answer's headers say: an entry has none of its own


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: what matched and what came along."""

    matches: tuple[Resource, ...]
    included: tuple[Resource, ...]


def version_of(etag: str, resource: Resource) -> str:
    """`7` of `W/"7"`, else the resource's own versionId."""
    tag = etag.strip().removeprefix("W/").strip('"')
    meta = resource.get("meta")
    return tag or str(meta.get("versionId") or "" if isinstance(meta, dict) else "")


def page_of(bundle: Resource) -> Page:
    matches: list[Resource] = []
    included: list[Resource] = []
    entries = bundle.get("entry") or []
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            continue
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        if mode == "include":
            included.append(resource)
        elif mode != "outcome" and resource["resourceType"] != "OperationOutcome":
            matches.append(resource)
    return Page(tuple(matches), tuple(included))


def bytes_of_binary(resource: Resource) -> bytes:
    try:
        data = resource.pop("data", None)  # taken out, so that it need not be held thrice
        text = "".join(data.split()) if isinstance(data, str) else ""
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAnswer("A document's content cannot be read.") from None


def jws_of(bundle: Resource) -> str:
    """What stands in the signature of a Bundle (RFC 7515, compact); empty for none, and for one of another kind."""
    signature = bundle.get("signature")
    if not isinstance(signature, dict) or signature.get("sigFormat") != "application/jose":
        return ""
    try:
        return base64.b64decode(str(signature.get("data", "")), validate=True).decode("ascii")
    except ValueError:
        return ""
