"""HL7 version 2 segments pasted into a note: what each field of PID, NK1, PV1 ... holds is known by its place."""

from __future__ import annotations

from bisect import bisect_left

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier as K

# segment: field number (as in the standard) and what it holds; HL7 2.5.1 chapters 2, 3, 4 and 6
_FIELDS: dict[str, dict[int, K]] = {
    "MSH": {4: K.FACILITY, 6: K.FACILITY, 7: K.DATE, 10: K.OTHER},
    "EVN": {2: K.DATE, 3: K.DATE, 5: K.PROVIDER, 6: K.DATE},
    "PID": {
        2: K.MRN,
        3: K.MRN,
        4: K.MRN,
        5: K.NAME,
        6: K.RELATIVE,
        7: K.DATE,
        9: K.NAME,
        11: K.ADDRESS,
        12: K.ADDRESS,
        13: K.PHONE,
        14: K.PHONE,
        18: K.ACCOUNT,
        19: K.SSN,
        20: K.LICENSE,
        21: K.MRN,
        23: K.CITY,
        29: K.DATE,
    },
    "NK1": {
        2: K.RELATIVE,
        4: K.ADDRESS,
        5: K.PHONE,
        6: K.PHONE,
        8: K.DATE,
        13: K.EMPLOYER,
        16: K.DATE,
        30: K.RELATIVE,
        31: K.PHONE,
        32: K.ADDRESS,
        33: K.OTHER,
        37: K.SSN,
    },
    "GT1": {
        2: K.OTHER,
        3: K.RELATIVE,
        4: K.RELATIVE,
        5: K.ADDRESS,
        6: K.PHONE,
        7: K.PHONE,
        8: K.DATE,
        12: K.SSN,
        16: K.EMPLOYER,
        17: K.ADDRESS,
        18: K.PHONE,
    },
    "IN1": {
        2: K.PLAN,
        6: K.RELATIVE,
        7: K.PHONE,
        8: K.PLAN,
        11: K.EMPLOYER,
        12: K.DATE,
        13: K.DATE,
        16: K.RELATIVE,
        18: K.DATE,
        19: K.ADDRESS,
        36: K.PLAN,
        49: K.PLAN,
    },
    "PV1": {
        5: K.ACCOUNT,
        7: K.PROVIDER,
        8: K.PROVIDER,
        9: K.PROVIDER,
        17: K.PROVIDER,
        19: K.ACCOUNT,
        44: K.DATE,
        45: K.DATE,
        52: K.PROVIDER,
    },
    "ORC": {
        2: K.OTHER,
        3: K.OTHER,
        9: K.DATE,
        10: K.PROVIDER,
        11: K.PROVIDER,
        12: K.PROVIDER,
        14: K.PHONE,
        21: K.FACILITY,
        22: K.ADDRESS,
        23: K.PHONE,
    },
    "OBR": {
        2: K.OTHER,
        3: K.OTHER,
        6: K.DATE,
        7: K.DATE,
        8: K.DATE,
        10: K.PROVIDER,
        14: K.DATE,
        16: K.PROVIDER,
        17: K.PHONE,
        22: K.DATE,
        28: K.PROVIDER,
        32: K.PROVIDER,
        34: K.PROVIDER,
    },
    "OBX": {14: K.DATE, 16: K.PROVIDER, 18: K.DEVICE, 19: K.DATE, 23: K.FACILITY, 24: K.ADDRESS, 25: K.PROVIDER},
    "DG1": {5: K.DATE, 16: K.PROVIDER},
    "PR1": {5: K.DATE, 8: K.PROVIDER, 11: K.PROVIDER, 12: K.PROVIDER},
    "SPM": {2: K.OTHER, 17: K.DATE, 18: K.DATE},
    "AL1": {6: K.DATE},
    "ROL": {4: K.PROVIDER, 11: K.ADDRESS, 12: K.PHONE},
    "ACC": {1: K.DATE},
}
_PEOPLE = (K.NAME, K.RELATIVE, K.PROVIDER)
_NUMBERED = (K.PHONE, K.DATE, K.OTHER, K.ACCOUNT, K.PLAN, K.LICENSE, K.SSN, K.DEVICE)
_WHY = "a field of an HL7 segment"


def find(finding: Finding) -> None:
    text = finding.note.text
    if "|" not in text:
        return
    at = 0
    for line in text.splitlines(keepends=True):
        name = line[:3].upper()
        fields = _FIELDS.get(name)
        if fields is not None and line[3:4] == "|":
            _segment(finding, fields, line.rstrip("\r\n"), at, 1 if name == "MSH" else 0)
        at += len(line)


def _segment(finding: Finding, fields: dict[int, K], line: str, at: int, offset: int) -> None:
    start = at
    for number, field in enumerate(line.split("|"), offset):
        kind = fields.get(number)
        if kind is not None and number and any(letter.isalnum() for letter in field):
            _field(finding, kind, field, start)
        start += len(field) + 1


def _field(finding: Finding, kind: K, field: str, start: int) -> None:
    """Claim a field component by component, so that what is no identifier (a state, a type) stays."""
    for place, component in enumerate(field.replace("~", "^").replace("&", "^").split("^")):
        end = start + len(component)
        if any(map(str.isalnum, component)):
            held = _held(kind, place, component)
            if held is not None:
                _claim(finding, held, start, end)
        start = end + 1


def _held(kind: K, place: int, component: str) -> K | None:
    """What a component of a field holds: XPN and XCN names, XAD addresses, CX numbers, all else."""
    numbered = any(map(str.isdigit, component))
    if kind in _PEOPLE:
        return K.LICENSE if numbered else (kind if place < 4 else None)
    if kind is K.ADDRESS:
        return {0: K.ADDRESS, 1: K.ADDRESS, 2: K.CITY, 4: K.ZIP}.get(place)
    if kind is K.MRN:
        return {0: K.MRN, 3: K.FACILITY}.get(place)
    if kind in _NUMBERED:
        return kind if numbered and len(component) > 3 else None
    return kind if place in (0, 1) and len(component) > 1 else None


def _claim(finding: Finding, kind: K, start: int, end: int) -> None:
    note = finding.note
    first, last = bisect_left(note.start, start), bisect_left(note.start, end) - 1
    if kind in _PEOPLE and first <= last:
        finding.claim_person(first, last, kind, _WHY)
    else:
        finding.claim(start, end, kind, _WHY)
        finding.taken.update(range(first, last + 1))
