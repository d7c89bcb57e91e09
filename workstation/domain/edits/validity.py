"""Is each code a code on the day, is it complete, has it its POA indicator, its date, its evidence?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from workstation.domain.codes import Code, CodeFacts, CodeState, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.edits.finding import Case, Finding, Level
from workstation.domain.encounter import DocumentId, Encounter

_STANDARD = "45 CFR 162.1002"
_POA = "ICD-10-CM Guidelines, Appendix I"


def whole(summary: CodingSummary, encounter: Encounter) -> Iterator[Finding]:
    """What concerns no one line."""
    if summary.principal is None and encounter.is_inpatient:
        yield Finding("no-principal", Level.ERROR, "There is no principal diagnosis.",
                      "Choose the condition established after study to be chiefly responsible.",
                      "UHDDS; ICD-10-CM Guidelines II")  # fmt: skip
    elif summary.principal is None:
        yield Finding("no-first-listed", Level.ERROR, "There is no first-listed diagnosis.",
                      "Choose the reason chiefly responsible for the visit.", "ICD-10-CM Guidelines IV")  # fmt: skip
    if encounter.service_date is None:
        yield Finding("service-date", Level.WARNING, "The encounter has no discharge or service date.",
                      "Codes cannot be checked by date until the server sends one.", _STANDARD)  # fmt: skip
        for line in summary.lines:  # what needs no date is said all the same
            yield from _evidence(line, {d.id for d in encounter.documents if d.author_is_provider})


def rules(case: Case) -> Iterator[Finding]:
    encounter = case.encounter
    provider_documents = {d.id for d in encounter.documents if d.author_is_provider}
    seen: dict[Code, LineId] = {}
    for line in case.summary.lines:
        facts = case.reference.look_up(line.code, case.on)
        yield from _state(case, line, facts)
        if encounter.is_inpatient and line.kind is LineKind.DIAGNOSIS:
            yield from _poa(line, facts)
        yield from _evidence(line, provider_documents)
        if line.kind is LineKind.PROCEDURE:
            yield from _procedure(line, encounter)
        if line.kind is LineKind.DIAGNOSIS and line.code in seen:
            yield Finding("duplicate", Level.ERROR, f"{line.code} is listed twice.", "Remove one.",
                          "ICD-10-CM Guidelines I.B.12", line.id)  # fmt: skip
        seen.setdefault(line.code, line.id)


def _state(case: Case, line: Line, facts: CodeFacts) -> Iterator[Finding]:
    code, on = line.code, case.on
    if facts.state is CodeState.RETIRED or (facts.state is CodeState.HEADER and facts.valid_to is not None):
        after = ", ".join(str(successor) for successor in facts.successors)
        fix = f"Use {after}." if after else "Search for what replaced it."
        yield Finding("retired", Level.ERROR, f"{code} was retired on {facts.valid_to}; the service is of {on}.",
                      fix, _STANDARD, line.id, facts.successors)  # fmt: skip
    elif facts.state is CodeState.NOT_YET:
        yield Finding("not-yet", Level.ERROR, f"{code} is valid from {facts.valid_from}; the service is of {on}.",
                      "Use the code in force on the date of service.", _STANDARD, line.id)  # fmt: skip
    elif facts.state is CodeState.HEADER:
        yield _header(case, line)
    elif facts.state is CodeState.UNKNOWN:
        yield Finding("unknown", Level.ERROR, f"{code} is in no {code.system} release held here.",
                      "Check the characters, or search by words. Codes of your own making cannot be billed.",
                      _STANDARD, line.id)  # fmt: skip
    elif facts.state is CodeState.OPAQUE and code.system is CodeSystem.HCPCS and code.value[0] != "D":
        yield Finding("not-held", Level.WARNING, f"{code} is not among the HCPCS codes held here.",
                      "Check it against your source; IT can import the current HCPCS file.", _STANDARD,
                      line.id)  # fmt: skip


def _header(case: Case, line: Line) -> Finding:
    notes = case.reference.notes(line.code, case.on)
    sevenths = [n.text for n in notes if n.kind == "7th character" and n.text[1:2] == ":"]
    if sevenths:
        below = case.reference.look_up(_with_seventh(line.code, sevenths[0][0]), case.on)
        if below.state is CodeState.VALID:
            offered = tuple(_with_seventh(line.code, text[0]) for text in sevenths)
            offered = tuple(c for c in offered if case.reference.look_up(c, case.on).state is CodeState.VALID)
            return Finding("seventh-character", Level.ERROR, f"{line.code} needs a 7th character.",
                           "; ".join(sevenths[:3]) + ".", "ICD-10-CM Guidelines I.A.5", line.id, offered)  # fmt: skip
    return Finding("header", Level.ERROR, f"{line.code} is a category and needs more characters.",
                   "Choose one of the codes below it.", "ICD-10-CM Guidelines I.B.2", line.id)  # fmt: skip


def _with_seventh(code: Code, character: str) -> Code:
    """The code padded with X to six characters and closed by its 7th (Guidelines I.A.4 and 5)."""
    return Code.parse(CodeSystem.ICD10CM, code.bare[:6].ljust(6, "X") + character)


def _poa(line: Line, facts: CodeFacts) -> Iterator[Finding]:
    exempt = facts.poa_exempt
    if exempt and line.poa not in (None, PoaIndicator.EXEMPT):
        yield Finding("poa-exempt", Level.ERROR, f"{line.code} is exempt from POA reporting.",
                      "Mark it exempt.", _POA, line.id)  # fmt: skip
    if not exempt and line.poa is PoaIndicator.EXEMPT:
        yield Finding("poa-not-exempt", Level.ERROR, f"{line.code} is not exempt from POA reporting.",
                      "Choose Y, N, U or W.", _POA, line.id)  # fmt: skip
    if not exempt and line.poa is None:
        yield Finding("poa-missing", Level.ERROR, f"{line.code} has no POA indicator.",
                      "Choose Y, N, U or W.", _POA, line.id)  # fmt: skip


def _evidence(line: Line, provider_documents: set[DocumentId]) -> Iterator[Finding]:
    if not line.evidence:
        yield Finding("no-evidence", Level.WARNING, f"{line.code} cites no passage of the chart.",
                      "Mark the words and press E.", "AHIMA Standards of Ethical Coding 1", line.id)  # fmt: skip
    elif line.kind is LineKind.DIAGNOSIS and not any(p.document_id in provider_documents for p in line.evidence):
        yield Finding("evidence-author", Level.WARNING, f"{line.code} rests on words no provider wrote.",
                      "Cite a provider's documentation, or write why this is enough.",
                      "ICD-10-CM Guidelines I.B.14", line.id)  # fmt: skip


def _procedure(line: Line, encounter: Encounter) -> Iterator[Finding]:
    if line.performed_on is None:
        yield Finding("procedure-date", Level.ERROR, f"{line.code} has no date.",
                      "Enter the day it was performed.", "UHDDS; UB-04 FL 74", line.id)  # fmt: skip
        return
    first = encounter.admitted_at.date() if encounter.admitted_at else None
    last = encounter.discharged_at.date() if encounter.discharged_at else None
    if _outside(line.performed_on, first, last):
        yield Finding("procedure-date", Level.ERROR, f"{line.code} is dated outside the stay.",
                      "Correct its date.", "42 CFR 412.2(c)(5)", line.id)  # fmt: skip
    if encounter.is_inpatient and line.code.system is not CodeSystem.ICD10PCS:
        yield Finding("procedure-system", Level.ERROR, f"{line.code} is not an ICD-10-PCS code.",
                      "Inpatient procedures are coded in ICD-10-PCS.", "45 CFR 162.1002(c)(3)", line.id)  # fmt: skip


def _outside(day: date, first: date | None, last: date | None) -> bool:
    """Three days before admission still belong to the stay (the three-day payment window)."""
    return bool((first and (first - day).days > 3) or (last and day > last))
