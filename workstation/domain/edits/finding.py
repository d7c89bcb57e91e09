"""A finding: which rule is broken, by which line, how far that goes, whence the rule, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Protocol

from workstation.domain.codes import Code, CodeFacts, CodeNote
from workstation.domain.coding import CodingSummary, Line, LineId
from workstation.domain.encounter import Encounter


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
    replacements: tuple[Code, ...] = ()  # codes that would mend it, put in place of the line's own with one key
    overridable: bool = False  # an error that a written rationale turns into a warning
    overridden: bool = False


class Reference(Protocol):
    """What the edits ask of the code book; every answer is for one date of service."""

    def look_up(self, code: Code, on: date) -> CodeFacts: ...

    def notes(self, code: Code, on: date) -> tuple[CodeNote, ...]: ...

    def flags(self, code: Code, on: date) -> frozenset[str]: ...

    def siblings(self, code: Code, on: date) -> tuple[CodeFacts, ...]: ...

    def pair_edit(self, first: Code, second: Code, on: date) -> int | None:
        """NCCI PTP modifier indicator (0 never, 1 with a modifier, 9 no longer) when both are in one pair, in that order."""

    def unit_limit(self, code: Code, on: date) -> tuple[int, int] | None:
        """(most units, MUE adjudication indicator) of the Medically Unlikely Edits."""

    def primaries_of(self, code: Code, on: date) -> tuple[Code, ...] | None:
        """For an add-on code the codes it may accompany, empty for any; None for other codes."""


@dataclass(frozen=True, slots=True)
class Case:
    """One summary under check, on its date of service."""

    summary: CodingSummary
    encounter: Encounter
    reference: Reference
    on: date

    @property
    def diagnoses(self) -> tuple[Line, ...]:
        """In the order they are reported: the principal first."""
        principal = self.summary.principal
        return (*((principal,) if principal else ()), *self.summary.secondary)


def blocks(found: tuple[Finding, ...]) -> bool:
    return any(finding.level is Level.ERROR for finding in found)
