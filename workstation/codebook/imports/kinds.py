"""Which release a file is, by its content: the publishers' file names change from year to year."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from itertools import islice

from workstation.codebook.imports.files import Member, is_workbook, workbook_rows


class Kind(Enum):
    """A publisher's format; the value is what it is called in words."""

    CM_ORDER = "ICD-10-CM order file"
    PCS_ORDER = "ICD-10-PCS order file"
    TABULAR = "ICD-10-CM Tabular List"
    INDEX = "ICD-10-CM Index"
    TABLE = "ICD-10-CM table of drugs or neoplasms"
    POA = "POA exempt list"
    CONVERSION = "ICD-10-CM conversion table"
    HCPCS = "HCPCS Level II"
    PAIRS = "NCCI procedure-to-procedure edits"
    UNITS = "NCCI medically unlikely edits"
    ADD_ONS = "NCCI add-on codes"
    WEIGHTS = "MS-DRG weights (Table 5)"
    LICENSED = "licensed CPT or CDT titles"
    ADDENDUM = "addendum"  # recognised and left out: the full file says it all


_ORDER = re.compile(rb"\d{5} [0-9A-Z]{3,7} {1,5}[01] ")
_ADDENDUM = re.compile(rb"(?:Add|Delete|Revise from|Revise to|No change):\s")
_ANWEB = re.compile(rb"[A-V]\d{4}[ 0-9]{5}[3478]")
_LICENSED = re.compile(r"\d{5}|\d{4}[FTUM]|D\d{4}")
_SUPPLY = re.compile(r"[A-V]\d{4}")
_CODE_COLUMN = re.compile(r"(?:(?:cpt|cdt|hcpcs|hcpcs/cpt|procedure) )?code")
_HEAD_ROWS = 14


def rows_of(member: Member) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of a workbook, a tab-delimited or a comma-separated file."""
    if is_workbook(member):
        yield from workbook_rows(member)
        return
    text = member.text()
    head = text[:4000]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in head else ",")
    for cells in reader:
        yield reader.line_num, [cell.strip() for cell in cells]


def headers(member: Member) -> tuple[int, list[str]]:
    """(line, column names in lower case) of the first row that names columns; (0, []) without one."""
    for line, cells in islice(rows_of(member), _HEAD_ROWS):
        named = [" ".join(cell.lower().replace("_", " ").split()) for cell in cells]
        if _by_headers(named, ()) is not None:
            return line, named
    return 0, []


def recognise(member: Member) -> Kind | None:
    """The kind of a file, or None when it is none of ours (a PDF, a schema, a read-me)."""
    head = member.body[:4000].lstrip(b"\xef\xbb\xbf")
    if head[:4] == b"%PDF":
        return None
    if head.startswith(b"<"):
        if b"<ICD10CM.tabular" in head:
            return Kind.TABULAR
        if b"<ICD10CM.index" in head:
            return Kind.TABLE if b"<indexHeading>" in head else Kind.INDEX
        return None
    if head[:1] == b"[" and b'"path"' in head and b'"see"' in head:
        return Kind.INDEX
    if _ORDER.match(head):
        return _order_kind(member.body)
    if _ADDENDUM.match(head):
        return Kind.ADDENDUM
    if _ANWEB.match(head) and b"," not in head[:12] and b"\t" not in head[:320]:
        return Kind.HCPCS
    if not is_workbook(member) and b"\0" in head:
        return None
    line, named = headers(member)
    if not line:
        return None
    sample = [cells for number, cells in islice(rows_of(member), _HEAD_ROWS + 20) if number > line]
    kind = _by_headers(named, sample)
    if kind is Kind.POA and re.search(r"add|delete|revise", member.name, re.IGNORECASE):
        return Kind.ADDENDUM
    return kind


def _order_kind(body: bytes) -> Kind:
    full = (line[6:13].strip() for line in body.splitlines() if line[14:15] == b"1")
    return Kind.PCS_ORDER if all(len(code) == 7 for code in islice(full, 400)) else Kind.CM_ORDER


def _by_headers(named: list[str], sample: Sequence[list[str]]) -> Kind | None:
    joined = "|".join(named)
    if any(name.replace(" ", "").replace("-", "") == "poaexemptcode" for name in named):
        return Kind.ADDENDUM if "action" in named else Kind.POA
    if "current code" in joined and "previous code" in joined:
        return Kind.CONVERSION
    if "mue values" in joined or "mue value" in joined:
        return Kind.UNITS
    if "column 1" in joined and "column 2" in joined:
        return Kind.PAIRS
    if "add-on" in joined and "primary" in joined:
        return Kind.ADD_ONS
    if "ms-drg" in joined and "weight" in joined:
        return Kind.WEIGHTS
    if not any("desc" in name or "title" in name for name in named[1:]):
        return None
    return _titles_kind(named, sample)


def _titles_kind(named: list[str], sample: Sequence[list[str]]) -> Kind | None:
    """A list of codes with titles: HCPCS Level II, or CPT and CDT, by what most of its codes look like."""
    if any(name in ("hcpc", "hcpcs", "hcpcs code") for name in named):
        return Kind.HCPCS
    codes = [cells[0] for cells in sample if cells and cells[0]]
    if not _CODE_COLUMN.fullmatch(named[0]):
        return None
    if not codes:
        return Kind.HCPCS  # asked for the row of the names only
    licensed = sum(bool(_LICENSED.fullmatch(code)) for code in codes)
    supplies = sum(bool(_SUPPLY.fullmatch(code)) and code[0] != "D" for code in codes)
    if max(licensed, supplies) * 2 < len(codes):
        return None
    return Kind.LICENSED if licensed > supplies else Kind.HCPCS


def effective_day(name: str, kind: Kind) -> date | None:
    """The first day a release counts, as its file name says it: `2026` or `FY26` is 2025-10-01."""
    month = re.search(r"(20\d\d)[_-]?(0[1-9]|1[0-2])(?!\d)", name)
    named = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
    quarter = re.search(r"(jan|apr|jul|oct)", name.lower())
    year = re.search(r"(20\d\d)(?!\d)", name) or re.search(r"FY(\d\d)(?!\d)", name)
    if kind in (Kind.HCPCS, Kind.PAIRS, Kind.UNITS, Kind.ADD_ONS):
        if month:
            return date(int(month[1]), int(month[2]), 1)
        if quarter and year and len(year[1]) == 4:
            return date(int(year[1]), named[quarter[1]], 1)
        return None
    if year is None:
        return None
    fiscal = int(year[1]) if len(year[1]) == 4 else 2000 + int(year[1])
    spring = quarter is not None and quarter[1] == "apr"
    return date(fiscal, 4, 1) if spring else date(fiscal - 1, 10, 1)
