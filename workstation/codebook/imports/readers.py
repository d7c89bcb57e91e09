"""Reads each format into rows, and refuses a bad one with its line and reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workstation.codebook.imports.files import BadFile, Member, parse_xml
from workstation.codebook.imports.kinds import headers, rows_of
from workstation.codebook.tabular import Heading, clean, headings_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CM = re.compile(r"[A-Z][0-9A][0-9A-Z][0-9A-Z]{0,4}")
_PCS = re.compile(r"[0-9A-HJ-NP-Z]{3,7}")
_DOTTED = re.compile(r"[A-Z][0-9A][0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_BILLING = re.compile(r"[A-V][0-9]{4}|[0-9]{5}|[0-9]{4}[FTUM]|[0-9A-Z]{2}")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A line of an order file: code without its dot, whether it is a full code, long title."""

    bare: str
    is_full: bool
    title: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An entry of the Alphabetic Index: its terms from the main one down, and the code as printed."""

    path: tuple[str, ...]
    nonessential: str
    code: str


@dataclass(frozen=True, slots=True)
class HcpcsRow:
    code: str
    title: str
    first: int | None = None  # yyyymmdd
    last: int | None = None


def order_rows(member: Member, *, procedures: bool) -> list[OrderRow]:
    shape, found = _PCS if procedures else _CM, []
    for number, line in enumerate(member.text().splitlines(), 1):
        if not line.strip():
            continue
        bare, flag, title = line[6:13].strip(), line[14:15], " ".join((line[77:] or line[16:77]).split())
        if not line[:5].isdigit() or not shape.fullmatch(bare) or flag not in ("0", "1") or not title:
            raise BadFile(f"{member.name}, line {number}: not a line of an order file.")
        found.append(OrderRow(bare, flag == "1", title))
    return found


def tabular_headings(member: Member) -> tuple[Heading, ...]:
    found = headings_of(parse_xml(member.name, member.body))
    if not found:
        raise BadFile(f"{member.name} holds no chapter.")
    return found


def index_rows(member: Member) -> list[IndexRow]:
    """Entries with a code; an entry that says `see` takes the code of what it points to."""
    if member.body.lstrip()[:1] == b"[":
        entries = _json_entries(member)
    else:
        root = parse_xml(member.name, member.body)
        entries = [e for main in root.iter("mainTerm") for e in _entries(main, ())]
    if not entries:
        raise BadFile(f"{member.name} holds no entry.")
    by_path = {_folded(path): code for path, _, code, _ in entries if code}
    found: list[IndexRow] = []
    for path, nonessential, code, see in entries:
        target = code or (by_path.get(_folded(tuple(see.split(", ")))) if see else None)
        if target:
            found.append(IndexRow(path, nonessential, target))
    return found


_Entry = tuple[tuple[str, ...], str, str, str]


def _folded(path: tuple[str, ...]) -> str:
    return ", ".join(part.lower() for part in path)


def _entries(element: Element, above: tuple[str, ...]) -> Iterator[_Entry]:
    title = element.find("title")
    words = clean(title.text if title is not None else "")
    rest = clean("".join(child.tail or "" for child in title)) if title is not None else ""
    extra = clean(" ".join("".join(n.itertext()) for n in title.findall("nemod"))) if title is not None else ""
    path = (*above, f"{words} {rest}".strip())
    see = clean(element.findtext("see"))
    yield path, extra, clean(element.findtext("code")), see
    for child in element.findall("term"):
        yield from _entries(child, path)


def _json_entries(member: Member) -> list[_Entry]:
    try:
        entries = json.loads(member.text())
        return [
            (
                tuple(map(str, e["path"])),
                str(e.get("nonessential") or ""),
                str(e.get("code") or ""),
                str(e.get("see") or ""),
            )
            for e in entries
        ]
    except (ValueError, KeyError, TypeError) as trouble:
        raise BadFile(f"{member.name} is not an index ({type(trouble).__name__}).") from trouble


def table_rows(member: Member) -> list[IndexRow]:
    """Neoplasms and drugs: each cell an entry of its own, under the name of its column."""
    root = parse_xml(member.name, member.body)
    columns = {clean(head.get("col")): clean(head.text) for head in root.iter("head")}
    found = [row for main in root.iter("mainTerm") for row in _cells(main, (), columns)]
    if not found:
        raise BadFile(f"{member.name} holds no cell.")
    return found


def _cells(element: Element, above: tuple[str, ...], columns: dict[str, str]) -> Iterator[IndexRow]:
    title = element.find("title")
    path = (*above, clean("".join(title.itertext()) if title is not None else ""))
    for cell in element.findall("cell"):
        code = clean(cell.text)
        if _DOTTED.match(code):
            yield IndexRow((*path, columns.get(clean(cell.get("col")), "")), "", code)
    for child in element.findall("term"):
        yield from _cells(child, path, columns)


def poa_codes(member: Member) -> set[str]:
    """Exempt codes without their dots."""
    at = _columns(member, "poaexemptcode", squeeze=True)[0]
    found: set[str] = set()
    for number, cells in _below(member):
        code = _cell(cells, at)
        if not _DOTTED.fullmatch(code):
            raise BadFile(f"{member.name}, line {number}: {code[:12]!r} is not an ICD-10-CM code.")
        found.add(code.replace(".", ""))
    return found


def conversions(member: Member) -> list[tuple[str, str, int]]:
    """(old code, new code, first day of the new one) of the conversion table: one row for each pair."""
    found: list[tuple[str, str, int]] = []
    for number, cells in _below(member):
        new, year, old = _cell(cells, 0), _cell(cells, 1), _cell(cells, 2)
        if not new and not old:
            continue
        fiscal = re.match(r"(20\d\d)", year)
        if not _DOTTED.match(new) or fiscal is None:
            if found and not fiscal:
                continue  # a remark below the table
            raise BadFile(f"{member.name}, line {number}: not a row of the conversion table.")
        day = (int(fiscal[1]) - 1) * 10_000 + 1001
        becomes = _DOTTED.findall(new)[0].replace(".", "")
        found.extend((each.replace(".", ""), becomes, day) for each in _DOTTED.findall(old))
    return found


def hcpcs_rows(member: Member) -> list[HcpcsRow]:
    """Codes with their titles and, from the CMS file, their days."""
    head = member.body[:11]
    if re.match(rb"[A-V]\d{4}[ 0-9]{5}[3478]", head):
        return _anweb_rows(member)
    _, named = headers(member)
    code_at = next(
        i for i, n in enumerate(named) if n in ("hcpc", "hcpcs", "hcpcs code", "code") or n.startswith("code")
    )
    titles = [i for i, n in enumerate(named) if "long" in n] + [i for i, n in enumerate(named) if "short" in n]
    titles += [i for i, n in enumerate(named) if "desc" in n or "title" in n]
    first = next((i for i, n in enumerate(named) if "add" in n and ("dt" in n or "date" in n)), None)
    last = next((i for i, n in enumerate(named) if "term" in n and ("dt" in n or "date" in n)), None)
    found: list[HcpcsRow] = []
    for number, cells in _below(member):
        code = _cell(cells, code_at)
        title = next((_cell(cells, i) for i in titles if _cell(cells, i)), "")
        if len(code) == 2:
            continue  # a modifier
        if not re.fullmatch(r"[A-V][0-9]{4}", code) or not title:
            raise BadFile(f"{member.name}, line {number}: {code[:12]!r} is not a HCPCS Level II code with a title.")
        found.append(HcpcsRow(code, title, _day(_cell(cells, first)), _day(_cell(cells, last))))
    return found


def _anweb_rows(member: Member) -> list[HcpcsRow]:
    """The fixed-width file: record 3 begins a code, record 4 goes on with its long description."""
    found: list[HcpcsRow] = []
    for number, line in enumerate(member.text().splitlines(), 1):
        if len(line) < 92:
            if line.strip():
                raise BadFile(f"{member.name}, line {number}: shorter than a HCPCS record.")
            continue
        code, record, words = line[:5].strip(), line[10], " ".join(line[11:91].split())
        if record == "3":
            found.append(HcpcsRow(code, words, _day(line[268:276]), _day(line[284:292])))
        elif record == "4" and found and found[-1].code == code:
            last = found[-1]
            found[-1] = HcpcsRow(code, f"{last.title} {words}".strip(), last.first, last.last)
    return found


def pair_rows(member: Member) -> list[tuple[str, str, int, int | None, int]]:
    """(column 1, column 2, first day, last day, modifier indicator)."""
    _, named = headers(member)
    first = next(i for i, n in enumerate(named) if "column 1" in n)
    second = next(i for i, n in enumerate(named) if "column 2" in n)
    start = next((i for i, n in enumerate(named) if "effective" in n), 3)
    end = next((i for i, n in enumerate(named) if "deletion" in n), 4)
    modifier = next((i for i, n in enumerate(named) if "modifier" in n), 5)
    found: list[tuple[str, str, int, int | None, int]] = []
    for number, cells in _below(member):
        one, two = _cell(cells, first), _cell(cells, second)
        day, indicator = _day(_cell(cells, start)), _cell(cells, modifier)[:1]
        if not _BILLING.fullmatch(one) and not found:
            continue  # column names go on over several rows
        if not _BILLING.fullmatch(one) or not _BILLING.fullmatch(two) or day is None or indicator not in tuple("019"):
            raise BadFile(f"{member.name}, line {number}: not a pair with its day and modifier indicator.")
        found.append((one, two, day, _day(_cell(cells, end)), int(indicator)))
    return found


def unit_rows(member: Member) -> list[tuple[str, int, int]]:
    """(code, most units, adjudication indicator)."""
    _, named = headers(member)
    most = next(i for i, n in enumerate(named) if "mue value" in n)
    indicator = next((i for i, n in enumerate(named) if "indicator" in n), 2)
    found: list[tuple[str, int, int]] = []
    for number, cells in _below(member):
        code, units, how = _cell(cells, 0), _cell(cells, most), _cell(cells, indicator)[:1]
        if not _BILLING.fullmatch(code) or not units.isdigit() or how not in tuple("123"):
            raise BadFile(f"{member.name}, line {number}: not a code with its units and indicator 1, 2 or 3.")
        found.append((code, int(units), int(how)))
    return found


def add_on_rows(member: Member) -> list[tuple[str, str, int | None, int | None]]:
    """(add-on code, primary code or nothing for the payer's choice, first day, last day)."""
    _, named = headers(member)
    code = next(i for i, n in enumerate(named) if "add-on" in n and "type" not in n and "edit" not in n)
    primary = next(i for i, n in enumerate(named) if "primary" in n)
    days = [i for i, n in enumerate(named) if "eff" in n or "date" in n]
    start, end = (*days, None, None)[:2]
    found: list[tuple[str, str, int | None, int | None]] = []
    for number, cells in _below(member):
        one, two = _cell(cells, code), _cell(cells, primary)
        if not _BILLING.fullmatch(one):
            raise BadFile(f"{member.name}, line {number}: {one[:12]!r} is not a code.")
        found.append((one, two if _BILLING.fullmatch(two) else "", _day(_cell(cells, start)), _day(_cell(cells, end))))
    return found


def weight_rows(member: Member) -> list[tuple[int, float, float | None]]:
    """(MS-DRG, relative weight, geometric mean stay in days)."""
    _, named = headers(member)
    drg = next(i for i, n in enumerate(named) if "ms-drg" in n and "title" not in n)
    weight = next(i for i, n in enumerate(named) if "weight" in n)
    stay = next((i for i, n in enumerate(named) if "geometric" in n or "gmlos" in n), None)
    found: list[tuple[int, float, float | None]] = []
    for number, cells in _below(member):
        text = _cell(cells, drg)
        if not text.isdigit():
            if found:
                continue  # footnotes
            raise BadFile(f"{member.name}, line {number}: {text[:12]!r} is not an MS-DRG.")
        try:
            mean = float(_cell(cells, stay)) if _cell(cells, stay) else None
            found.append((int(text), float(_cell(cells, weight)), mean))
        except ValueError as trouble:
            raise BadFile(f"{member.name}, line {number}: the weight or the mean stay is no number.") from trouble
    return found


def licensed_rows(member: Member) -> list[tuple[str, str]]:
    """(CPT or CDT code, title) from the licensee's own file."""
    _, named = headers(member)
    title = next((i for i, n in enumerate(named) if "long" in n), None)
    title = title if title is not None else next(i for i, n in enumerate(named) if "title" in n or "desc" in n)
    found: list[tuple[str, str]] = []
    for number, cells in _below(member):
        code, words = _cell(cells, 0), _cell(cells, title)
        if not re.fullmatch(r"\d{5}|\d{4}[FTUM]|D\d{4}", code) or not words:
            raise BadFile(f"{member.name}, line {number}: {code[:12]!r} is not a CPT or CDT code with a title.")
        found.append((code, words))
    return found


def _below(member: Member) -> Iterator[tuple[int, list[str]]]:
    """The rows after the one that names the columns, empty ones left out."""
    line, _ = headers(member)
    for number, cells in rows_of(member):
        if number > line and any(cells):
            yield number, cells


def _columns(member: Member, *wanted: str, squeeze: bool = False) -> list[int]:
    _, named = headers(member)
    plain = [n.replace(" ", "").replace("-", "") if squeeze else n for n in named]
    return [next(i for i, n in enumerate(plain) if want in n) for want in wanted]


def _cell(cells: list[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _day(text: str) -> int | None:
    """yyyymmdd from `20260401`, `2026-04-01`, `4/1/2026` or an Excel day number; None for `*` and blanks."""
    plain = text.strip().removesuffix(".0")
    if re.fullmatch(r"(19|20)\d{6}", plain):
        return int(plain)
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d).*", plain):
        return int(found[1] + found[2] + found[3])
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", plain):
        return int(found[3]) * 10_000 + int(found[1]) * 100 + int(found[2])
    if re.fullmatch(r"[2-5]\d{4}", plain):
        day = date.fromordinal(date(1899, 12, 30).toordinal() + int(plain))
        return day.year * 10_000 + day.month * 100 + day.day
    return None
