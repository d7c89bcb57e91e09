"""What queries mean for the coding: finalize waits for an answer, and an answered query is used through its documentation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workstation.domain.coding import CodingSummary
from workstation.domain.edits import Finding, Level
from workstation.domain.queries.life import ANSWERED_STATES, OPEN_STATES, Closing, QueryFile, QueryState

_OPEN_SOURCE = "Holds: an encounter waits for the provider's answer"
_LINK_SOURCE = "AHIMA/ACDIS compliant query practice, 2022: a code rests on the documentation, not on the answer alone"


def query_findings(summary: CodingSummary, files: Iterable[QueryFile], now: datetime) -> tuple[Finding, ...]:
    """Findings of the whole summary; nothing of a chart stands in them."""
    cited = {passage.document_id for line in summary.lines for passage in line.evidence}
    found = []
    for file in files:
        state = file.state(now)
        if state in OPEN_STATES:
            found.append(
                Finding(
                    "query-open",
                    Level.ERROR,
                    "A provider query waits for its answer.",
                    "Wait for it, or cancel the query if it is no longer needed.",
                    _OPEN_SOURCE,
                )
            )
        elif state in ANSWERED_STATES:
            found.append(
                Finding(
                    "query-answered",
                    Level.WARNING,
                    "A provider query is answered and not closed.",
                    "Read the answer (Ctrl+Q) and close the query.",
                    _LINK_SOURCE,
                )
            )
        elif _documented(file, state) and not (documents_of(file) & cited):
            found.append(
                Finding(
                    "query-documentation",
                    Level.WARNING,
                    "A provider answered a query; no code cites the documentation that followed.",
                    "Mark the passage in the addendum and press E on the code it supports.",
                    _LINK_SOURCE,
                )
            )
    return tuple(found)


def used_queries(files: Iterable[QueryFile]) -> tuple[str, ...]:
    """References of the queries whose answers the coding rests on, to go along with the result."""
    return tuple(f.theirs.request for f in files if f.theirs.request and f.theirs.answer is not None)


def documents_of(file: QueryFile) -> frozenset[str]:
    """The documentation that followed a query."""
    named = {file.standing.documentation} if file.standing.documentation else set()
    answered = set(file.theirs.answer.documents) if file.theirs.answer else set()
    return frozenset(named | answered)


def _documented(file: QueryFile, state: QueryState) -> bool:
    return state is QueryState.CLOSED and file.standing.closing is Closing.DOCUMENTED
