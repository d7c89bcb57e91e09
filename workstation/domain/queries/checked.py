"""What is kept with a query that left: its template, the rules it was checked by, and what became of each finding (Q34)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from workstation.domain.queries.finding import QueryFinding, Weight, stops
from workstation.domain.queries.query import ProviderQuery
from workstation.domain.queries.rules import RulePack


class Settled(StrEnum):
    """How a finding let the query go."""

    BY_INFORMATION = "information"  # it asks for nothing
    BY_JUSTIFICATION = "justification"
    BY_ATTESTATION = "attestation"
    BY_REVIEW = "review"


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """One finding as it is kept: never the words of the query, which may name somebody."""

    rule: str
    weight: str
    part: str
    settled: Settled
    said: str  # the coder's justification or attestation


@dataclass(frozen=True, slots=True)
class Checked:
    """The check a query left with."""

    rules_version: str
    rules_publisher: str
    template_id: str
    template_version: str
    revision: int  # of the query that was checked
    findings: tuple[KeptFinding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Checked:
        findings = tuple(KeptFinding(**{**each, "settled": Settled(each["settled"])}) for each in kept["findings"])
        return cls(**{**kept, "findings": findings})


def checked(
    query: ProviderQuery, found: tuple[QueryFinding, ...], pack: RulePack, *, reviewed: bool = False
) -> Checked | None:
    """The check to keep, or None while something still stops the query."""
    if stops(found, query, reviewed=reviewed):
        return None
    kept = tuple(_kept(query, finding, reviewed=reviewed) for finding in found)
    return Checked(pack.version, pack.publisher, query.template_id, query.template_version, query.revision, kept)


def _kept(query: ProviderQuery, finding: QueryFinding, *, reviewed: bool) -> KeptFinding:
    settled, said = Settled.BY_INFORMATION, ""
    if finding.weight is Weight.WARNING:
        settled, said = Settled.BY_JUSTIFICATION, query.justification(finding.rule)
    elif finding.weight is Weight.ATTESTATION:
        said = query.attestation.strip()
        settled = Settled.BY_ATTESTATION if said or not reviewed else Settled.BY_REVIEW
    return KeptFinding(finding.rule, finding.weight.name.lower(), finding.part, settled, said)
