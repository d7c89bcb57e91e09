"""Codes and code systems: the canonical form of a code and what shape it must have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from workstation.errors import InvalidCode


class CodeSystem(StrEnum):
    """The code sets a coder assigns from (45 CFR 162.1002)."""

    ICD10CM = "ICD-10-CM"
    ICD10PCS = "ICD-10-PCS"
    CPT = "CPT"
    HCPCS = "HCPCS"


_SHAPES: dict[CodeSystem, re.Pattern[str]] = {
    CodeSystem.ICD10CM: re.compile(r"[A-Z][0-9A][0-9A-Z](\.[0-9A-Z]{1,4})?"),
    CodeSystem.ICD10PCS: re.compile(r"[0-9A-HJ-NP-Z]{7}"),
    CodeSystem.CPT: re.compile(r"[0-9]{5}|[0-9]{4}[FTUM]"),
    CodeSystem.HCPCS: re.compile(r"[A-V][0-9]{4}"),
}


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """One code in its canonical form: upper case, ICD-10-CM with its dot."""

    system: CodeSystem
    value: str

    @classmethod
    def parse(cls, system: CodeSystem, text: str) -> Code:
        """Read a code as people type it (`i5033`, ` I50.33 `). Raises InvalidCode when the shape is wrong."""
        value = "".join(text.split()).upper()
        if system is CodeSystem.ICD10CM:
            bare = value.replace(".", "")
            value = f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare
        if not _SHAPES[system].fullmatch(value):
            raise InvalidCode(system.value)
        return cls(system, value)

    @property
    def bare(self) -> str:
        """The code without its dot, as CMS files write it."""
        return self.value.replace(".", "")

    def __str__(self) -> str:
        return self.value


class CodeState(Enum):
    """What a code is on one date of service."""

    VALID = "valid"
    HEADER = "header"  # a category: needs more characters
    RETIRED = "retired"
    NOT_YET = "not yet in force"
    UNKNOWN = "unknown"
    OPAQUE = "accepted by its shape"  # CPT and CDT: the licensee's file is not here


class Severity(StrEnum):
    """Effect of a secondary diagnosis on the MS-DRG."""

    NONE = ""
    CC = "CC"
    MCC = "MCC"


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What the code book says of one code on one date."""

    code: Code
    state: CodeState
    title: str = ""
    valid_from: date | None = None
    valid_to: date | None = None  # the last day, None while in force
    severity: Severity = Severity.NONE
    poa_exempt: bool = False
    successors: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """One answer of a search: the code, its title, and the words that brought it."""

    code: Code
    title: str
    billable: bool
    why: str = ""  # "synonym: chf", "inclusion term: ...", "" when the title itself matched


@dataclass(frozen=True, slots=True)
class ProcedureTable:
    """One ICD-10-PCS table: the first three characters of its codes and what they mean."""

    prefix: str
    operation: str
    body_system: str
    definition: str  # of the root operation


@dataclass(frozen=True, slots=True)
class AxisOption:
    """One value a PCS axis may take after those chosen before it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CodeNote:
    """One instructional note of the Tabular List, own or inherited from `from_code`."""

    kind: str  # includes, inclusion term, excludes1, excludes2, code first, use additional, code also, 7th character
    text: str
    from_code: str
    codes: tuple[str, ...] = ()  # the codes and ranges it names, as printed
