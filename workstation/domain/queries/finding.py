"""What a rule says of a query: which rule, why, where, how far it goes, and the query mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from workstation.domain.queries.query import ProviderQuery


class Weight(IntEnum):
    """How far a finding goes."""

    INFORMATION = 0
    WARNING = 1  # passes with a typed justification, which is kept
    ATTESTATION = 2  # passes with an attestation or a peer's review
    BLOCK = 3  # is never sent


@dataclass(frozen=True, slots=True)
class QueryFinding:
    """One rule a query breaks. `mended` is the query with the offered fix applied, None where only a person can."""

    rule: str  # Q01 to Q40
    weight: Weight
    text: str  # what is wrong here
    why: str  # what the rule is for, and where it comes from
    part: str = ""  # "title", "question", "option:2", "indicator:<id>", "form", "recipient", ...
    start: int = 0
    end: int = 0  # of the words in that part, 0 when it is the whole of it
    fix: str = ""  # the offer, as the button says it
    mended: ProviderQuery | None = None


def stops(found: tuple[QueryFinding, ...], query: ProviderQuery, *, reviewed: bool = False) -> tuple[QueryFinding, ...]:
    """What still keeps a query from leaving: blocks, warnings without a word of why, attestations not given."""
    return tuple(
        finding
        for finding in found
        if finding.weight is Weight.BLOCK
        or (finding.weight is Weight.WARNING and not query.justification(finding.rule).strip())
        or (finding.weight is Weight.ATTESTATION and not (query.attestation.strip() or reviewed))
    )
