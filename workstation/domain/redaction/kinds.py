"""What can identify a person in a text (45 CFR 164.514(b)(2)(i)) and what stands in its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Identifier(StrEnum):
    """The kinds that are removed; the letter is the paragraph of 45 CFR 164.514(b)(2)(i)."""

    NAME = "NAME"  # (A) the patient's
    RELATIVE = "RELATIVE"  # (A) relatives, household members: "the individual or relatives, employers, or household"
    PROVIDER = "PROVIDER"  # not of the patient, but it leads to the patient
    FACILITY = "FACILITY"  # (B) a place smaller than a state
    EMPLOYER = "EMPLOYER"  # (A) employers are named in the rule itself
    ADDRESS = "ADDRESS"  # (B)
    CITY = "CITY"  # (B)
    ZIP = "ZIP"  # (B) three digits may stay, see zip3
    DATE = "DATE"  # (C) the year may stay
    AGE = "AGE"  # (C) over 89
    PHONE = "PHONE"  # (D)
    FAX = "FAX"  # (E)
    EMAIL = "EMAIL"  # (F)
    SSN = "SSN"  # (G)
    MRN = "MRN"  # (H)
    PLAN = "PLAN"  # (I) health plan beneficiary number
    ACCOUNT = "ACCOUNT"  # (J)
    LICENSE = "LICENSE"  # (K) certificate or licence
    VEHICLE = "VEHICLE"  # (L) with plates
    DEVICE = "DEVICE"  # (M) with serial numbers
    URL = "URL"  # (N)
    IP = "IP"  # (O)
    BIOMETRIC = "BIOMETRIC"  # (P)
    PHOTO = "PHOTO"  # (Q)
    OTHER = "ID"  # (R) any other unique number, characteristic or code
    ADDED = "REMOVED"  # what the coder took out by hand

    @property
    def placeholder(self) -> str:
        return f"[{self.value}]"


class Profile(StrEnum):
    """Two purposes, two rules, never one."""

    QUERY = "query"  # minimum necessary, 45 CFR 164.502(b): clinical dates stay, the provider must be able to answer
    TEACHING = "teaching"  # Safe Harbor, 45 CFR 164.514(b)(2)


@dataclass(frozen=True, slots=True)
class DateRule:
    """What stands in place of a date in the teaching profile.

    None: its year alone (or nothing where it has none). A number: the date moved by so many days, the same for all of
    a chart; the caller draws the number, keeps it apart from the copy and never sends it.
    """

    shift_days: int | None = None


YEAR_ONLY = DateRule()


@dataclass(frozen=True, slots=True)
class Removal:
    """One span of the source that goes: `text[start:end]`."""

    start: int
    end: int
    kind: Identifier
    why: str  # a short human sentence: follows “Dr.”
    shown: str  # what stands there instead


@dataclass(frozen=True, slots=True)
class Unsure:
    """One span of the source a coder has to say yes or no to before anything leaves."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what identifies someone; removals and doubts are offsets into the source."""

    text: str
    removals: tuple[Removal, ...]
    unsure: tuple[Unsure, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A finder's word that a span identifies someone; overlapping claims become one removal."""

    start: int
    end: int
    kind: Identifier
    why: str
    known: bool = False  # from this patient's demographics: can never be taken back
