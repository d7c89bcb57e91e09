"""Search as R4 has it: parameters to conditions, pages with a next link, includes, and only what the caller may see."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from workstation.practice.access import Reach
from workstation.practice.outcomes import Refused
from workstation.practice.params import PARAMS, REFERENCE, references, relative, values_at
from workstation.practice.store import Held, Store, Wanted, stamp
from workstation.practice.validate import required

Resource = dict[str, Any]
Pairs = list[tuple[str, str]]

DEFAULT_COUNT, MOST_COUNT = 50, 200
_CURSOR = "_cursor"
_IGNORED = {"_format", "_pretty", "_total"}
_PREFIXES = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "eq": "="}


@dataclass
class Asked:
    """A search as it was asked for."""

    wanted: list[Wanted] = field(default_factory=list)
    ids: tuple[str, ...] = ()
    updated: list[tuple[str, str]] = field(default_factory=list)
    elements: frozenset[str] = frozenset()
    includes: list[str] = field(default_factory=list)
    count: int = DEFAULT_COUNT
    newest_first: bool = False
    after: tuple[str, str] | None = None


def search(store: Store, reach: Reach, base: str, kind: str, pairs: Pairs) -> Resource:
    """A searchset Bundle of one page. Raises Refused(400) for what this server does not understand."""
    asked = asked_of(kind, pairs)
    page, more = _page(store, reach, kind, asked)
    entries = [_entry(base, held, "match", _only(held, asked.elements)) for held in page]
    entries += [_entry(base, held, "include", held.body) for held in _included(store, reach, kind, page, asked)]
    links = [{"relation": "self", "url": _url(base, kind, pairs)}]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if not more and asked.after is None:
        bundle["total"] = len(page)
    if more:
        last = page[-1]
        cursor = base64.urlsafe_b64encode(f"{last.updated}|{last.id}".encode()).decode()
        following = [pair for pair in pairs if pair[0] != _CURSOR]
        links.append({"relation": "next", "url": _url(base, kind, [*following, (_CURSOR, cursor)])})
    return {**bundle, "entry": entries} if entries else bundle


def asked_of(kind: str, pairs: Pairs) -> Asked:
    """The conditions of a query string; anything unknown is refused rather than quietly ignored."""
    asked = Asked()
    for name, value in pairs:
        if name.startswith("_") and not name.startswith(("_tag", "_security")):
            _control(asked, kind, name, value)
            continue
        stem, _, modifier = name.partition(":")
        known = PARAMS[kind].get(stem) or ({"_tag": ("token", ""), "_security": ("token", "")}).get(stem)
        if known is None:
            raise Refused(400, f"{kind} has no search parameter {stem[:40]} here.")
        if modifier == "missing":
            asked.wanted.append(Wanted(stem, missing=value == "true"))
        elif modifier:
            raise Refused(400, f"The modifier of {stem[:40]} is not supported.")
        else:
            values = tuple(one for one in re.split(r"(?<!\\),", value) if one)
            if not values:
                raise Refused(400, f"{stem[:40]} has no value.")
            asked.wanted.append(Wanted(stem, tuple(relative(v) for v in values) if known[0] == REFERENCE else values))
    return asked


def _control(asked: Asked, kind: str, name: str, value: str) -> None:
    if name == "_id":
        asked.ids = tuple(value.split(","))
    elif name == "_lastUpdated":
        asked.updated.append(_moment(value))
    elif name == "_count":
        if not value.isdigit():
            raise Refused(400, "_count is a number.")
        asked.count = max(1, min(int(value), MOST_COUNT))
    elif name == "_sort":
        if value.removeprefix("-") != "_lastUpdated":
            raise Refused(400, "Sorting is by _lastUpdated only.")
        asked.newest_first = value.startswith("-")
    elif name == "_elements":
        asked.elements = frozenset(value.split(",")) | frozenset(required(kind)) | {"resourceType", "id", "meta"}
    elif name == "_include":
        asked.includes.append(value)
    elif name == _CURSOR:
        asked.after = _after(value)
    elif name not in _IGNORED:
        raise Refused(400, f"The parameter {name[:40]} is not supported.")


def _moment(value: str) -> tuple[str, str]:
    prefix = value[:2] if value[:2] in _PREFIXES else ""
    try:
        moment = datetime.fromisoformat(value.removeprefix(prefix))
    except ValueError:
        raise Refused(400, "_lastUpdated is not a time.") from None
    return _PREFIXES[prefix or "eq"], stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _after(cursor: str) -> tuple[str, str]:
    try:
        updated, _, name = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
    except (binascii.Error, ValueError):
        raise Refused(410, "This page is no longer there: search again.") from None
    return updated, name


def _page(store: Store, reach: Reach, kind: str, asked: Asked) -> tuple[list[Held], bool]:
    """One page of what the caller may see, and whether there is more."""
    found: list[Held] = []
    after = asked.after
    while True:
        rows = store.find(
            kind,
            asked.wanted,
            ids=asked.ids,
            updated=asked.updated,
            after=after,
            newest_first=asked.newest_first,
            limit=asked.count + 1,
        )
        found += [held for held in rows if reach.sees(held)]
        if len(found) > asked.count:
            return found[: asked.count], True
        if len(rows) <= asked.count:
            return found, False
        after = (rows[-1].updated, rows[-1].id)


def _included(store: Store, reach: Reach, kind: str, page: list[Held], asked: Asked) -> Iterable[Held]:
    seen = {held.reference for held in page}
    for include in asked.includes:
        source, _, rest = include.partition(":")
        param = rest.partition(":")[0]
        typed, path = PARAMS.get(source, {}).get(param, ("", ""))
        if source != kind or typed != REFERENCE:
            raise Refused(400, "That _include is not supported.")
        named = [relative(r) for held in page for value in values_at(held.body, path) for r in references(value)]
        for reference in dict.fromkeys(named):
            held = None if reference in seen else store.live(reference)
            if held is not None and reach.sees(held):
                seen.add(reference)
                yield held


def _only(held: Held, elements: frozenset[str]) -> Resource:
    if not elements:
        return held.body
    kept = {name: value for name, value in held.body.items() if _stem_in(name, elements)}
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    meta = held.body["meta"]
    return {**kept, "meta": {**meta, "tag": [*meta.get("tag", []), tag]}}


def _stem_in(name: str, elements: frozenset[str]) -> bool:
    """A choice element is asked for with its type (`valueString`) or by its stem (`value`)."""
    return name in elements or any(name.startswith(stem) and name[len(stem) :][:1].isupper() for stem in elements)


def _entry(base: str, held: Held, mode: str, body: Resource) -> Resource:
    return {"fullUrl": f"{base}/{held.reference}", "resource": body, "search": {"mode": mode}}


def _url(base: str, kind: str, pairs: Pairs) -> str:
    return f"{base}/{kind}?{urlencode(pairs)}" if pairs else f"{base}/{kind}"
