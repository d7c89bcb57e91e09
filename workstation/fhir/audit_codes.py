"""Which FHIR type, subtype and action each audited act has: DICOM and FHIR codes, ours where none exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workstation.domain.audit import Act
from workstation.fhir.systems import X

DCM = "http://dicom.nema.org/resources/ontology/DCM"
EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
LOCAL = f"{X}/CodeSystem/audit-event-subtype"

Coding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventKind:
    """How an act is written; `failure` when the act itself is one."""

    type: Coding
    subtype: tuple[Coding, ...]
    action: str
    failure: bool = False


def coding(system: str, code: str, display: str = "") -> Coding:
    return {"system": system, "code": code, **({"display": display} if display else {})}


_APPLICATION = coding(DCM, "110100", "Application Activity")
_AUTHENTICATION = coding(DCM, "110114", "User Authentication")
_RECORD = coding(DCM, "110110", "Patient Record")
_QUERY = coding(DCM, "110112", "Query")
_ALERT = coding(DCM, "110113", "Security Alert")
_EXPORT = coding(DCM, "110106", "Export")
_REST = coding(EVENT_TYPE, "rest", "Restful Operation")
_DESTROY = coding(LIFECYCLE, "destroy", "Destroy/Delete Record Lifecycle Event")
_LOGIN = coding(DCM, "110122", "Login")
_VIEWED = coding(LOCAL, "view-cached", "Viewed from the local encrypted cache")
_UNLOCK = coding(LOCAL, "session-unlock", "Unlocked")
_LOCK = coding(LOCAL, "session-lock", "Screen locked")
_STEP_UP = coding(LOCAL, "step-up-totp", "Second factor verified")


def _local(code: str, display: str) -> Coding:
    return coding(LOCAL, code, display)


KINDS: dict[Act, EventKind] = {
    Act.APP_START: EventKind(_APPLICATION, (coding(DCM, "110120", "Application Start"),), "E"),
    Act.APP_STOP: EventKind(_APPLICATION, (coding(DCM, "110121", "Application Stop"),), "E"),
    Act.SIGN_IN: EventKind(_AUTHENTICATION, (_LOGIN,), "E"),
    Act.SIGN_IN_FAILED: EventKind(_AUTHENTICATION, (_LOGIN,), "E", failure=True),
    Act.SIGN_OUT: EventKind(_AUTHENTICATION, (coding(DCM, "110123", "Logout"),), "E"),
    Act.ENROL: EventKind(_AUTHENTICATION, (_local("enrol", "Unlock password set on this device"),), "E"),
    Act.UNLOCK: EventKind(_AUTHENTICATION, (_UNLOCK,), "E"),
    Act.UNLOCK_FAILED: EventKind(_AUTHENTICATION, (_UNLOCK,), "E", failure=True),
    Act.LOCK: EventKind(_AUTHENTICATION, (_LOCK,), "E"),
    Act.AUTO_LOGOFF: EventKind(
        _AUTHENTICATION, (_LOCK, _local("auto-logoff", "Automatic logoff: idle limit reached")), "E"
    ),
    Act.STEP_UP: EventKind(_AUTHENTICATION, (_STEP_UP,), "E"),
    Act.STEP_UP_FAILED: EventKind(
        _AUTHENTICATION, (_local("step-up-totp", "Second factor refused"),), "E", failure=True
    ),
    Act.PASSWORD_CHANGE: EventKind(_ALERT, (coding(DCM, "110137", "User security Attributes Changed"),), "U"),
    Act.VIEW_WORKLIST: EventKind(_RECORD, (_local("view-worklist", "Worklist viewed"),), "R"),
    Act.VIEW_ENCOUNTER: EventKind(_RECORD, (_VIEWED,), "R"),
    Act.VIEW_DOCUMENT: EventKind(_RECORD, (_VIEWED,), "R"),
    Act.VIEW_RESULTS: EventKind(_RECORD, (_VIEWED,), "R"),
    Act.SEARCH_CHART: EventKind(_QUERY, (_local("search-chart", "Searched the open chart"),), "E"),
    Act.REVEAL: EventKind(_RECORD, (_local("reveal", "Identifiers uncovered"),), "R"),
    Act.FETCH: EventKind(_REST, (coding(INTERACTION, "read", "read"),), "R"),
    Act.CODE_ADD: EventKind(_RECORD, (_local("code-add", "Code added"),), "U"),
    Act.CODE_CHANGE: EventKind(_RECORD, (_local("code-change", "Code changed"),), "U"),
    Act.CODE_REMOVE: EventKind(_RECORD, (_local("code-remove", "Code removed"),), "U"),
    Act.EVIDENCE: EventKind(_RECORD, (_local("evidence", "Evidence cited or taken back"),), "U"),
    Act.HOLD: EventKind(_RECORD, (_local("hold", "Put on hold or released"),), "U"),
    Act.HAND_BACK: EventKind(_RECORD, (_local("hand-back", "Handed back"),), "U"),
    Act.HAND_OVER: EventKind(_RECORD, (_local("hand-over", "Handed to a lead"),), "U"),
    Act.FINALIZE: EventKind(_RECORD, (_local("finalize", "Coding finalized"),), "U"),
    Act.RESOLVE_CONFLICT: EventKind(_RECORD, (_local("resolve-conflict", "Conflict decided"),), "U"),
    Act.VIEW_QUERY: EventKind(_RECORD, (_local("view-query", "Provider query viewed"),), "R"),
    Act.QUERY_DRAFT: EventKind(_RECORD, (_local("query-draft", "Provider query begun or discarded"),), "C"),
    Act.QUERY_SEND: EventKind(_RECORD, (_local("query-send", "Provider query decided to be sent"),), "C"),
    Act.QUERY_CHANGE: EventKind(_RECORD, (_local("query-change", "Provider query moved on"),), "U"),
    Act.QUERY_RETRACT: EventKind(_RECORD, (_local("query-retract", "Provider query retracted"),), "U"),
    Act.QUERY_REVIEW: EventKind(_RECORD, (_local("query-review", "Provider query reviewed by a peer"),), "U"),
    Act.DISCLOSE: EventKind(_EXPORT, (coding(LIFECYCLE, "disclose", "Disclose Record Lifecycle Event"),), "R"),
    Act.CAPTURE: EventKind(_RECORD, (_local("capture", "Redacted region of a scan captured"),), "C"),
    Act.VIEW_DISCLOSURES: EventKind(_RECORD, (_local("view-disclosures", "Log of disclosures viewed"),), "R"),
    Act.INCIDENT: EventKind(_ALERT, (_local("incident-draft", "Privacy incident report begun"),), "C"),
    Act.TEACHING: EventKind(_RECORD, (_local("teaching-copy", "De-identified teaching copy"),), "C"),
    Act.VIEW_TEACHING: EventKind(_RECORD, (_local("view-teaching-copy", "De-identified teaching copy viewed"),), "R"),
    Act.SEND: EventKind(_REST, (coding(INTERACTION, "create", "create"),), "C"),
    Act.COPY_BLOCKED: EventKind(
        _ALERT,
        (
            coding(DCM, "110132", "Use of Restricted Function"),
            _local("export-blocked", "Export refused by policy"),
        ),
        "R",
        failure=True,
    ),
    Act.CODE_COPY: EventKind(_EXPORT, (_local("code-copy", "A code copied to the clipboard"),), "R"),
    Act.EXPORT: EventKind(_EXPORT, (_local("export-journal", "Audit journal exported for an investigator"),), "R"),
    Act.PURGE: EventKind(_DESTROY, (_local("cache-purge", "Cached charts erased"),), "D"),
    Act.WIPE: EventKind(_DESTROY, (_local("device-wipe", "Local cache erased"),), "D"),
    Act.POLICY_CHANGE: EventKind(_ALERT, (coding(DCM, "110129", "Security Configuration"),), "U"),
    Act.CLOCK_CHANGED: EventKind(_ALERT, (_local("clock-changed", "The clock was changed"),), "E"),
    Act.WRONG_SERVER: EventKind(
        _ALERT,
        (coding(DCM, "110126", "Node Authentication"), _local("wrong-server", "The server's certificate was refused")),
        "E",
        failure=True,
    ),
    Act.CACHE_DAMAGED: EventKind(_ALERT, (_local("cache-damaged", "Cache set aside as damaged"),), "E"),
    Act.AUDIT_FAILURE: EventKind(
        _ALERT,
        (
            coding(DCM, "110133", "Audit Recording Stopped"),
            _local("audit-failure", "The journal could not record"),
        ),
        "E",
    ),
}
