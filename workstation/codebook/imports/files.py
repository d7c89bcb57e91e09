"""Opens what IT has downloaded: plain, gzip, zip and xlsx files, each member within a size no release reaches."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workstation.errors import WorkstationError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST = 400_000_000  # bytes of one member, unpacked
_CELL = re.compile(r"([A-Z]+)[0-9]+")


class BadFile(WorkstationError):
    what = "This file cannot be imported:"
    remedy = "Nothing was changed. Download the file again from its publisher, or leave it out."


@dataclass(frozen=True, slots=True)
class Member:
    """One file, or one file of an archive."""

    name: str
    body: bytes

    def text(self) -> str:
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.body.decode("cp1252", "replace")


def members(path: Path) -> Iterator[Member]:
    """What a file holds. Raises BadFile when it cannot be read or unpacked."""
    try:
        body = path.read_bytes()
    except OSError as trouble:
        raise BadFile(f"{path.name} cannot be read ({trouble.strerror}).") from trouble
    if not body:
        raise BadFile(f"{path.name} is empty.")
    if body[:2] == b"\x1f\x8b":
        yield Member(path.name.removesuffix(".gz"), _gunzip(path.name, body))
    elif body[:4] == b"PK\x03\x04" and not _is_xlsx(path.name, body):
        yield from _unzip(path.name, body)
    else:
        yield Member(path.name, body)


def _gunzip(name: str, body: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(body)) as stream:
            found = stream.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as trouble:
        raise BadFile(f"{name} is damaged ({type(trouble).__name__}).") from trouble
    if len(found) > LARGEST:
        raise BadFile(f"{name} unpacks to more than {LARGEST // 1_000_000} MB.")
    return found


def _archive(name: str, body: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(body))
    except zipfile.BadZipFile as trouble:
        raise BadFile(f"{name} is damaged (not a whole zip archive).") from trouble


def _is_xlsx(name: str, body: bytes) -> bool:
    with _archive(name, body) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _unzip(name: str, body: bytes) -> Iterator[Member]:
    with _archive(name, body) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if entry.file_size > LARGEST:
                raise BadFile(f"{name}: {entry.filename} unpacks to more than {LARGEST // 1_000_000} MB.")
            try:
                yield Member(entry.filename.rpartition("/")[2], archive.read(entry))
            except (zipfile.BadZipFile, zlib.error, RuntimeError) as trouble:
                raise BadFile(f"{name}: {entry.filename} is damaged ({type(trouble).__name__}).") from trouble


def parse_xml(name: str, body: bytes) -> Element:
    """The root element. Raises BadFile with the line where the XML breaks; document types are refused."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException, ElementTree

    try:
        root: Element = ElementTree.fromstring(body, forbid_dtd=True)
    except ParseError as trouble:
        raise BadFile(f"{name}, line {trouble.position[0]}: the XML breaks off or is not well formed.") from trouble
    except DefusedXmlException as trouble:
        raise BadFile(f"{name} declares a document type or entities, which no release does.") from trouble
    return root


def is_workbook(member: Member) -> bool:
    return member.body[:4] == b"PK\x03\x04"


def workbook_rows(member: Member) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells as text) of the first sheet of an xlsx workbook."""
    with _archive(member.name, member.body) as archive:
        names = archive.namelist()
        sheet = next((n for n in sorted(names) if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)), None)
        if sheet is None:
            raise BadFile(f"{member.name} holds no worksheet.")
        if archive.getinfo(sheet).file_size > LARGEST:
            raise BadFile(f"{member.name} unpacks to more than {LARGEST // 1_000_000} MB.")
        shared: list[str] = []
        if "xl/sharedStrings.xml" in names:
            root = parse_xml(member.name, archive.read("xl/sharedStrings.xml"))
            shared = ["".join(t.text or "" for t in item.iter() if _plain(t.tag) == "t") for item in root]
        rows = [e for e in parse_xml(member.name, archive.read(sheet)).iter() if _plain(e.tag) == "row"]
    for row in rows:
        cells: list[str] = []
        for cell in row:
            place = _CELL.fullmatch(cell.get("r", ""))
            column = _column(place[1]) if place else len(cells)
            cells.extend([""] * (column - len(cells)))
            cells.append(_value(cell, shared))
        yield int(row.get("r", "0")), cells


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Element, shared: list[str]) -> str:
    text = "".join(e.text or "" for e in cell.iter() if _plain(e.tag) in ("v", "t"))
    if cell.get("t") == "s" and text.isdigit() and int(text) < len(shared):
        return shared[int(text)].strip()
    return text.strip()
