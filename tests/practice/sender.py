"""A device that sends its real journal to the practice server, and can be made to send it wrongly."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from tests.practice.hospital import Hospital
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.fhir import device
from workstation.fhir.audit import AuditSource, audit_event
from workstation.fhir.client import FhirClient
from workstation.guard.recorder import head_text
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

Event = dict[str, Any]
SUBJECT = Subject("Patient/p-1", "Encounter/e-1", "DocumentReference/d-1", "1")


class Sender:
    """One installation with its own keys, enlisted by dana."""

    def __init__(self, hospital: Hospital, keys: DeviceKeys | None = None, journal: Journal | None = None) -> None:
        self.hospital, self.keys = hospital, keys or DeviceKeys.throw_away()
        self.journal = journal or Journal.open(None, self.keys, SetClock())
        token = hospital.control("POST", "token", user="dana", seconds=7 * 24 * 3600)["access_token"]
        self.http = hospital.session(token)
        self.http.headers["Content-Type"] = "application/fhir+json"
        coder = FhirClient(hospital.base, lambda: token)
        self.reference = device.enlist(coder, self.keys.device, "1.0", self.keys.verify_key)
        coder.close()
        self.source = AuditSource(self.keys.device, "1.0", "ws-1", hospital.base, self.reference)
        self.sent: set[str] = set()

    def look(self, count: int = 1) -> list[str]:
        return [self.journal.append(Intent(Act.VIEW_DOCUMENT, SUBJECT), user="dana").id for _ in range(count)]

    def begin(self) -> str:
        return self.journal.append(Intent(Act.CODE_ADD, SUBJECT), user="dana").id

    def end(self, act: str) -> None:
        self.journal.outcome(act, Outcome.DONE)

    def events(self) -> list[Event]:
        """What was not handed out yet, as the uplink makes it."""
        self.journal.checkpoint()
        made = [audit_event(send, self.source) for send in self.journal.unsent(1000) if send.id not in self.sent]
        self.sent |= {event["id"] for event in made}
        return made

    def post(self, events: Iterable[Event]) -> dict[str, Any]:
        """One batch; the Bundle that answers."""
        entries = [{"resource": one, "request": {"method": "PUT", "url": f"AuditEvent/{one['id']}"}} for one in events]
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        answer = self.http.post(self.hospital.base, data=json.dumps(bundle), timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send(self) -> dict[str, Any]:
        """Everything new, in one batch; what the receipt says."""
        return claims(self.post(self.events()))

    def ask(self, head: str = "") -> None:
        """Any request, with the head of the journal."""
        headers = {"X-Journal-Head": head or head_text(self.journal)}
        assert self.http.get(self.hospital.url(self.reference), headers=headers, timeout=10).status_code == 200

    def findings(self) -> list[str]:
        """What the server has raised of this device, as an auditor finds it."""
        auditor = self.hospital.as_user("ruth")
        url = self.hospital.url(f"AuditEvent?type=110113&entity={self.reference}&_sort=_lastUpdated&_count=200")
        found = auditor.get(url, timeout=10).json().get("entry", [])
        return [one["resource"]["subtype"][0]["code"] for one in found]

    def standing(self, chain: int = 1) -> dict[str, Any]:
        found = self.hospital.control("GET", "journals")
        return next(one for one in found if (one["device"], one["chain"]) == (self.keys.device, chain))

    def close(self) -> None:
        self.journal.close()


def jws(answer: dict[str, Any]) -> str:
    return base64.b64decode(answer["signature"]["data"]).decode()


def claims(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(unpadded(jws(answer).split(".")[1])))


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def changed(event: Event, part: str, inner: str, value: Any, at: int = 0) -> Event:
    """The event with one word of its chain extension replaced."""
    event = deepcopy(event)
    found = [one for one in event["extension"][0]["extension"] if one["url"] == part][at]
    field = next(one for one in found["extension"] if one["url"] == inner)
    name = next(name for name in field if name.startswith("value"))
    field[name] = value
    return event
