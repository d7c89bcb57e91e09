"""The working MS-DRG: what a stay groups to, what each secondary diagnosis does to it, and what might be principal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from workstation.domain.codes import Code, CodeSystem, Severity
from workstation.domain.coding import CodingSummary, LineId, PoaIndicator
from workstation.domain.encounter import Encounter

EARLIEST = date(2022, 10, 1)  # v40.0: the first version the grouper knows


class DrgType(StrEnum):
    """As CMS Table 5 prints it."""

    MEDICAL = "Medical"
    SURGICAL = "Surgical"
    NONE = ""  # ungroupable


@dataclass(frozen=True, slots=True)
class GroupedDiagnosis:
    """A diagnosis as the grouper takes it."""

    line_id: LineId
    code: Code
    poa: PoaIndicator | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """All the grouper may know: no name, no number, no day but that of discharge."""

    discharged_on: date
    age: int  # whole years at admission
    sex: str  # FHIR administrative-gender
    discharge_status: int  # NUBC FL 17
    principal: GroupedDiagnosis
    secondary: tuple[GroupedDiagnosis, ...] = ()
    procedures: tuple[Code, ...] = ()

    def with_principal(self, line_id: LineId) -> Stay:
        """The same stay, had another of its diagnoses been chosen; the former one follows as secondary."""
        chosen = next(d for d in self.secondary if d.line_id == line_id)
        rest = tuple(d for d in self.secondary if d.line_id != line_id)
        return replace(self, principal=chosen, secondary=(self.principal, *rest))

    def without(self, line_id: LineId) -> Stay:
        return replace(self, secondary=tuple(d for d in self.secondary if d.line_id != line_id))


@dataclass(frozen=True, slots=True)
class Drg:
    """One MS-DRG of one version. Weight and mean stay (days) only where CMS Table 5 was imported."""

    number: int
    title: str
    mdc: int
    mdc_title: str
    kind: DrgType = DrgType.NONE
    weight: float | None = None
    mean_stay: float | None = None  # geometric mean, days


class Part(StrEnum):
    """What a secondary diagnosis does to the DRG."""

    DECIDES = "decides"  # without it the stay groups elsewhere
    COUNTS = "counts"  # its CC or MCC counts, as another's does
    EXCLUDED = "excluded"  # CC exclusion: too close to the principal diagnosis
    HAC = "not counted: hospital-acquired"
    NOTHING = "no effect"


@dataclass(frozen=True, slots=True)
class Contribution:
    line_id: LineId
    severity: Severity
    part: Part
    drg_without: int | None = None  # where it decides
    hacs: tuple[str, ...] = ()  # the HAC categories it falls under

    def __str__(self) -> str:
        if self.part is Part.DECIDES:
            what = f"{self.severity}, " if self.severity else ""
            return f"{what}decides: DRG {self.drg_without} without it"
        if self.part is Part.COUNTS:
            return f"{self.severity} counts, and so does another"
        if self.part is Part.EXCLUDED:
            return f"{self.severity} excluded by the principal diagnosis"
        if self.part is Part.HAC:
            return f"{self.severity} not counted: {', '.join(self.hacs)}, not present on admission"
        return "no effect on the DRG"


@dataclass(frozen=True, slots=True)
class Grouping:
    """What the stay groups to, with the grouper's version (440 is v44.0)."""

    version: int
    drg: Drg
    severity: Severity  # of the secondary diagnoses that count
    before_hacs: int  # the DRG, were hospital-acquired conditions counted
    contributions: tuple[Contribution, ...] = ()
    trouble: str = ""  # why it cannot be grouped, in words

    @property
    def version_name(self) -> str:
        return f"v{self.version // 10}.{self.version % 10}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """The DRG, were another diagnosis principal."""

    line_id: LineId
    drg: Drg


class GroupsStays(Protocol):
    """A grouper; the one that is shipped may be exchanged for another."""

    def group(self, stay: Stay) -> Grouping: ...

    def alternatives(self, stay: Stay) -> tuple[Alternative, ...]: ...


def age_at(born: date, on: date) -> int:
    """Whole years; 0 before the first birthday."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def stay_of(summary: CodingSummary, encounter: Encounter) -> Stay | str:
    """What the grouper is asked, or in words what it still lacks."""
    if not encounter.is_inpatient:
        return "Only inpatient stays group to an MS-DRG."
    if encounter.discharged_at is None or encounter.admitted_at is None:
        return "The stay groups once the server sends its days of admission and discharge."
    if summary.principal is None:
        return "Choose the principal diagnosis to see the working DRG."
    if encounter.patient.birth_date is None:
        return "The birth date is missing: the stay cannot be grouped."
    discharged_on = encounter.discharged_at.date()
    if discharged_on < EARLIEST:
        return "Grouped from discharges of October 2022 on."
    status = encounter.disposition.strip()
    if not status.isdigit():
        return "The discharge disposition is missing: the stay cannot be grouped."

    def taken(line_id: LineId, code: Code, poa: PoaIndicator | None) -> GroupedDiagnosis:
        return GroupedDiagnosis(line_id, code, poa)

    principal = summary.principal
    return Stay(
        discharged_on=discharged_on,
        age=age_at(encounter.patient.birth_date, encounter.admitted_at.date()),
        sex=encounter.patient.sex,
        discharge_status=int(status),
        principal=taken(principal.id, principal.code, principal.poa),
        secondary=tuple(taken(ln.id, ln.code, ln.poa) for ln in summary.secondary),
        procedures=tuple(ln.code for ln in summary.procedures if ln.code.system is CodeSystem.ICD10PCS),
    )
