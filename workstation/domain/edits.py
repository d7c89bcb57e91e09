"""Findings: where a coding summary breaks a rule, each with its source and a way to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from workstation.domain.codes import Code, CodeFacts, CodeState, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.encounter import DocumentId, Encounter

EDITION = "2026.11"  # stamped on each summary that was checked

LookUp = Callable[[Code, date], CodeFacts]


class Level(IntEnum):
    """How far a finding goes; an error blocks finalize."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule. `line_id` is None when it concerns the whole summary."""

    rule: str
    level: Level
    text: str
    fix: str
    source: str
    line_id: LineId | None = None


def findings(summary: CodingSummary, encounter: Encounter, look_up: LookUp) -> tuple[Finding, ...]:
    """Every rule the summary breaks, errors first, in the order of its lines."""
    found: list[Finding] = []
    if summary.principal is None:
        found.append(_no_principal(encounter))
    on = encounter.service_date
    provider_documents = {d.id for d in encounter.documents if d.author_is_provider}
    seen: dict[Code, LineId] = {}
    for line in summary.lines:
        facts = look_up(line.code, on) if on else None
        if facts is not None:
            found.extend(_validity(line, facts, on))
        if encounter.is_inpatient and line.kind is LineKind.DIAGNOSIS:
            found.extend(_poa(line, facts))
        found.extend(_evidence(line, provider_documents))
        if line.kind is LineKind.PROCEDURE:
            found.extend(_procedure(line, encounter))
        if line.kind is LineKind.DIAGNOSIS and line.code in seen:
            found.append(
                Finding("duplicate", Level.ERROR, f"{line.code} is listed twice.", "Remove one.",
                        "ICD-10-CM Guidelines I.B.12", line.id)
            )  # fmt: skip
        seen.setdefault(line.code, line.id)
    if on is None:
        found.append(
            Finding("service-date", Level.WARNING, "The encounter has no discharge or service date.",
                    "Codes cannot be checked by date until the server sends one.", "45 CFR 162.1002")
        )  # fmt: skip
    return tuple(sorted(found, key=lambda finding: -finding.level))


def blocks(found: tuple[Finding, ...]) -> bool:
    return any(finding.level is Level.ERROR for finding in found)


def _no_principal(encounter: Encounter) -> Finding:
    if encounter.is_inpatient:
        return Finding("no-principal", Level.ERROR, "There is no principal diagnosis.",
                       "Choose the condition established after study to be chiefly responsible.",
                       "UHDDS; ICD-10-CM Guidelines II")  # fmt: skip
    return Finding("no-first-listed", Level.ERROR, "There is no first-listed diagnosis.",
                   "Choose the reason chiefly responsible for the visit.", "ICD-10-CM Guidelines IV")  # fmt: skip


def _validity(line: Line, facts: CodeFacts, on: date | None) -> list[Finding]:
    code, source = line.code, "45 CFR 162.1002"
    if facts.state is CodeState.RETIRED:
        after = ", ".join(str(successor) for successor in facts.successors)
        fix = f"Use {after}." if after else "Search for what replaced it."
        return [Finding("retired", Level.ERROR, f"{code} was retired on {facts.valid_to}; the service is of {on}.",
                        fix, source, line.id)]  # fmt: skip
    if facts.state is CodeState.NOT_YET:
        return [Finding("not-yet", Level.ERROR, f"{code} is valid from {facts.valid_from}; the service is of {on}.",
                        "Use the code in force on the date of service.", source, line.id)]  # fmt: skip
    if facts.state is CodeState.HEADER:
        return [Finding("header", Level.ERROR, f"{code} is a category and needs more characters.",
                        "Choose one of the codes below it.", "ICD-10-CM Guidelines I.B.2", line.id)]  # fmt: skip
    if facts.state is CodeState.UNKNOWN:
        return [Finding("unknown", Level.ERROR, f"{code} is in no {code.system} release held here.",
                        "Check the characters, or search by words.", source, line.id)]  # fmt: skip
    return []


def _poa(line: Line, facts: CodeFacts | None) -> list[Finding]:
    source = "ICD-10-CM Guidelines, Appendix I"
    exempt = facts is not None and facts.poa_exempt
    if exempt and line.poa not in (None, PoaIndicator.EXEMPT):
        return [Finding("poa-exempt", Level.ERROR, f"{line.code} is exempt from POA reporting.",
                        "Mark it exempt.", source, line.id)]  # fmt: skip
    if not exempt and line.poa is PoaIndicator.EXEMPT:
        return [Finding("poa-not-exempt", Level.ERROR, f"{line.code} is not exempt from POA reporting.",
                        "Choose Y, N, U or W.", source, line.id)]  # fmt: skip
    if not exempt and line.poa is None:
        return [Finding("poa-missing", Level.ERROR, f"{line.code} has no POA indicator.",
                        "Choose Y, N, U or W.", source, line.id)]  # fmt: skip
    return []


def _evidence(line: Line, provider_documents: set[DocumentId]) -> list[Finding]:
    if not line.evidence:
        return [Finding("no-evidence", Level.WARNING, f"{line.code} cites no passage of the chart.",
                        "Mark the words and press E.", "AHIMA Standards of Ethical Coding 1",
                        line.id)]  # fmt: skip
    if line.kind is LineKind.DIAGNOSIS and not any(p.document_id in provider_documents for p in line.evidence):
        return [Finding("evidence-author", Level.WARNING, f"{line.code} rests on words no provider wrote.",
                        "Cite a provider's documentation, or write why this is enough.",
                        "ICD-10-CM Guidelines I.B.14", line.id)]  # fmt: skip
    return []


def _procedure(line: Line, encounter: Encounter) -> list[Finding]:
    if line.performed_on is None:
        return [Finding("procedure-date", Level.ERROR, f"{line.code} has no date.", "Enter the day it was performed.",
                        "UHDDS; UB-04 FL 74", line.id)]  # fmt: skip
    first = encounter.admitted_at.date() if encounter.admitted_at else None
    last = encounter.discharged_at.date() if encounter.discharged_at else None
    # three days before admission still belong to the stay (the three-day payment window)
    if (first and (first - line.performed_on).days > 3) or (last and line.performed_on > last):
        return [Finding("procedure-date", Level.ERROR, f"{line.code} is dated outside the stay.",
                        "Correct its date.", "42 CFR 412.2(c)(5)", line.id)]  # fmt: skip
    if encounter.is_inpatient and line.code.system is not CodeSystem.ICD10PCS:
        return [Finding("procedure-system", Level.ERROR, f"{line.code} is not an ICD-10-PCS code.",
                        "Inpatient procedures are coded in ICD-10-PCS.", "45 CFR 162.1002(c)(3)", line.id)]  # fmt: skip
    return []
