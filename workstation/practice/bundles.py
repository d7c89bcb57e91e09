"""Batch and transaction: each entry on its own, or all of them or none, with references between entries resolved."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workstation.practice.access import Reach
from workstation.practice.engine import Answer, Engine
from workstation.practice.outcomes import Refused

Resource = dict[str, Any]

MOST_ENTRIES = 500
_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "GET": 3}
_REASONS = {200: "OK", 201: "Created", 304: "Not Modified"}


def run(engine: Engine, reach: Reach, bundle: Any, *, as_batch: bool = False, minimal: bool = False) -> Resource:
    """The answer to a Bundle. `as_batch` runs a transaction the way servers without transactions do."""
    kind = bundle.get("type") if isinstance(bundle, dict) else None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or kind not in ("batch", "transaction"):
        raise Refused(400, "Only a batch or transaction Bundle is posted here.")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise Refused(413 if isinstance(entries, list) else 400, f"A bundle has at most {MOST_ENTRIES} entries.")
    for position, entry in enumerate(entries):
        _check(entry, position)
    with engine.store.whole():  # one commit for all of it; in a batch each entry is still refused alone
        if kind == "transaction" and not as_batch:
            answers = _transaction(engine, reach, entries)
        else:
            kind, answers = "batch", [_alone(engine, reach, entry) for entry in entries]
        written = zip(entries, answers, strict=True)
        taken = engine.take(
            answer for entry, answer in written if isinstance(answer, Answer) and entry["request"]["method"] != "GET"
        )
    answered = _answer(kind, answers, minimal)
    return {**answered, "signature": engine.receipts.signature(taken[0])} if len(taken) == 1 else answered


def _check(entry: Any, position: int) -> None:
    request = entry.get("request") if isinstance(entry, dict) else None
    where = f"Bundle.entry[{position}]"
    if not isinstance(request, dict) or request.get("method") not in _ORDER or not isinstance(request.get("url"), str):
        raise Refused(400, "An entry has no request this server understands.", expression=f"{where}.request")
    if request["method"] in ("POST", "PUT") and not isinstance(entry.get("resource"), dict):
        raise Refused(400, "An entry that writes has no resource.", expression=f"{where}.resource")
    if request["method"] == "POST" and request["url"] != entry["resource"].get("resourceType"):
        raise Refused(400, "An entry's address is not its resource's type.", expression=f"{where}.request.url")


def _alone(engine: Engine, reach: Reach, entry: Resource) -> Answer | Refused:
    try:
        return _one(engine, engine.reach(reach.caller), entry)
    except Refused as refused:
        return refused


def _transaction(engine: Engine, reach: Reach, entries: list[Resource]) -> list[Answer | Refused]:
    answers: list[Answer | Refused] = [Refused(500, "not run")] * len(entries)
    with engine.store.whole():
        known, names = _places(engine, reach, entries)
        order = sorted(range(len(entries)), key=lambda at: _ORDER[entries[at]["request"]["method"]])
        for position in order:
            entry = _resolved(entries[position], known)
            try:
                answers[position] = _one(engine, engine.reach(reach.caller), entry, names.get(position, ""))
            except Refused as refused:
                refused.words = f"Entry {position + 1}: {refused.words}"
                refused.expression = refused.expression or f"Bundle.entry[{position}]"
                raise
    return answers


def _places(engine: Engine, reach: Reach, entries: list[Resource]) -> tuple[dict[str, str], dict[int, str]]:
    """Where each entry's resource will lie: by the name other entries call it, and the new ids by position."""
    known: dict[str, str] = {}
    names: dict[int, str] = {}
    written: set[str] = set()
    for position, entry in enumerate(entries):
        request, full_url = entry["request"], entry.get("fullUrl")
        place = request["url"]
        if request["method"] == "POST":
            kind = request["url"]
            held = engine.match(reach, kind, request["ifNoneExist"]) if request.get("ifNoneExist") else None
            names[position] = held.id if held else str(uuid.uuid4())
            place = f"{kind}/{names[position]}"
        if request["method"] != "GET":
            if place in written:
                raise Refused(400, "Two entries write the same resource.", expression=f"Bundle.entry[{position}]")
            written.add(place)
        if isinstance(full_url, str) and full_url.startswith("urn:"):
            if full_url in known:
                raise Refused(400, "Two entries have one fullUrl.", expression=f"Bundle.entry[{position}].fullUrl")
            known[full_url] = place
    return known, names


def _resolved(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_resolved(one, known) for one in value]
    if not isinstance(value, dict):
        return value
    named = value.get("reference")
    if isinstance(named, str) and named.startswith("urn:"):
        if named not in known:
            raise Refused(400, "A reference names no entry of the transaction.")
        value = {**value, "reference": known[named]}
    return {key: _resolved(inner, known) for key, inner in value.items()}


def _one(engine: Engine, reach: Reach, entry: Resource, name: str = "") -> Answer:
    request = entry["request"]
    address = urlsplit(request["url"])
    kind, _, own = address.path.strip("/").partition("/")
    if request["method"] == "POST":
        return engine.create(reach, entry["resource"], request.get("ifNoneExist", ""), name)
    if request["method"] == "PUT":
        return engine.update(reach, kind, own, entry["resource"], request.get("ifMatch", ""))
    if request["method"] == "DELETE":
        return engine.delete(reach, kind, own)
    if own:
        return engine.read(reach, kind, own, request.get("ifNoneMatch", ""))
    return engine.search(reach, kind, parse_qsl(address.query))


def _answer(kind: str, answers: list[Answer | Refused], minimal: bool) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": f"{kind}-response",
        "entry": [_entry(answer, minimal) for answer in answers],
    }


def _entry(answer: Answer | Refused, minimal: bool) -> Resource:
    if isinstance(answer, Refused):
        return {"response": {"status": f"{answer.status} Refused", "outcome": answer.outcome}}
    response: Resource = {"status": f"{answer.status} {_REASONS[answer.status]}"}
    if answer.held is not None:
        response["location"] = f"{answer.held.reference}/_history/{answer.held.version}"
        response["etag"] = f'W/"{answer.held.version}"'
        response["lastModified"] = answer.held.updated
    keep = answer.body is not None and (answer.held is None or not minimal)
    return {"resource": answer.body, "response": response} if keep else {"response": response}
