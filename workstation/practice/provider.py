"""A provider of the practice hospital: sees a query in their inbox, chooses an answer, and writes an addendum."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from typing import Any

from workstation.fhir import systems
from workstation.practice.chart_resources import concept, opaque
from workstation.practice.outcomes import Refused
from workstation.practice.params import values_at
from workstation.practice.store import Held, Store, Wanted, stamp

Resource = dict[str, Any]

COMMUNICATION_CATEGORY = systems.COMMUNICATION_CATEGORY
PLAIN_ANSWER = "I have reviewed this question. Please see my addendum to the discharge summary."
_PROGRESS_NOTE = ("11506-3", "Progress note")
_NO_DIAGNOSIS = re.compile(r"^(other\b|unable|undetermined|clinically un|not clinically)", re.IGNORECASE)


def look(store: Store, request: str, now: datetime) -> Held | None:
    """The provider opens the query: their task says so. None when there is no task, or it has moved on already."""
    with store.whole():
        task = _task(store, request)
        if task is None or task.body["status"] != "requested":
            return None
        return store.put({**task.body, "status": "accepted", "lastModified": stamp(now)}, task.author)


def answer(store: Store, request: str, words: str, now: datetime) -> Held:
    """Answer an open query; what names a diagnosis is documented in an addendum. Raises Refused(404, 409)."""
    with store.whole():
        asked = store.live(f"CommunicationRequest/{request}")
        if asked is None:
            raise Refused(404, "There is no such CommunicationRequest.")
        if asked.body["status"] != "active":
            raise Refused(409, "The query is not open.")
        body = asked.body
        said = words or choice(body)
        documented = _addendum(store, body, request, said, now)
        kept: Resource = {name: body[name] for name in ("subject", "encounter") if name in body}
        communication: Resource = {
            "resourceType": "Communication",
            "id": f"answer-{request}"[:64],
            "basedOn": [{"reference": asked.reference}],
            "status": "completed",
            "category": [concept(COMMUNICATION_CATEGORY, "provider-query-response")],
            **kept,
            "sent": stamp(now),
            "payload": [{"contentString": said}],
        }
        if documented is not None:
            communication["about"] = [{"reference": documented.reference}]
        sender = next(iter(body.get("recipient", [])), None)
        if sender:
            communication["sender"] = sender
        if "requester" in body:
            communication["recipient"] = [body["requester"]]
        held = store.put(communication)
        store.put({**body, "status": "completed"}, asked.author)
        task = _task(store, request)
        if task is not None and task.body["status"] not in ("completed", "cancelled"):
            store.put({**task.body, "status": "completed", "lastModified": stamp(now)}, task.author)
    return held


def choice(request: Resource) -> str:
    """What a provider would tick: the first option offered that says something."""
    marked = [part.get("contentString", "") for part in request.get("payload", []) if _part(part) == "option"]
    text = "\n".join(part.get("contentString", "") for part in request.get("payload", []))
    options = marked or [option.strip() for option in re.split(r"\[ ?\]|\n[-*•] ", text)[1:]]
    saying = [option for option in options if option and not _NO_DIAGNOSIS.match(option)]
    return next(iter(saying or [option for option in options if option]), PLAIN_ANSWER)


def _part(payload: Resource) -> str:
    codes = (e.get("valueCode", "") for e in payload.get("extension", []) if e.get("url") == systems.QUERY_PART)
    return next(codes, "")


def _task(store: Store, request: str) -> Held | None:
    wanted = [Wanted("focus", (f"CommunicationRequest/{request}",))]
    return next((held for held in store.find("Task", wanted) if _asks(held.body)), None)


def _asks(task: Resource) -> bool:
    return any(coding.get("code") == "answer-provider-query" for coding in values_at(task, "code.coding"))


def _addendum(store: Store, request: Resource, name: str, said: str, now: datetime) -> Held | None:
    """The documentation that follows an answer; none when the provider only said that they cannot tell."""
    encounter = next(iter(values_at(request, "encounter.reference")), "")
    recipient = next(iter(values_at(request, "recipient.reference")), "")
    first = said.strip().splitlines()[0] if said.strip() else ""
    if not encounter or not recipient or _NO_DIAGNOSIS.match(first) or first.lower().rstrip(".") == "no":
        return None
    asks = "".join(part.get("contentString", "") for part in request.get("payload", []) if _part(part) == "question")
    text = (
        "ADDENDUM\n\n"
        f"Written {now:%Y-%m-%d %H:%M} in reply to a documentation clarification.\n\n"
        + (f"Asked: {asks}\n\n" if asks and first.lower().rstrip(".") == "yes" else "")
        + f"{said.strip()}\n"
    ).encode()
    binary = store.put(
        {
            "resourceType": "Binary",
            "id": opaque("bin", "addendum", name),
            "contentType": "text/plain; charset=utf-8",
            "securityContext": {"reference": encounter},
            "data": base64.b64encode(text).decode(),
        }
    )
    own = opaque("doc", "addendum", name)
    body: Resource = {
        "resourceType": "DocumentReference",
        "id": own,
        "meta": {"security": [{"system": systems.CONFIDENTIALITY, "code": "N"}]},
        "identifier": [{"system": systems.SID_DOCUMENT, "value": own}],
        "status": "current",
        "docStatus": "final",
        "type": concept(systems.LOINC, *_PROGRESS_NOTE),
        "subject": request["subject"],
        "date": stamp(now),
        "author": [{"reference": recipient}],
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "url": binary.reference,
                    "size": len(text),
                    "hash": base64.b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode(),
                    "title": "Addendum: documentation clarification",
                    "creation": stamp(now),
                }
            }
        ],
        "context": {"encounter": [{"reference": encounter}]},
    }
    about = [name for name in values_at(request, "about.reference") if str(name).startswith("DocumentReference/")]
    if about:
        body["relatesTo"] = [{"code": "appends", "target": {"reference": about[0]}}]
    return store.put(body)
