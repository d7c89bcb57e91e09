"""What the server says of a query: its status, whether the provider has seen it, the answer, a peer's verdict."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from workstation.domain.encounter import DocumentId
from workstation.domain.queries.life import Answer, Review, ReviewVerdict, Theirs
from workstation.fhir import systems
from workstation.fhir.incoming import resource_id, version
from workstation.fhir.reading import at, codes, each, moment, reference_id, text

Resource = dict[str, Any]

_SEEN = frozenset({"received", "accepted", "in-progress", "on-hold", "completed"})
LONGEST_ANSWER = 20_000  # characters kept of an answer


def theirs(
    request: Resource, task: Resource | None, answers: Iterable[Resource], options: Iterable[str], before: Theirs
) -> Theirs:
    """The server's side, put together from what it sent; a moment once seen stays."""
    asker = reference_id(at(request, "requester"), "Practitioner")
    others = (a for a in answers if not asker or reference_id(at(a, "sender"), "Practitioner") != asker)
    answered = _answer(others, tuple(options))  # nobody answers their own question
    seen = before.viewed_at
    if seen is None and task is not None and text(task, "status") in _SEEN:
        seen = moment(task.get("lastModified")) or moment(text(task, "meta", "lastUpdated"))
    return Theirs(
        request=f"CommunicationRequest/{resource_id(request)}",
        request_version=version(request),
        request_status=text(request, "status"),
        task=f"Task/{resource_id(task)}" if task else before.task,
        task_version=version(task) if task else before.task_version,
        task_status=text(task, "status") if task else before.task_status,
        viewed_at=seen or (answered.sent_at if answered else None),
        answer=answered or before.answer,
        review=before.review,
        request_raw=json.dumps(request, ensure_ascii=False),
        task_raw=json.dumps(task, ensure_ascii=False) if task else before.task_raw,
    )


def identifier_of(resource: Resource, system: str) -> str:
    return next((text(i, "value") for i in each(resource, "identifier") if i.get("system") == system), "")


def review(task: Resource) -> Review | None:
    """A peer's verdict, once the task is completed."""
    if text(task, "status") != "completed":
        return None
    verdict, comment = ReviewVerdict.RETURNED, ""
    for output in each(task, "output"):
        kinds = codes(output.get("type"), systems.QUERY_REVIEW_OUTPUT)
        if "comment" in kinds:
            comment = text(output, "valueString")[:LONGEST_ANSWER]
        elif "agreed" in codes(output.get("valueCodeableConcept"), systems.QUERY_REVIEW_OUTPUT):
            verdict = ReviewVerdict.AGREED
    reviewer = reference_id(at(task, "owner"), "Practitioner")
    asked = identifier_of(task, systems.SID_QUERY_REVIEW)
    return Review(verdict, reviewer, comment, moment(task.get("lastModified")), asked)


def draft_of(task: Resource) -> Resource:
    """The query a review task carries; empty when it carries none."""
    return next((r for r in each(task, "contained") if r.get("resourceType") == "CommunicationRequest"), {})


def parts_of(request: Resource) -> tuple[tuple[str, str], ...]:
    """(kind, words) of each part of a query in reading order; a picture's words are its title."""
    found = []
    for part in each(request, "payload"):
        kind = next((text(e, "valueCode") for e in each(part, "extension") if e.get("url") == systems.QUERY_PART), "")
        words = text(part, "contentString") or text(part, "contentAttachment", "title")
        found.append((kind or "text", words))
    return tuple(found)


def _says(answer: str, option: str) -> bool:
    """Whether a line of the answer begins with an option: "No" is not found in "Not documented"."""
    wanted = option.casefold().strip(" .")
    for line in answer.casefold().splitlines():
        said = line.strip(" [x]•-*\t")
        if said.startswith(wanted) and not said[len(wanted) : len(wanted) + 1].isalnum():
            return True
    return False


def _answer(answers: Iterable[Resource], options: tuple[str, ...]) -> Answer | None:
    """The newest completed answer."""
    standing = [a for a in answers if text(a, "status") == "completed" and text(a, "id")]
    if not standing:
        return None
    newest = max(standing, key=lambda a: (text(a, "sent"), text(a, "meta", "lastUpdated"), resource_id(a)))
    said = "\n".join(words for part in each(newest, "payload") if (words := text(part, "contentString")))
    documents = [reference_id(about, "DocumentReference") for about in each(newest, "about")]
    documents += [reference_id(part.get("contentReference"), "DocumentReference") for part in each(newest, "payload")]
    return Answer(
        reference=f"Communication/{resource_id(newest)}",
        sender=reference_id(at(newest, "sender"), "Practitioner"),
        sent_at=moment(newest.get("sent")),
        text=said[:LONGEST_ANSWER],
        chosen=tuple(option for option in options if _says(said, option)),
        documents=tuple(DocumentId(found) for found in dict.fromkeys(documents) if found),
    )
