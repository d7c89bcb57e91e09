"""A disclosure as its log keeps it: date, recipient, description, purpose, and whether it is accountable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workstation.domain.encounter import EncounterId
from workstation.domain.queries.query import IndicatorSource, ProviderQuery, QueryId

#: Purposes whose disclosures are not accounted for (45 CFR 164.528(a)(1)(i)): treatment, payment, operations.
EXCEPTED = frozenset({"TREAT", "HPAYMT", "HOPERAT"})


@dataclass(frozen=True, slots=True)
class Disclosure:
    """45 CFR 164.528(b)(2): the date, who received it, what it was in a few words, and for what purpose."""

    id: str
    query_id: QueryId
    encounter_id: EncounterId
    account_number: str
    at: datetime
    recipient: str  # Practitioner/id
    recipient_name: str
    description: str
    purpose: str  # v3-ActReason
    accountable: bool
    note: str = ""


def is_accountable(purpose: str) -> bool:
    """Whether an accounting of disclosures must list it."""
    return purpose not in EXCEPTED


def description(query: ProviderQuery) -> str:
    """What left, in a few words without a word of the chart: `Provider query with 2 excerpts (progress note)`."""
    kinds = {
        IndicatorSource.DOCUMENT: ("excerpt", "excerpts"),
        IndicatorSource.RESULT: ("result", "results"),
        IndicatorSource.IMAGE: ("redacted picture", "redacted pictures"),
    }
    counts = []
    for source, (one, many) in kinds.items():
        number = sum(indicator.source is source for indicator in query.indicators)
        if number:
            counts.append(f"{number} {one if number == 1 else many}")
    types = sorted({indicator.source_type.lower() for indicator in query.indicators if indicator.source_type})
    from_where = f" ({', '.join(types)})" if types else ""
    return f"Provider query with {' and '.join(counts) or 'no excerpt'}{from_where}"
