"""Synthetic probe resources: labelled for whoever finds one, remembered, and taken away again as far as the server lets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from workstation.conformance.findings import Finding, Unreached, adapts, works
from workstation.conformance.line import Line, Reply, Resource
from workstation.fhir.systems import SID_AUDIT_EVENT, X

SID_PROBE = f"{X}/sid/conformance-probe"
LABEL = "SYNTHETIC CONFORMANCE PROBE of Coder Workstation: not a patient, not a person, not a device. May be deleted."
_TAG = {"system": f"{X}/CodeSystem/conformance-probe", "code": "synthetic"}
_DCM = "http://dicom.nema.org/resources/ontology/DCM"

#: Kinds a probe may be, the first that can also be marked as an error.
KINDS = ("Device", "Basic")


def probe(kind: str, key: str, *, name: str = "", version_word: str = "1", padding: str = "") -> Resource:
    """A probe under an identifier of ours; `version_word` is what an update changes."""
    body: Resource = {
        "resourceType": kind,
        **({"id": name} if name else {}),
        "meta": {"tag": [_TAG]},
        "identifier": [{"system": SID_PROBE, "value": key}],
    }
    if padding:
        body["extension"] = [{"url": f"{X}/StructureDefinition/probe-padding", "valueString": padding}]
    if kind == "Device":
        shown = [{"name": LABEL, "type": "user-friendly-name"}]
        return {**body, "status": "inactive", "deviceName": shown, "version": [{"value": version_word}]}
    return {**body, "code": {"text": f"{LABEL} {version_word}"}, "created": f"{datetime.now(UTC):%Y-%m-%d}"}


def audit_probe(name: str, outcome: str = "0") -> Resource:
    """An audit event as the device writes one: application start, by a probe."""
    return {
        "resourceType": "AuditEvent",
        "id": name,
        "meta": {"tag": [{"system": SID_AUDIT_EVENT, "code": name}, _TAG]},
        "type": {"system": _DCM, "code": "110100", "display": "Application Activity"},
        "subtype": [{"system": _DCM, "code": "110120", "display": "Application Start"}],
        "action": "E",
        "recorded": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": outcome,
        "outcomeDesc": LABEL,
        "agent": [{"requestor": True, "name": "Conformance probe"}],
        "source": {"site": "conformance probe", "observer": {"display": LABEL}},
    }


@dataclass
class Probes:
    """Every probe that was, or may have been, stored."""

    line: Line
    kind: str = KINDS[0]
    key: str = field(default_factory=lambda: str(uuid.uuid4()))  # the identifier of the first one
    there: list[str] = field(default_factory=list)  # Type/id
    left: list[str] = field(default_factory=list)  # what could not be taken away, and in which state it is
    unclear: list[str] = field(default_factory=list)  # identifiers of writes whose answer was lost

    def write(self, method: str, path: str, body: Resource, **headers: str) -> Reply:
        """One write; what it stored is remembered."""
        keys = [str(one["value"]) for one in body.get("identifier", []) if isinstance(one, dict)]
        try:
            reply = self.line.ask(method, path, body=body, headers=headers)
        except Unreached:
            self.unclear += [f"{body.get('resourceType')} {key}" for key in keys or [str(body.get("id", "bundle"))]]
            raise
        if reply.status in (200, 201):
            self.keep(reply.name or (path if "/" in path else ""))
        return reply

    def keep(self, name: str) -> None:
        if name and name not in self.there:
            self.there.append(name)

    def find(self, key: str) -> list[str] | None:
        """The probes under one identifier, however they came there; None when the token may not look."""
        reply = self.line.get(self.kind, [("identifier", f"{SID_PROBE}|{key}")])
        if not reply.is_bundle:
            return None
        names = [f"{self.kind}/{one['id']}" for one in reply.matches if one.get("id")]
        for name in names:
            self.keep(name)
        return names

    def clean(self) -> Finding:
        """Delete each, else mark it as an error; what stays is named."""
        gone = marked = 0
        for name in self.there:
            try:
                if self.line.ask("DELETE", name).status in (200, 202, 204, 404, 410):
                    gone += 1
                elif self._marked(name):
                    marked += 1
                    self.left.append(f"{name} (marked entered-in-error)")
                else:
                    self.left.append(name)
            except Unreached:
                self.left.append(f"{name} (the server went away)")
        self.left += [f"perhaps {one} (its answer was lost)" for one in self.unclear]
        words = f"{gone} deleted, {marked} marked entered-in-error, {len(self.left) - marked} left as they are"
        if not self.left:
            return works("Cleaning up", words)
        return adapts("Cleaning up", words, "Take away what is listed as left behind.")

    def _marked(self, name: str) -> bool:
        if not name.startswith("Device/"):
            return False
        held = self.line.get(name)
        if held.status != 200:
            return False
        body = {**held.body, "status": "entered-in-error"}
        return self.line.ask("PUT", name, body=body, headers={"If-Match": f'W/"{held.version}"'}).status in (200, 201)


def new_key() -> str:
    return str(uuid.uuid4())
