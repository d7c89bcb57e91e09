"""A provider query on its way out: CommunicationRequest, the provider's Task, a peer's review, and every later change."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.encounter import Encounter, TaskId
from workstation.domain.queries.indicators import quoted, source_line
from workstation.domain.queries.life import ReviewVerdict, Standing
from workstation.domain.queries.query import (
    Channel,
    ClinicalIndicator,
    Form,
    IndicatorId,
    IndicatorSource,
    ProviderQuery,
)
from workstation.fhir import systems
from workstation.fhir.outgoing import concept, instant

Resource = dict[str, Any]

#: Roles whose holders read a colleague's query before it leaves.
REVIEWERS = ("auditor", "lead")


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of the chart goes along: the redacted words of each indicator, and the redacted pictures."""

    excerpts: Mapping[IndicatorId, str]
    pictures: Mapping[str, bytes]  # PNG by capture id


def communication_request(
    query: ProviderQuery,
    encounter: Encounter,
    leaving: Leaving,
    coder: Coder,
    standing: Standing,
    at: datetime,
    *,
    status: str = "active",
) -> Resource:
    """The question as the server stores it. The patient is named by reference alone; the body never names them."""
    about = list(dict.fromkeys(each.reference for each in query.indicators if each.reference))
    body: Resource = {
        "resourceType": "CommunicationRequest",
        "extension": [_checked(query, standing)],
        "identifier": [{"system": systems.SID_PROVIDER_QUERY, "value": standing.result_id}],
        "status": status,
        "category": [concept(systems.COMMUNICATION_CATEGORY, "provider-query")],
        "priority": "routine",
        "medium": [concept(systems.PARTICIPATION_MODE, _MEDIUM[query.channel])],
        "subject": {"reference": f"Patient/{encounter.patient.id}"},
        "about": [{"reference": reference} for reference in about],
        "encounter": {"reference": f"Encounter/{encounter.id}"},
        "payload": payload(query, leaving),
        "occurrencePeriod": {"end": instant(standing.due_at)} if standing.due_at else None,
        "authoredOn": instant(at),
        "requester": {"reference": f"Practitioner/{coder.practitioner_id}"},
        "recipient": [{"reference": f"Practitioner/{query.recipient_id}"}] if query.recipient_id else None,
        "reasonCode": [concept(systems.QUERY_REASON, query.trigger.value)] if query.trigger else None,
    }
    return {key: value for key, value in body.items() if value not in (None, [], {})}


_MEDIUM = {Channel.WRITTEN: "WRITTEN", Channel.VERBAL: "VERBAL"}


def payload(query: ProviderQuery, leaving: Leaving) -> list[Resource]:
    """The words in reading order, each marked with what it is: title, indicators, question, options, reference."""
    parts: list[Resource] = [_words("title", query.title)]
    for indicator in query.indicators:
        if indicator.source is IndicatorSource.IMAGE:
            parts.extend(_picture(indicator, leaving))
        else:
            parts.append(_words("indicator", quoted(indicator, leaving.excerpts.get(indicator.id, ""))))
    parts.append(_words("question", query.question))
    if query.form is not Form.OPEN:  # an open question has no answers, whatever was written before it became one
        parts += [_words("option", option.text) for option in query.options]
    if query.reference_note is not None:
        note = query.reference_note
        parts.append(_words("reference", f"For reference only: {note.text} Source: {note.source}"))
    return [part for part in parts if part.get("contentString") or part.get("contentAttachment")]


def _words(part: str, text: str) -> Resource:
    return {"extension": [{"url": systems.QUERY_PART, "valueCode": part}], "contentString": text.strip()}


def _picture(indicator: ClinicalIndicator, leaving: Leaving) -> list[Resource]:
    body = leaving.pictures.get(indicator.capture_id)
    if body is None:
        return []
    attachment = {
        "contentType": "image/png",
        "data": base64.b64encode(body).decode(),
        "size": len(body),
        "title": source_line(indicator),
    }
    part = {"url": systems.QUERY_PART, "valueCode": "picture"}
    return [{"extension": [part], "contentAttachment": attachment}]


def _checked(query: ProviderQuery, standing: Standing) -> Resource:
    """What the query was made from and checked with, so that an auditor can repeat the check."""
    check = standing.checked
    said = (
        ("template", f"{query.template_id} {query.template_version}".strip()),
        ("rulePack", f"{check.rules_version} {check.rules_publisher}".strip() if check else ""),
        ("form", query.form.value),
        ("credential", standing.credential),
        ("retention", standing.retention),
    )
    parts: list[Resource] = [{"url": url, "valueString": value} for url, value in said if value]
    if check is not None:  # what the coder said of a finding stays here: it may speak of the chart
        parts.append({"url": "revision", "valueInteger": check.revision})
        parts += [
            {"url": "finding", "valueString": f"{each.rule} {each.weight} {each.settled.value}"}
            for each in check.findings
        ]
    if standing.reviewer:
        parts.append({"url": "reviewer", "valueReference": {"reference": f"Practitioner/{standing.reviewer}"}})
    return {"url": systems.QUERY_CHECKED, "extension": parts}


def provider_task(
    query: ProviderQuery, encounter: Encounter, task_id: TaskId, coder: Coder, standing: Standing, at: datetime
) -> Resource:
    """The provider's inbox item. Its focus is the request of the same transaction."""
    body: Resource = {
        "resourceType": "Task",
        "identifier": [{"system": systems.SID_PROVIDER_TASK, "value": standing.result_id}],
        "partOf": [{"reference": f"Task/{task_id}"}],
        "status": "requested",
        "intent": "order",
        "priority": "routine",
        "code": concept(systems.CODING_TASK, "answer-provider-query"),
        "focus": {"reference": f"urn:uuid:{standing.result_id}"},
        "for": {"reference": f"Patient/{encounter.patient.id}"},
        "encounter": {"reference": f"Encounter/{encounter.id}"},
        "authoredOn": instant(at),
        "lastModified": instant(at),
        "requester": {"reference": f"Practitioner/{coder.practitioner_id}"},
        "owner": {"reference": f"Practitioner/{query.recipient_id}"} if query.recipient_id else None,
        "restriction": {"period": {"end": instant(standing.due_at)}} if standing.due_at else None,
    }
    return {key: value for key, value in body.items() if value is not None}


def review_task(
    request: Resource, encounter: Encounter, task_id: TaskId, coder: Coder, review_id: str, at: datetime
) -> Resource:
    """A draft for a colleague to read: it travels inside the task, so that nothing of it stays behind elsewhere."""
    draft = {key: value for key, value in request.items() if key != "recipient"}
    return {
        "resourceType": "Task",
        "contained": [{**draft, "id": "draft", "status": "draft"}],
        "identifier": [{"system": systems.SID_QUERY_REVIEW, "value": review_id}],
        "partOf": [{"reference": f"Task/{task_id}"}],
        "status": "requested",
        "intent": "order",
        "priority": "routine",
        "code": concept(systems.CODING_TASK, "review-provider-query"),
        "focus": {"reference": "#draft"},
        "encounter": {"reference": f"Encounter/{encounter.id}"},
        "authoredOn": instant(at),
        "lastModified": instant(at),
        "requester": {"reference": f"Practitioner/{coder.practitioner_id}"},
        "performerType": [concept(systems.CODING_ROLE, role) for role in REVIEWERS],
    }


def reviewed_task(task: Resource, verdict: ReviewVerdict, comment: str, coder: Coder, at: datetime) -> Resource:
    """The task with a peer's verdict; the draft leaves it with the answer."""
    changed = {key: value for key, value in task.items() if key not in ("meta", "contained", "focus")}
    output: list[Resource] = [
        {
            "type": concept(systems.QUERY_REVIEW_OUTPUT, "verdict"),
            "valueCodeableConcept": concept(systems.QUERY_REVIEW_OUTPUT, verdict.value),
        }
    ]
    if comment.strip():
        output.append({"type": concept(systems.QUERY_REVIEW_OUTPUT, "comment"), "valueString": comment.strip()})
    owner = {"reference": f"Practitioner/{coder.practitioner_id}"}
    return {**changed, "status": "completed", "owner": owner, "lastModified": instant(at), "output": output}


def ended_review(task: Resource, at: datetime) -> Resource:
    """A review nobody has to do any more, without the draft."""
    kept = {key: value for key, value in task.items() if key not in ("meta", "contained", "focus")}
    return {**kept, "status": "cancelled", "lastModified": instant(at)}


def sending(request: Resource, task: Resource, result_id: str) -> Resource:
    """Both in one transaction, each under its identifier: safe to send again."""
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{result_id}",
                "resource": request,
                "request": {
                    "method": "POST",
                    "url": "CommunicationRequest",
                    "ifNoneExist": f"identifier={systems.SID_PROVIDER_QUERY}|{result_id}",
                },
            },
            {
                "resource": task,
                "request": {
                    "method": "POST",
                    "url": "Task",
                    "ifNoneExist": f"identifier={systems.SID_PROVIDER_TASK}|{result_id}",
                },
            },
        ],
    }


def changed_request(request: Resource, status: str, reason: str, *, emptied: bool = False) -> Resource:
    """The request moved on. A retracted one is emptied: its words and pictures are gone from the current version."""
    changed = {key: value for key, value in request.items() if key != "meta"}
    if emptied:
        for name in ("payload", "about", "extension"):
            changed.pop(name, None)
        changed["payload"] = [_words("title", "This query was retracted.")]
    if reason:
        changed["statusReason"] = {"text": reason}
    return {**changed, "status": status}


def changed_provider_task(task: Resource, status: str, reason: str, at: datetime, *, priority: str = "") -> Resource:
    changed = {key: value for key, value in task.items() if key != "meta"}
    if reason:
        changed["statusReason"] = {"text": reason}
    if priority:
        changed["priority"] = priority
    return {**changed, "status": status, "lastModified": instant(at)}
