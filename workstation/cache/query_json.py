"""Provider queries to and from JSON, as they lie in the cache."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import DocumentId, EncounterId, ProviderId
from workstation.domain.queries.checked import Checked
from workstation.domain.queries.life import (
    Answer,
    Closing,
    Decision,
    Review,
    ReviewVerdict,
    Standing,
    Theirs,
)
from workstation.domain.queries.query import (
    Channel,
    ClinicalIndicator,
    Form,
    IndicatorId,
    IndicatorSource,
    Justification,
    Option,
    OptionKind,
    ProviderQuery,
    QueryId,
    ReferenceNote,
    Span,
    Trigger,
)

Body = dict[str, Any]


def query_json(query: ProviderQuery) -> str:
    note = query.reference_note
    return _text(
        {
            "id": query.id,
            "encounter": query.encounter_id,
            "trigger": query.trigger.value if query.trigger else None,
            "form": query.form.value,
            "title": query.title,
            "question": query.question,
            "options": [[o.text, o.kind.value, list(o.indicators)] for o in query.options],
            "indicators": [_indicator_json(each) for each in query.indicators],
            "recipient": query.recipient_id,
            "concern": query.concern,
            "note": [note.text, note.source] if note else None,
            "channel": query.channel.value,
            "template": [query.template_id, query.template_version],
            "justifications": [[each.rule, each.text] for each in query.justifications],
            "attestation": query.attestation,
            "replaces": query.replaces,
            "revision": query.revision,
        }
    )


def query_of(text: str) -> ProviderQuery:
    body = json.loads(text)
    return ProviderQuery(
        id=QueryId(body["id"]),
        encounter_id=EncounterId(body["encounter"]),
        trigger=Trigger(body["trigger"]) if body["trigger"] else None,
        form=Form(body["form"]),
        title=body["title"],
        question=body["question"],
        options=tuple(
            Option(words, OptionKind(kind), tuple(IndicatorId(i) for i in linked))
            for words, kind, linked in body["options"]
        ),
        indicators=tuple(_indicator(each) for each in body["indicators"]),
        recipient_id=ProviderId(body["recipient"]) if body["recipient"] else None,
        concern=body["concern"],
        reference_note=ReferenceNote(*body["note"]) if body["note"] else None,
        channel=Channel(body["channel"]),
        template_id=body["template"][0],
        template_version=body["template"][1],
        justifications=tuple(Justification(*each) for each in body["justifications"]),
        attestation=body["attestation"],
        replaces=QueryId(body["replaces"]) if body["replaces"] else None,
        revision=body["revision"],
    )


_INDICATOR_TEXTS = (
    "id", "reference", "text", "span_hash", "source_type", "author_role", "version", "pertinence", "capture_id",
)  # fmt: skip


def _indicator_json(indicator: ClinicalIndicator) -> Body:
    return {
        **{name: getattr(indicator, name) for name in _INDICATOR_TEXTS},
        "source": indicator.source.value,
        "encounter_id": indicator.encounter_id,
        "written_at": moment(indicator.written_at),
        "document_id": indicator.document_id,
        "span": [indicator.start, indicator.end],
        "also_removed": [list(span) for span in indicator.also_removed],
        "not_identifiers": [list(span) for span in indicator.not_identifiers],
        "prior_encounter": indicator.prior_encounter,
        "page": indicator.page,
    }


def _indicator(body: Body) -> ClinicalIndicator:
    return ClinicalIndicator(
        **{name: body[name] for name in _INDICATOR_TEXTS},
        source=IndicatorSource(body["source"]),
        encounter_id=EncounterId(body["encounter_id"]),
        written_at=moment_of(body["written_at"]),
        document_id=DocumentId(body["document_id"]) if body["document_id"] else None,
        start=body["span"][0],
        end=body["span"][1],
        also_removed=_spans(body["also_removed"]),
        not_identifiers=_spans(body["not_identifiers"]),
        prior_encounter=body["prior_encounter"],
        page=body["page"],
    )


def _spans(found: list[list[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in found)


_MOMENTS = ("sent_at", "due_at", "escalate_at", "expires_at", "escalated_at", "closed_at")
_STANDING_PLAIN = tuple(
    field.name
    for field in fields(Standing)
    if field.name not in (*_MOMENTS, "decision", "closing", "checked")
)  # fmt: skip


def standing_json(standing: Standing) -> str:
    return _text(
        {
            **{name: getattr(standing, name) for name in _STANDING_PLAIN},
            **{name: moment(getattr(standing, name)) for name in _MOMENTS},
            "decision": standing.decision.value,
            "closing": standing.closing.value if standing.closing else None,
            "checked": standing.checked.to_json() if standing.checked else None,
        }
    )


def standing_of(text: str) -> Standing:
    body = json.loads(text)
    plain: Body = {name: body[name] for name in _STANDING_PLAIN if name in body}
    moments: Body = {name: moment_of(body.get(name)) for name in _MOMENTS}
    return Standing(
        **plain,
        **moments,
        decision=Decision(body["decision"]),
        closing=Closing(body["closing"]) if body["closing"] else None,
        checked=Checked.from_json(body["checked"]) if body["checked"] else None,
    )


_THEIRS_PLAIN = tuple(field.name for field in fields(Theirs) if field.name not in ("viewed_at", "answer", "review"))


def theirs_json(theirs: Theirs) -> str:
    answer, review = theirs.answer, theirs.review
    return _text(
        {
            **{name: getattr(theirs, name) for name in _THEIRS_PLAIN},
            "viewed_at": moment(theirs.viewed_at),
            "answer": answer
            and [
                answer.reference, answer.sender, moment(answer.sent_at), answer.text, list(answer.chosen),
                list(answer.documents),
            ],
            "review": review and [review.verdict.value, review.reviewer, review.comment, moment(review.at), review.asked],
        }
    )  # fmt: skip


def theirs_of(text: str) -> Theirs:
    body = json.loads(text)
    answer, review = body["answer"], body["review"]
    return Theirs(
        **{name: body[name] for name in _THEIRS_PLAIN if name in body},
        viewed_at=moment_of(body["viewed_at"]),
        answer=_answer(*answer) if answer else None,
        review=_review(*review) if review else None,
    )


def _review(verdict: str, reviewer: str, comment: str, at: str | None, asked: str = "") -> Review:
    return Review(ReviewVerdict(verdict), reviewer, comment, moment_of(at), asked)


def _answer(reference: str, sender: str, at: str | None, text: str, chosen: list[str], documents: list[str]) -> Answer:
    return Answer(reference, sender, moment_of(at), text, tuple(chosen), tuple(DocumentId(each) for each in documents))


def _text(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False)
