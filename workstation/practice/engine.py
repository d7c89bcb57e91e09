"""The FHIR interactions themselves, without HTTP: read, create, update and search under one caller's reach."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from workstation.practice import findings
from workstation.practice import search as searching
from workstation.practice.access import Caller, Reach
from workstation.practice.ledger import Ledger, Taken
from workstation.practice.outcomes import Refused
from workstation.practice.receipts import Receipts
from workstation.practice.store import Held, Store
from workstation.practice.validate import sound, stored_types

Resource = dict[str, Any]

OWN_IDS = frozenset({"AuditEvent", "Device"})  # a client may create these under an id of its own
_ETAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')


@dataclass(frozen=True, slots=True)
class Answer:
    """What one interaction comes to."""

    status: int
    body: Resource | None
    held: Held | None = None


class Engine:
    """Everything the REST door and the bundles do to the store."""

    def __init__(self, store: Store, base: str) -> None:
        self.store = store
        self.base = base
        self.ledger = Ledger(store, lambda finding: findings.tell(store, finding))
        self.receipts = Receipts(store, base)

    def take(self, answers: Iterable[Answer]) -> tuple[Taken, ...]:
        """What was just written, seen as parts of devices' journals."""
        held = (answer.held for answer in answers)
        return self.ledger.take(one.body for one in held if one is not None and one.kind == "AuditEvent")

    def reach(self, caller: Caller) -> Reach:
        return Reach(self.store, caller)

    def read(self, reach: Reach, kind: str, name: str, if_none_match: str = "") -> Answer:
        """Raises Refused 404 for what is not there or not the caller's to know of."""
        self._known(kind)
        reach.caller.demand("read", kind)
        held = self.store.get(kind, name)
        if held is not None and held.deleted:
            raise Refused(410, f"That {kind} was deleted.")
        if held is None or not reach.sees(held):
            raise Refused(404, f"There is no such {kind}.")
        if if_none_match and str(held.version) in _ETAG.findall(if_none_match):
            return Answer(304, None, held)
        return Answer(200, held.body, held)

    def search(self, reach: Reach, kind: str, pairs: searching.Pairs) -> Answer:
        self._known(kind)
        reach.caller.demand("search", kind)
        with self.store.whole():  # one state of the store for the page and what it includes
            return Answer(200, searching.search(self.store, reach, self.base, kind, pairs))

    def create(self, reach: Reach, resource: Any, if_none_exist: str = "", name: str = "") -> Answer:
        """`name` is an id chosen by the server beforehand (a transaction's references need it)."""
        sound(resource)
        kind = resource["resourceType"]
        reach.caller.demand("create", kind)
        with self.store.whole():
            if if_none_exist:
                found = self.match(reach, kind, if_none_exist)
                if found is not None:
                    return Answer(200, found.body, found)
            reach.demand_write(resource, None)
            held = self.store.put({**resource, "id": name or str(uuid.uuid4())}, reach.caller.author)
        return Answer(201, held.body, held)

    def update(self, reach: Reach, kind: str, name: str, resource: Any, if_match: str = "") -> Answer:
        """PUT. Raises Refused 412 when the version is not the one the caller knew."""
        self._known(kind)
        sound(resource)
        if resource["resourceType"] != kind or resource.get("id") != name:
            raise Refused(400, "The resource and its address do not name the same thing.")
        # an audit event is never updated: a PUT of one is its creation, under the device's own id
        reach.caller.demand("create" if kind == "AuditEvent" else "update", kind)
        with self.store.whole():
            before = self.store.get(kind, name)
            if before is not None and before.deleted:
                raise Refused(410, f"That {kind} was deleted.")
            if before is None:
                return self._create_as(reach, kind, resource, if_match)
            if kind == "AuditEvent":
                return _unchanged(reach, before, resource)
            if not reach.sees(before):
                raise Refused(404, f"There is no such {kind}.")
            if if_match and _version(if_match) != str(before.version):
                raise Refused(412, f"The {kind} is at version {before.version} by now.")
            reach.demand_write(resource, before)
            held = self.store.put(resource, before.author)
        return Answer(200, held.body, held)

    def delete(self, reach: Reach, kind: str, name: str) -> Answer:
        """Nobody deletes here: charts are the hospital's, and the audit trail is append-only."""
        self._known(kind)
        raise Refused(
            405, "Audit events are never deleted." if kind == "AuditEvent" else "This server deletes nothing."
        )

    def match(self, reach: Reach, kind: str, query: str) -> Held | None:
        """The one resource a conditional create speaks of. Raises Refused 412 when there are several."""
        self._known(kind)
        pairs = parse_qsl(query.partition("?")[2] or query)
        if not pairs:
            raise Refused(400, "If-None-Exist holds no search.")
        asked = searching.asked_of(kind, pairs)
        rows = self.store.find(kind, asked.wanted, ids=asked.ids, updated=asked.updated)
        found = [held for held in rows if held.author == reach.caller.author or reach.sees(held)]
        if len(found) > 1:
            raise Refused(412, f"Several {kind} match the condition.")
        return found[0] if found else None

    def _create_as(self, reach: Reach, kind: str, resource: Resource, if_match: str) -> Answer:
        if if_match:
            raise Refused(412, f"There is no such {kind} to replace.")
        if kind not in OWN_IDS:
            raise Refused(405, f"This server gives a {kind} its id: create it with POST.")
        reach.demand_write(resource, None)
        held = self.store.put(resource, reach.caller.author)
        return Answer(201, held.body, held)

    def _known(self, kind: str) -> None:
        if kind not in stored_types():
            raise Refused(404, f"This server does not store {kind[:40]}.", code="not-supported")


def _unchanged(reach: Reach, before: Held, resource: Resource) -> Answer:
    """A repeated audit event is confirmed; one that says something else is refused."""
    if before.author != reach.caller.author or content(before.body) != content(resource):
        raise Refused(409, "An audit event is never changed.")
    return Answer(200, before.body, before)


def content(resource: Resource) -> str:
    """What a resource says apart from the server's own marks on it."""
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    rest = {**{k: v for k, v in resource.items() if k != "meta"}, **({"meta": meta} if meta else {})}
    return json.dumps(rest, sort_keys=True)


def _version(if_match: str) -> str:
    found = _ETAG.fullmatch(if_match)
    if not found:
        raise Refused(400, "If-Match holds no ETag.")
    return found[1]
