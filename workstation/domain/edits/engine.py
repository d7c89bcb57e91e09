"""Runs every rule, raises levels as policy asks, and lets a written rationale stand against what may be overridden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from workstation.domain.coding import CodingSummary, Line
from workstation.domain.edits import editor, identity, instructions, services, specificity, validity
from workstation.domain.edits.finding import Case, Finding, Level, Reference
from workstation.domain.encounter import Encounter

EDITION = "2026.12"  # stamped on each summary that was checked

_PACKS = (validity.rules, editor.rules, instructions.rules, specificity.rules, services.rules)


def findings(
    summary: CodingSummary,
    encounter: Encounter,
    reference: Reference,
    raised: Mapping[str, Level] | None = None,
) -> tuple[Finding, ...]:
    """Every rule the summary breaks, errors first, in the order of its lines.

    `raised` is policy: rule to level. It can raise a rule and never lower one.
    """
    found = [*validity.whole(summary, encounter), *identity.whole(summary, encounter)]
    on = encounter.service_date
    if on is not None:
        case = Case(summary, encounter, reference, on)
        found.extend(finding for pack in _PACKS for finding in pack(case))
    lines = {line.id: line for line in summary.lines}
    place = {line.id: at for at, line in enumerate(summary.lines)}
    settled = [
        _overridden(_raised(finding, raised or {}), lines.get(finding.line_id) if finding.line_id else None)
        for finding in _once(found)
    ]
    return tuple(sorted(settled, key=lambda f: (-f.level, place.get(f.line_id, -1) if f.line_id else -1)))


def _once(found: list[Finding]) -> Iterator[Finding]:
    seen: set[Finding] = set()
    for finding in found:
        if finding not in seen:
            seen.add(finding)
            yield finding


def _raised(finding: Finding, raised: Mapping[str, Level]) -> Finding:
    level = raised.get(finding.rule, finding.level)
    return replace(finding, level=level) if level > finding.level else finding


def _overridden(finding: Finding, line: Line | None) -> Finding:
    if line is None or not finding.overridable or finding.level is not Level.ERROR:
        return finding
    if finding.rule in line.overrides and line.rationale.strip():
        return replace(finding, level=Level.WARNING, overridden=True, fix="Overridden with your rationale.")
    return finding
