"""Checks a provider query against every rule of the pack, as one types, and offers a mending that holds.

The rules follow the AHIMA/ACDIS Guidelines for Achieving a Compliant Query Practice (2022 update), as data with a
version. Written, verbal, template-made and generated queries all come through here (Q30): nothing below asks how a query
was made or by which channel it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from workstation.domain.queries import (
    answer_rules,
    chart_rules,
    emphasis_rules,
    keeping_rules,
    leaving_rules,
    naming_rules,
    purpose_rules,
    wording_rules,
)
from workstation.domain.queries.case import Case, Part
from workstation.domain.queries.context import Context
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.query import ProviderQuery
from workstation.domain.queries.rules import RulePack

LONGEST = 4_000  # characters a coder may write in one field; the longest template has a tenth of that
_RULES: tuple[Callable[[Case], Iterator[QueryFinding]], ...] = (
    chart_rules.findings,
    wording_rules.findings,
    emphasis_rules.findings,
    leaving_rules.findings,
    naming_rules.findings,
    answer_rules.findings,
    purpose_rules.findings,
    keeping_rules.findings,
)


def check(query: ProviderQuery, context: Context, pack: RulePack) -> tuple[QueryFinding, ...]:
    """Every rule the query breaks, what blocks first. The same query in the same chart gives the same findings.

    A mending is offered only if with it the finding is gone and nothing new blocks.
    """
    case = Case(query, context, pack)
    found = _found(case)
    kept = (finding if _holds(case, finding, found) else replace(finding, mended=None, fix="") for finding in found)
    return tuple(sorted(kept, key=lambda finding: (-finding.weight, finding.rule)))


def _found(case: Case) -> list[QueryFinding]:
    long = [_too_long(case, part) for part in case.body() if len(part.text) > LONGEST]
    if long:  # nobody waits for a check of a whole note in a field, and nothing leaves unchecked
        return long
    return [finding for rules in _RULES for finding in rules(case)]


def _too_long(case: Case, part: Part) -> QueryFinding:
    said = f"This field has {len(part.text)} characters; {LONGEST} are the most. It is checked once it is shorter."
    return case.finding("Q32", said, part.name, weight=Weight.BLOCK)


def _holds(case: Case, finding: QueryFinding, found: list[QueryFinding]) -> bool:
    if finding.mended is None:
        return True
    after = _found(case.of(finding.mended))
    if _count(after)[finding.rule] >= _count(found)[finding.rule]:
        return False
    new = _blocks(after) - _blocks(found)
    return not new


def _count(found: list[QueryFinding]) -> Counter[str]:
    return Counter(finding.rule for finding in found)


def _blocks(found: list[QueryFinding]) -> Counter[str]:
    return Counter(finding.rule for finding in found if finding.weight is Weight.BLOCK)
