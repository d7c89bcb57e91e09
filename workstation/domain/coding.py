"""The coding summary: diagnoses, POA, procedures, service lines, and the changes a coder makes to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NewType

from workstation.domain.codes import Code
from workstation.domain.encounter import EncounterId, Passage

LineId = NewType("LineId", str)


class PoaIndicator(StrEnum):
    """Present on admission (UB-04 FL 67); never defaulted."""

    YES = "Y"
    NO = "N"
    UNDOCUMENTED = "U"
    UNDETERMINED = "W"
    EXEMPT = "1"


class LineKind(StrEnum):
    DIAGNOSIS = "diagnosis"
    PROCEDURE = "procedure"
    SERVICE = "service"  # CPT and HCPCS lines of an outpatient visit


@dataclass(frozen=True, slots=True)
class Line:
    """One assigned code with what supports it. The first diagnosis is the principal or first-listed one when `has_principal`."""

    id: LineId
    kind: LineKind
    code: Code
    title: str
    poa: PoaIndicator | None = None
    performed_on: date | None = None
    modifiers: tuple[str, ...] = ()
    units: int = 1
    evidence: tuple[Passage, ...] = ()
    rationale: str = ""
    overrides: tuple[str, ...] = ()  # rules of edits set aside, for the reason in `rationale`
    ndc: str = ""  # National Drug Code of a drug line, as written on the package


@dataclass(frozen=True, slots=True)
class CodingSummary:
    """What is reviewed and sent: every line in the coder's order."""

    encounter_id: EncounterId
    principal_id: LineId | None = None
    lines: tuple[Line, ...] = ()
    comment: str = ""
    revision: int = 0  # counts the coder's changes

    @property
    def diagnoses(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind is LineKind.DIAGNOSIS)

    @property
    def principal(self) -> Line | None:
        """The principal (inpatient) or first-listed (outpatient) diagnosis."""
        return next((line for line in self.diagnoses if line.id == self.principal_id), None)

    @property
    def secondary(self) -> tuple[Line, ...]:
        return tuple(line for line in self.diagnoses if line.id != self.principal_id)

    @property
    def procedures(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind is LineKind.PROCEDURE)

    @property
    def services(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind is LineKind.SERVICE)

    def line(self, line_id: LineId) -> Line | None:
        return next((line for line in self.lines if line.id == line_id), None)


def add(summary: CodingSummary, line: Line, *, principal: bool = False) -> CodingSummary:
    """Append a line; as principal it displaces the former one, which stays as a secondary."""
    if principal and line.kind is not LineKind.DIAGNOSIS:
        raise ValueError("only a diagnosis can be principal")
    if not principal:
        return replace(summary, revision=summary.revision + 1, lines=(*summary.lines, line))
    return replace(summary, revision=summary.revision + 1, lines=(line, *summary.lines), principal_id=line.id)


def remove(summary: CodingSummary, line_id: LineId) -> CodingSummary:
    """Take a line away; removing the principal leaves the summary without one."""
    lines = tuple(line for line in summary.lines if line.id != line_id)
    principal_id = None if summary.principal_id == line_id else summary.principal_id
    return replace(summary, revision=summary.revision + 1, lines=lines, principal_id=principal_id)


def make_principal(summary: CodingSummary, line_id: LineId) -> CodingSummary:
    """Make one diagnosis the principal and bring it to the top."""
    chosen = summary.line(line_id)
    if chosen is None or chosen.kind is not LineKind.DIAGNOSIS:
        return summary
    rest = tuple(line for line in summary.lines if line.id != line_id)
    return replace(summary, revision=summary.revision + 1, lines=(chosen, *rest), principal_id=line_id)


def move(summary: CodingSummary, line_id: LineId, by: int) -> CodingSummary:
    """Move a line up (negative) or down among the secondary lines of its own kind."""
    chosen = summary.line(line_id)
    if chosen is None or line_id == summary.principal_id:
        return summary
    peers = [ln for ln in summary.lines if ln.kind is chosen.kind and ln.id != summary.principal_id]
    at = peers.index(chosen)
    to = max(0, min(len(peers) - 1, at + by))
    peers.insert(to, peers.pop(at))
    queue = iter(peers)
    lines = tuple(
        next(queue) if ln.kind is chosen.kind and ln.id != summary.principal_id else ln for ln in summary.lines
    )
    return replace(summary, revision=summary.revision + 1, lines=lines)


def change(summary: CodingSummary, line_id: LineId, edit: Callable[[Line], Line]) -> CodingSummary:
    """Replace one line by what `edit` makes of it."""
    lines = tuple(edit(line) if line.id == line_id else line for line in summary.lines)
    return replace(summary, revision=summary.revision + 1, lines=lines)


def set_poa(summary: CodingSummary, line_id: LineId, poa: PoaIndicator | None) -> CodingSummary:
    return change(summary, line_id, lambda line: replace(line, poa=poa))


def cite(summary: CodingSummary, line_id: LineId, passage: Passage) -> CodingSummary:
    """Add a passage as evidence; the same passage twice counts once."""
    return change(
        summary,
        line_id,
        lambda line: line if passage in line.evidence else replace(line, evidence=(*line.evidence, passage)),
    )


def uncite(summary: CodingSummary, line_id: LineId, passage: Passage) -> CodingSummary:
    return change(
        summary, line_id, lambda line: replace(line, evidence=tuple(p for p in line.evidence if p != passage))
    )


def set_rationale(summary: CodingSummary, line_id: LineId, text: str) -> CodingSummary:
    return change(summary, line_id, lambda line: replace(line, rationale=text))


def override(summary: CodingSummary, line_id: LineId, rules: tuple[str, ...], rationale: str) -> CodingSummary:
    """Set edits aside for one line. Raises ValueError without a rationale."""
    if not rationale.strip():
        raise ValueError("an override needs a rationale")
    return change(
        summary,
        line_id,
        lambda line: replace(line, overrides=tuple(sorted({*line.overrides, *rules})), rationale=rationale.strip()),
    )


def replace_code(summary: CodingSummary, line_id: LineId, code: Code, title: str, *, exempt: bool) -> CodingSummary:
    """Another code in place of a line's own; its evidence and date stay, what was said of the old code goes."""

    def edit(line: Line) -> Line:
        poa = PoaIndicator.EXEMPT if exempt else (None if line.poa is PoaIndicator.EXEMPT else line.poa)
        return replace(line, code=code, title=title, poa=poa, overrides=())

    return change(summary, line_id, edit)


def set_performed_on(summary: CodingSummary, line_id: LineId, on: date | None) -> CodingSummary:
    return change(summary, line_id, lambda line: replace(line, performed_on=on))


def set_comment(summary: CodingSummary, text: str) -> CodingSummary:
    return replace(summary, revision=summary.revision + 1, comment=text)
