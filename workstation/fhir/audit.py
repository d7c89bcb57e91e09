"""A journal entry as a FHIR AuditEvent after IHE BALP, with the links by which a server checks the chain."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from workstation.domain.access import PurposeOfUse
from workstation.domain.audit import Act, Outcome
from workstation.domain.trail import AuditSend, Checkpoint, JournalEntry
from workstation.fhir.audit_codes import DCM, INTERACTION, KINDS, EventKind, coding
from workstation.fhir.systems import (
    ACT_REASON,
    CODING_ROLE,
    PARTICIPATION,
    SID_AUDIT_EVENT,
    SID_INSTALLATION,
    SID_USER,
    X,
)

CHAIN = f"{X}/StructureDefinition/journal-chain"
SID_REQUEST = f"{X}/sid/request-id"
_PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_ENTITY_LIFECYCLE = "http://terminology.hl7.org/CodeSystem/dicom-audit-lifecycle"

_PURPOSES = {
    PurposeOfUse.CODING: "healthcare payment",
    PurposeOfUse.OPERATIONS: "healthcare operations",
    PurposeOfUse.QUALITY: "health quality improvement",
    PurposeOfUse.BREAK_GLASS: "break the glass",
}

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditSource:
    """The installation that observes, and the server it speaks with."""

    installation: str
    version: str
    host_name: str
    base: str  # of the FHIR server
    device: str = ""  # Device/id, once the server has given one
    issuer: str = SID_USER  # whose user names they are


def audit_event(send: AuditSend, source: AuditSource, purpose: PurposeOfUse = PurposeOfUse.CODING) -> Resource:
    """The AuditEvent of a view, or of an act with its outcome, under the intent's id."""
    intent, last = send.intent, send.outcome or send.intent
    kind = _kind(intent)
    profile = "PrivacyDisclosure.Source" if intent.act is Act.DISCLOSE else _profile(kind)
    event: Resource = {
        "resourceType": "AuditEvent",
        "id": send.id,
        "meta": {
            "tag": [{"system": SID_AUDIT_EVENT, "code": send.id}],
            **({"profile": [_PROFILE + profile]} if profile else {}),
        },
        "extension": [_chain(send)],
        "type": kind.type,
        "subtype": list(kind.subtype),
        "action": kind.action,
        "recorded": _instant(last.time),
        "outcome": _outcome(kind, send.outcome),
        "agent": _agents(send, kind, source, purpose),
        "source": {"site": "workstation", "observer": _observer(source), "type": [_USER_DEVICE]},
    }
    if send.outcome is not None and last.time >= intent.time:
        event["period"] = {"start": _instant(intent.time), "end": _instant(last.time)}
    if event["outcome"] != Outcome.DONE.value and last.reason:
        event["outcomeDesc"] = last.reason
    entities = _entities(send, kind, source, profile)
    if entities:
        event["entity"] = entities
    if intent.act is Act.DISCLOSE:
        event["purposeOfEvent"] = [_purpose(purpose)]
    return event


_USER_DEVICE = coding(_SOURCE_TYPE, "1", "User Device")


def _kind(intent: JournalEntry) -> EventKind:
    kind = KINDS[intent.act]
    if intent.act is Act.FETCH and "?" in intent.subject.what:
        return EventKind(kind.type, (coding(INTERACTION, "search-type", "search-type"),), "E")
    if intent.act is Act.SEND and intent.subject.version:
        return EventKind(kind.type, (coding(INTERACTION, "update", "update"),), "U")
    return kind


def _profile(kind: EventKind) -> str:
    if kind.type["code"] != "rest":
        return ""
    return {"R": "PatientRead", "E": "PatientQuery", "C": "PatientCreate", "U": "PatientUpdate"}[kind.action]


def _outcome(kind: EventKind, outcome: JournalEntry | None) -> str:
    told = (outcome.outcome if outcome else None) or Outcome.DONE
    return Outcome.ABORTED.value if kind.failure and told is Outcome.DONE else told.value


# ---------------------------------------------------------------------- who


def _agents(send: AuditSend, kind: EventKind, source: AuditSource, purpose: PurposeOfUse) -> list[Resource]:
    writes = kind.action in ("C", "U")
    discloses = send.intent.act is Act.DISCLOSE
    person = _person(send, purpose, author=discloses or (writes and kind.type["code"] == "rest"))
    agents = [] if person is None else [person]
    if discloses:
        return [*agents, *_disclosing(send, source)]
    if kind.type["code"] != "rest":
        agents.append(_client(source, coding(DCM, "110150", "Application"), asked=send.intent.act is Act.WIPE))
        return agents
    # BALP names the direction of the data: in a read the server is its source, in all else the client is.
    data_from, data_to = coding(DCM, "110153", "Source Role ID"), coding(DCM, "110152", "Destination Role ID")
    ours, theirs = (data_to, data_from) if kind.action == "R" else (data_from, data_to)
    server = {
        "type": {"coding": [theirs]},
        "who": {"display": urlsplit(source.base).hostname or "server"},
        "requestor": False,
        "network": {"address": source.base, "type": "5"},
    }
    return [*agents, _client(source, ours), server]


def _person(send: AuditSend, purpose: PurposeOfUse, *, author: bool) -> Resource | None:
    if not send.intent.user:
        return None
    participation = ("AUT", "author (originator)") if author else ("IRCP", "information recipient")
    agent: Resource = {
        "type": {"coding": [coding(PARTICIPATION, *participation)]},
        "who": {"identifier": {"system": SID_USER, "value": send.intent.user}},
        "requestor": True,
        "purposeOfUse": [_purpose(purpose)],
    }
    coder = send.coder
    if coder is not None:
        agent["name"] = coder.name
        if coder.practitioner_id:
            agent["who"]["reference"] = f"Practitioner/{coder.practitioner_id}"
        if coder.roles:
            agent["role"] = [{"coding": [coding(CODING_ROLE, role)]} for role in sorted(coder.roles)]
    return agent


def _client(source: AuditSource, role: dict[str, Any], *, asked: bool = False) -> Resource:
    return {
        "type": {"coding": [role]},
        "who": _installation(source),
        "requestor": asked,
        "network": {"address": source.host_name, "type": "1"},
    }


def _purpose(purpose: PurposeOfUse) -> Resource:
    return {"coding": [coding(ACT_REASON, purpose.value, _PURPOSES[purpose])]}


def _disclosing(send: AuditSend, source: AuditSource) -> list[Resource]:
    """BALP PrivacyDisclosure.Source: from this device, to whom the query asks; the server is only the way there."""
    recipient: Resource = {
        "type": {"coding": [coding(DCM, "110152", "Destination Role ID")]},
        "who": {"reference": send.intent.subject.recipient}
        if send.intent.subject.recipient
        else {"display": "provider"},
        "requestor": False,
        "network": {"address": source.base, "type": "5"},
    }
    ours = _client(source, coding(DCM, "110153", "Source Role ID"))
    return [{**ours, "who": _observer(source)}, recipient]


def _installation(source: AuditSource) -> Resource:
    return {
        "identifier": {"system": SID_INSTALLATION, "value": source.installation},
        "display": f"Coder workstation {source.version}",
    }


def _observer(source: AuditSource) -> Resource:
    reference = {"reference": source.device} if source.device else {}
    return {**reference, **_installation(source)}


# ---------------------------------------------------------------------- what


def _entities(send: AuditSend, kind: EventKind, source: AuditSource, profile: str) -> list[Resource]:
    subject, found = send.intent.subject, []
    if subject.patient:
        found.append(_entity(subject.patient, ("1", "Person"), ("1", "Patient")))
    if send.intent.act is Act.WIPE:
        found.append(_wiped(send, source))
    elif send.intent.act is Act.DISCLOSE:
        if subject.what:
            found.append(_entity(subject.what, ("2", "System Object"), ("20", "Job")))
        found += [_entity(each, ("2", "System Object"), ("3", "Report")) for each in subject.sources.split()]
    elif profile == "PatientQuery":
        found.append(_query(subject.what, source))
    else:
        what = subject.what or subject.encounter
        if what:
            version = f"/_history/{subject.version}" if subject.version else ""
            found.append(_entity(what + version, ("2", "System Object"), ("4", "Domain Resource")))
            if send.intent.reason and kind.type["code"] != "rest":
                found[-1]["detail"] = [{"type": "reason", "valueString": send.intent.reason}]
    if send.intent.request_id:
        found.append(
            {
                "what": {"identifier": {"system": SID_REQUEST, "value": send.intent.request_id}},
                "type": coding(_BALP_ENTITY, "XrequestId"),
            }
        )
    return found


def _entity(reference: str, kind: tuple[str, str], role: tuple[str, str]) -> Resource:
    return {
        "what": {"reference": reference},
        "type": coding(_ENTITY_TYPE, *kind),
        "role": coding(_OBJECT_ROLE, *role),
    }


def _query(what: str, source: AuditSource) -> Resource:
    """BALP keeps the raw request, and neither `what` nor `detail`; ours hold opaque ids only."""
    asked = f"GET {source.base}/{what}".encode()
    return {
        "type": coding(_ENTITY_TYPE, "2", "System Object"),
        "role": coding(_OBJECT_ROLE, "24", "Query"),
        "query": base64.b64encode(asked).decode(),
    }


def _wiped(send: AuditSend, source: AuditSource) -> Resource:
    last = send.outcome or send.intent
    details = [("command", send.intent.subject.what), ("result", last.reason)]
    erased = coding(_ENTITY_LIFECYCLE, "15", "Permanent erasure / physical destruction")
    return {
        "what": _observer(source),
        "type": coding(_ENTITY_TYPE, "2", "System Object"),
        "role": coding(_OBJECT_ROLE, "13", "Security Resource"),
        "lifecycle": erased,
        **(
            {"detail": [{"type": name, "valueString": text} for name, text in details if text]}
            if any(text for _, text in details)
            else {}
        ),
    }


# ---------------------------------------------------------------------- the chain


def _chain(send: AuditSend) -> Resource:
    links = [_link(entry) for entry in (send.intent, send.outcome) if entry is not None]
    signed = [] if send.checkpoint is None else [_signature(send.checkpoint)]
    chain = {"url": "chain", "valuePositiveInt": send.intent.chain}
    return {"url": CHAIN, "extension": [chain, *links, *signed]}


def _link(entry: JournalEntry) -> Resource:
    return {
        "url": "link",
        "extension": [
            {"url": "seq", "valuePositiveInt": entry.seq},
            {"url": "bodyHash", "valueBase64Binary": base64.b64encode(entry.body_hash).decode()},
            {"url": "h", "valueBase64Binary": base64.b64encode(entry.h).decode()},
        ],
    }


def _signature(checkpoint: Checkpoint) -> Resource:
    return {
        "url": "checkpoint",
        "extension": [
            {"url": "body", "valueString": checkpoint.body},
            {"url": "signature", "valueBase64Binary": base64.b64encode(checkpoint.signature).decode()},
        ],
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
