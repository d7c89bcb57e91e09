"""What is audited: the acts of a coder, and an intent as the desk asks the guard to record it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """Every audited act. Views are one entry; acts that change something have an intent and an outcome."""

    APP_START = "app-start"
    APP_STOP = "app-stop"
    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_OUT = "sign-out"
    ENROL = "enrol"
    UNLOCK = "unlock"
    UNLOCK_FAILED = "unlock-failed"
    LOCK = "lock"
    AUTO_LOGOFF = "auto-logoff"
    STEP_UP = "step-up"
    STEP_UP_FAILED = "step-up-failed"
    PASSWORD_CHANGE = "password-change"  # noqa: S105  the name of an act
    VIEW_WORKLIST = "view-worklist"
    VIEW_ENCOUNTER = "view-encounter"
    VIEW_DOCUMENT = "view-document"
    VIEW_RESULTS = "view-results"
    SEARCH_CHART = "search-chart"
    REVEAL = "reveal"
    FETCH = "fetch"
    CODE_ADD = "code-add"
    CODE_CHANGE = "code-change"
    CODE_REMOVE = "code-remove"
    EVIDENCE = "evidence"
    HOLD = "hold"
    HAND_BACK = "hand-back"
    HAND_OVER = "hand-over"  # what the server will not take, given to a lead; a lead's taking and settling of it
    FINALIZE = "finalize"
    RESOLVE_CONFLICT = "resolve-conflict"
    VIEW_QUERY = "view-query"  # a provider query, its answer, or the list of them
    QUERY_DRAFT = "query-draft"  # begun, or thrown away
    QUERY_SEND = "query-send"  # the coder's decision to send, or the record of a verbal query
    QUERY_CHANGE = "query-change"  # cancelled, closed, escalated, expired
    QUERY_RETRACT = "query-retract"
    QUERY_REVIEW = "query-review"  # a peer's review: asked for, agreed, returned
    DISCLOSE = "disclose"  # the query on its way to the provider (45 CFR 164.528)
    CAPTURE = "capture"  # a redacted region of a scanned page, kept for a query
    VIEW_DISCLOSURES = "view-disclosures"
    INCIDENT = "incident"  # a draft of a privacy incident report
    TEACHING = "teaching-copy"  # asked for, approved, made, discarded
    VIEW_TEACHING = "view-teaching-copy"
    SEND = "send"
    COPY_BLOCKED = "copy-blocked"
    CODE_COPY = "code-copy"  # a bare code, where policy allows
    EXPORT = "export-journal"  # the journal itself, for an investigator
    PURGE = "purge"
    WIPE = "wipe"
    POLICY_CHANGE = "policy-change"  # or what of it can be enforced here
    CLOCK_CHANGED = "clock-changed"
    WRONG_SERVER = "wrong-server"  # its certificate was not accepted: nothing was sent
    CACHE_DAMAGED = "cache-damaged"
    AUDIT_FAILURE = "audit-failure"


#: Acts recorded once, when they happen: looking is one AuditEvent.
VIEWS = frozenset(
    {
        Act.VIEW_WORKLIST,
        Act.VIEW_ENCOUNTER,
        Act.VIEW_DOCUMENT,
        Act.VIEW_RESULTS,
        Act.VIEW_QUERY,
        Act.VIEW_DISCLOSURES,
        Act.VIEW_TEACHING,
        Act.SEARCH_CHART,
        Act.COPY_BLOCKED,
        Act.CODE_COPY,
    }
)


#: Acts whose carrying-out is a row of the coder's cache, written in one transaction with the act.
KEPT_IN_CACHE = frozenset(
    {
        Act.REVEAL,
        Act.FETCH,
        Act.CODE_ADD,
        Act.CODE_CHANGE,
        Act.CODE_REMOVE,
        Act.EVIDENCE,
        Act.HOLD,
        Act.HAND_BACK,
        Act.HAND_OVER,
        Act.FINALIZE,
        Act.RESOLVE_CONFLICT,
        Act.QUERY_DRAFT,
        Act.QUERY_SEND,
        Act.QUERY_CHANGE,
        Act.QUERY_RETRACT,
        Act.QUERY_REVIEW,
        Act.DISCLOSE,
        Act.CAPTURE,
        Act.INCIDENT,
        Act.TEACHING,
        Act.SEND,
    }
)


class Outcome(StrEnum):
    """AuditEvent.outcome: 0 success, 4 minor failure, 8 serious failure."""

    DONE = "0"
    ABORTED = "4"
    FAILED = "8"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose and which, by opaque server ids only (`Encounter/e1`); never a name, an MRN or search text."""

    patient: str = ""
    encounter: str = ""
    what: str = ""
    version: str = ""
    recipient: str = ""  # of a disclosure: Practitioner/p1
    sources: str = ""  # of a disclosure: what was excerpted, references with a space between


@dataclass(frozen=True, slots=True)
class Intent:
    """What a coder is about to see or do; durable in the journal before it is shown or done."""

    act: Act
    subject: Subject = Subject()
    reason: str = ""  # a reason code or a count, never free text from a chart
    request_id: str = ""  # X-Request-Id of the HTTP request it goes with, if any
    id: str = ""  # UUIDv7, given by the desk; becomes the AuditEvent's id
