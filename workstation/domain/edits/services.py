"""Outpatient service lines: modifiers, units, NCCI procedure pairs, add-on codes, and National Drug Codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from workstation.domain.codes import CodeSystem
from workstation.domain.coding import Line
from workstation.domain.edits.finding import Case, Finding, Level
from workstation.domain.ndc import BadNdc, billing_form

_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_MOST_MODIFIERS = 4  # CMS-1500 item 24D, UB-04 FL 44
_MOST_UNITS = 9_999
_NCCI = "Medicare NCCI Policy Manual"
_DISTINCT = frozenset({"XE", "XP", "XS", "XU"})
# Modifiers that may set a pair edit aside (NCCI Policy Manual, chapter I, E.1).
_UNBUNDLING = (
    _DISTINCT
    | {"24", "25", "27", "57", "58", "59", "78", "79", "91", "LT", "RT", "LC", "LD", "RC", "LM", "RI"}
    | {f"E{n}" for n in range(1, 5)}
    | {f"{side}{n}" for side in "FT" for n in "A123456789"}
)


def rules(case: Case) -> Iterator[Finding]:
    for line in case.summary.services:
        yield from _modifiers(line)
        yield from _units(case, line)
        yield from _drug(line)
        yield from _add_on(case, line)
    for first, second in permutations(case.summary.services, 2):
        yield from _pair(case, first, second)


def _modifiers(line: Line) -> Iterator[Finding]:
    source = "HCPCS Level II modifiers; CMS-1500 item 24D"
    bad = [m for m in line.modifiers if not _MODIFIER.fullmatch(m)]
    if bad:
        yield Finding("modifier", Level.ERROR, f"{line.code}: {bad[0]!r} is not a modifier.",
                      "A modifier is two letters or digits.", source, line.id)  # fmt: skip
    if len(set(line.modifiers)) < len(line.modifiers):
        yield Finding("modifier", Level.ERROR, f"{line.code} has a modifier twice.", "Remove one.", source,
                      line.id)  # fmt: skip
    if len(line.modifiers) > _MOST_MODIFIERS:
        yield Finding("modifier", Level.ERROR, f"{line.code} has more than {_MOST_MODIFIERS} modifiers.",
                      "Keep those that affect payment first; use 99 where the payer takes it.", source,
                      line.id)  # fmt: skip
    if {"LT", "RT"} <= set(line.modifiers) or ("50" in line.modifiers and {"LT", "RT"} & set(line.modifiers)):
        yield Finding("modifier-sides", Level.ERROR, f"{line.code} is marked for both sides twice over.",
                      "Use 50, or one line for each side.", source, line.id)  # fmt: skip
    if "59" in line.modifiers and _DISTINCT & set(line.modifiers):
        yield Finding("modifier-59", Level.ERROR, f"{line.code} has 59 beside one of XE, XP, XS, XU.",
                      "Use the more specific one alone.", f"{_NCCI}, chapter I, E.1", line.id)  # fmt: skip
    elif "59" in line.modifiers:
        yield Finding("modifier-59", Level.WARNING, f"{line.code} has modifier 59.",
                      "Use XE, XP, XS or XU where one of them says why the service is distinct.",
                      f"{_NCCI}, chapter I, E.1", line.id)  # fmt: skip


def _units(case: Case, line: Line) -> Iterator[Finding]:
    if not 1 <= line.units <= _MOST_UNITS:
        yield Finding("units", Level.ERROR, f"{line.code} has {line.units} units.", "Enter 1 or more.",
                      "UB-04 FL 46", line.id)  # fmt: skip
    limit = case.reference.unit_limit(line.code, case.on)
    if limit is not None and line.units > limit[0]:
        most, indicator = limit
        never = indicator == 2
        yield Finding("mue", Level.ERROR if never else Level.WARNING,
                      f"{line.code} has {line.units} units; {most} is the most Medicare expects on a day.",
                      "Correct the units." if never else "Correct the units, or see that the record supports them.",
                      f"{_NCCI}: MUE, adjudication indicator {indicator}", line.id)  # fmt: skip


def _drug(line: Line) -> Iterator[Finding]:
    if line.ndc:
        try:
            billing_form(line.ndc)
        except BadNdc as trouble:
            yield Finding("ndc", Level.ERROR, f"{line.code}: {trouble.what}", trouble.remedy,
                          "21 CFR 207.33; 45 CFR 162.1002", line.id)  # fmt: skip
    elif line.code.system is CodeSystem.HCPCS and line.code.value.startswith("J"):
        yield Finding("ndc", Level.INFORMATION, f"{line.code} is a drug without its National Drug Code.",
                      "Medicaid and many other payers ask for it.", "Deficit Reduction Act of 2005, section 6002",
                      line.id)  # fmt: skip


def _add_on(case: Case, line: Line) -> Iterator[Finding]:
    primaries = case.reference.primaries_of(line.code, case.on)
    if primaries is None:
        return
    others = {other.code for other in case.summary.services if other is not line}
    if not others or (primaries and not others & set(primaries)):
        yield Finding("add-on", Level.ERROR, f"{line.code} is an add-on code without its primary procedure.",
                      "Add the primary procedure, or remove it.", f"{_NCCI}, chapter I, R", line.id,
                      primaries[:4])  # fmt: skip


def _pair(case: Case, first: Line, second: Line) -> Iterator[Finding]:
    indicator = case.reference.pair_edit(first.code, second.code, case.on)
    if indicator is None or indicator == 9:
        return
    if indicator == 0:
        yield Finding("ncci-pair", Level.ERROR, f"{second.code} is part of {first.code} and never reported with it.",
                      f"Remove {second.code}.", f"{_NCCI}: PTP, modifier indicator 0", second.id)  # fmt: skip
    elif not _UNBUNDLING & {*first.modifiers, *second.modifiers}:
        yield Finding("ncci-pair", Level.ERROR, f"{second.code} is part of {first.code}.",
                      f"Remove {second.code}, or add the modifier the record supports.",
                      f"{_NCCI}: PTP, modifier indicator 1", second.id)  # fmt: skip
