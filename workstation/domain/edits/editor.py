"""The Medicare Code Editor's edits, each with its culprit; and two soft warnings of our own.

The editor CMS publishes says that an edit fired and not which code did it. These read the same flags of the same
tables code by code. The sex conflict is ours: CMS ended its own for discharges from October 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from workstation.domain.coding import Line, LineId
from workstation.domain.edits.finding import Case, Finding, Level
from workstation.domain.grouping import age_at

_MCE = "Definitions of Medicare Code Edits"
_AGES = {  # flag: (what it is, first year, last year)
    "newborn": ("a newborn", 0, 0),
    "pediatric": ("a child", 0, 17),
    "maternity": ("someone pregnant", 9, 64),
    "adult": ("an adult", 15, 124),
}
_SEX_EDIT_ENDED = date(2024, 9, 30)
_LEAST_DAYS = 4  # more than 96 hours of ventilation cannot fit a shorter stay


def rules(case: Case) -> Iterator[Finding]:
    principal = case.summary.principal
    if principal is not None:
        yield from _principal(case, principal)
    for line in case.diagnoses:
        yield from _person(case, line)
        if case.encounter.is_inpatient and "wrngproc" in case.reference.flags(line.code, case.on):
            yield Finding("wrong-procedure", Level.ERROR, f"{line.code} reports a wrong procedure.",
                          "Such a claim is not paid: confirm with your lead, and write why it stands.",
                          f"{_MCE}: wrong procedure performed; CMS NCD 140.6 to 140.8", line.id,
                          overridable=True)  # fmt: skip
    for line in case.summary.procedures:
        yield from _procedure(case, line)
        yield from _person(case, line)


def _principal(case: Case, line: Line) -> Iterator[Finding]:
    flags = case.reference.flags(line.code, case.on)
    what = "the principal diagnosis" if case.encounter.is_inpatient else "first-listed"
    if "manifestation" in flags:
        yield Finding("manifestation-principal", Level.ERROR, f"{line.code} is a manifestation and cannot be {what}.",
                      "Put the underlying disease first.", f"{_MCE}: manifestation code as principal diagnosis; "
                      "ICD-10-CM Guidelines I.A.13", line.id)  # fmt: skip
    if "ecodepdx" in flags:
        yield Finding("external-cause-principal", Level.ERROR, f"{line.code} is an external cause and cannot be {what}.",
                      "Put the injury or condition first.", f"{_MCE}: E-code as principal diagnosis; "
                      "ICD-10-CM Guidelines I.C.20.a", line.id)  # fmt: skip
    if not case.encounter.is_inpatient:
        return
    if "unacceptable" in flags and not ("reqsdx" in flags and case.summary.secondary):
        fix = (
            "Add the secondary diagnosis it needs."
            if "reqsdx" in flags
            else "Choose the condition that brought the patient in."
        )
        yield Finding("unacceptable-principal", Level.ERROR, f"{line.code} is not accepted as principal diagnosis.",
                      fix, f"{_MCE}: unacceptable principal diagnosis", line.id)  # fmt: skip
    if "qadm" in flags:
        yield Finding("questionable-admission", Level.WARNING, f"{line.code} alone seldom justifies an admission.",
                      "See whether the chart supports a more specific reason.", f"{_MCE}: questionable admission",
                      line.id)  # fmt: skip


def _person(case: Case, line: Line) -> Iterator[Finding]:
    flags = case.reference.flags(line.code, case.on)
    patient, admitted = case.encounter.patient, case.encounter.admitted_at
    if patient.birth_date is not None:
        age = age_at(patient.birth_date, admitted.date() if admitted else case.on)
        for flag, (whom, first, last) in _AGES.items():
            if flag in flags and not first <= age <= last:
                yield Finding("age-conflict", Level.ERROR, f"{line.code} is for {whom}; the patient is {age}.",
                              "Check the code and the patient's birth date, or write why it stands.",
                              f"{_MCE}: age conflict ({first} to {last} years)", line.id, overridable=True)  # fmt: skip
    other = {"male": "female", "female": "male"}.get(patient.sex)
    marked = case.reference.flags(line.code, min(case.on, _SEX_EDIT_ENDED))
    if other in marked and patient.sex not in marked:
        yield Finding("sex-conflict", Level.WARNING, f"{line.code} is usually for {other} patients.",
                      "See that this is the right chart and the right code. This is our own check, not a CMS edit.",
                      "Coder Workstation; CMS ended its sex edit for discharges from 2024-10-01", line.id)  # fmt: skip


def _procedure(case: Case, line: Line) -> Iterator[Finding]:
    if not case.encounter.is_inpatient:
        return
    flags = case.reference.flags(line.code, case.on)
    if "noncovered" in flags:
        yield Finding("non-covered", Level.WARNING, f"{line.code} is not covered by Medicare.",
                      "Check the payer and the record before you hand in.", f"{_MCE}: non-covered procedure",
                      line.id)  # fmt: skip
    if "ncov_z302" in flags and (cause := _flagged(case, "ncov_z302")):
        yield Finding("non-covered", Level.WARNING, f"{line.code} for sterilization ({cause}) is not covered by Medicare.",
                      "Check the payer, and whether it was done for another reason.",
                      f"{_MCE}: non-covered procedure", line.id)  # fmt: skip
    if any(flag.startswith("lcov") for flag in flags):
        yield Finding("limited-coverage", Level.WARNING, f"{line.code} is covered only under conditions.",
                      "See that the record meets the national coverage determination.",
                      f"{_MCE}: limited coverage procedure", line.id)  # fmt: skip
    days = _days(case)
    if "los" in flags and days is not None and days < _LEAST_DAYS:
        yield Finding("length-of-stay", Level.ERROR,
                      f"{line.code} is more than 96 hours of ventilation; the stay was {days} days.",
                      "Count the hours again and choose the code for them.",
                      f"{_MCE}: procedure inconsistent with length of stay", line.id)  # fmt: skip


def _flagged(case: Case, flag: str) -> LineId | str:
    """The diagnosis that carries a flag, by its code."""
    return next((str(line.code) for line in case.diagnoses if flag in case.reference.flags(line.code, case.on)), "")


def _days(case: Case) -> int | None:
    first, last = case.encounter.admitted_at, case.encounter.discharged_at
    return (last.date() - first.date()).days if first and last else None
