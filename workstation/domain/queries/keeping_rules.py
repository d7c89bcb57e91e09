"""Rules of what is kept with a query: template, author, times, escalation, retention, and the answer's way into a code
(Q34, Q35, Q38-Q40)."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.domain.queries.case import Case
from workstation.domain.queries.context import CodeChange
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.query import OWN_WORDS, revise


def findings(case: Case) -> Iterator[QueryFinding]:
    query, context = case.query, case.context
    if not query.template_id or not query.template_version:
        own = revise(query, template_id=OWN_WORDS, template_version=case.pack.version)
        said = "The query does not say which template, in which version, it was made from."
        yield case.finding("Q34", said, "template", fix="Mark it as written in your own words", mended=own)
    if not context.author.practitioner_id or not context.author.credential.strip():
        yield case.finding("Q35", "A query carries its author's name and credential; yours is not on file.", "author")
    if query.encounter_id != context.encounter.id:
        yield case.finding("Q35", "This query belongs to another encounter than the chart beside it.", "encounter")
    for change in context.changes:
        yield from _change(case, change)
    if context.escalation_hours <= 0:
        said = "No time is set after which an unanswered query goes to somebody else."
        yield case.finding("Q39", said, "policy")
    if context.retention not in case.pack.retention_classes:
        yield case.finding("Q40", "It is not set how long queries are kept, and as what.", "policy")


def _change(case: Case, change: CodeChange) -> Iterator[QueryFinding]:
    """Q38: the provider's documentation carries the code, the answer alone does not."""
    answered = next((past for past in case.context.history if past.id == change.query_id), None)
    if answered is not None and answered.answered_by is None:
        said = f"{change.code} rests on an answer that nobody has signed."
        yield case.finding("Q35", said, f"code:{change.code}")
    document = next((each for each in case.context.encounter.documents if each.id == change.addendum), None)
    if document is None:
        said = f"{change.code} was changed after an answer; link the addendum that documents it."
    elif not document.author_is_provider:
        said = f"{change.code} is linked to a document no provider wrote."
    elif document.written_at and change.answered_at and document.written_at < change.answered_at:
        said = f"{change.code} is linked to a document older than the answer."
    else:
        return
    yield case.finding("Q38", said, f"code:{change.code}")
