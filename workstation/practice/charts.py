"""Read practice charts: one folder an encounter, its chart.toml checked word by word."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]

CHARTS = Path(__file__).parent / "charts"
ROLES = frozenset({
    "attending", "consultant", "surgeon", "resident", "anesthesiologist", "nurse", "dietitian", "radiologist",
    "pathologist", "therapist",
})  # fmt: skip
MEDIA = frozenset({"text/plain", "text/html", "text/rtf", "application/pdf", "image/png", "application/xml"})
GENERATORS = frozenset({"flowsheet"})
_CLASSES = frozenset({"IMP", "EMER", "AMB", "OBSENC"})


class BadChart(Exception):
    """A chart cannot be read; says the folder, the place and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table: its type and whether it may be left out."""

    kind: tuple[type, ...]
    optional: bool = False
    among: frozenset[str] = frozenset()


def _text(*, optional: bool = False, among: frozenset[str] = frozenset()) -> Key:
    return Key((str,), optional, among)


_MAYBE = _text(optional=True)
_TIME = Key((datetime,))
_NUMBER = Key((int, float), optional=True)
_TABLES = Key((list,), optional=True)
_SHAPES: dict[str, dict[str, Key]] = {
    "chart": {
        "slug": _text(), "key_title": _text(), "setting": _text(among=frozenset({"inpatient", "outpatient"})),
        "coder": _text(among=frozenset({"dana", "miguel"})), "patient": Key((dict,)), "encounter": Key((dict,)),
        "key": Key((dict,)), "provider": Key((list,)), "document": Key((list,)), "lab": _TABLES, "vital": _TABLES,
        "medication": _TABLES, "problem": _TABLES,
    },
    "patient": {
        "given": Key((list,)), "family": _text(), "sex": _text(among=frozenset({"male", "female", "other", "unknown"})),
        "birth_date": Key((date,)), "mrn": _text(), "phone": _text(), "line": _text(), "city": _text(), "state": _text(),
        "postal": _text(), "relative": Key((dict,), optional=True),
    },
    "relative": {"name": _text(), "relation": _text(), "phone": _MAYBE},
    "encounter": {
        "account": _text(), "class": _text(among=_CLASSES), "start": _TIME, "end": _TIME, "service": _text(),
        "unit": _MAYBE, "admit_source": _MAYBE, "disposition": _text(), "reason": _text(),
        "admitting_diagnosis": _MAYBE, "confidentiality": _text(optional=True, among=frozenset("NRV")),
        "coverage": _text(),
    },
    "provider": {
        "id": _text(), "given": _text(), "family": _text(), "credential": _text(), "role": _text(among=ROLES),
        "specialty": _MAYBE,
    },
    "document": {
        "file": _MAYBE, "generate": _text(optional=True, among=GENERATORS), "type": _text(), "title": _text(),
        "author": _text(), "written": _TIME, "media": _text(among=MEDIA), "appends": _MAYBE, "replaces": _MAYBE,
        "status": _text(optional=True, among=frozenset({"preliminary", "final", "amended"})),
        "confidentiality": _text(optional=True, among=frozenset("NRV")), "sensitivity": _MAYBE,
    },
    "lab": {
        "panel": _MAYBE, "loinc": _text(), "name": _text(), "value": Key((int, float, str)), "unit": _MAYBE,
        "low": _NUMBER, "high": _NUMBER, "at": _TIME, "text": _MAYBE,
    },
    "vital": {
        "loinc": _text(), "name": _text(), "value": Key((int, float, str)), "unit": _MAYBE, "low": _NUMBER,
        "high": _NUMBER, "at": _TIME,
    },
    "medication": {
        "name": _text(), "dose": _text(), "route": _text(), "frequency": _text(), "given": Key((list,), optional=True),
        "status": _text(optional=True, among=frozenset({"active", "completed", "stopped"})),
    },
    "problem": {
        "text": _text(), "onset": Key((int, str, date), optional=True),
        "status": _text(optional=True, among=frozenset({"active", "inactive", "resolved"})),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chart:
    """One checked chart. The answer key is kept apart: it is never served."""

    slug: str
    key_title: str
    setting: str
    coder: str
    patient: Table
    encounter: Table
    providers: tuple[Table, ...]
    documents: tuple[Table, ...]
    labs: tuple[Table, ...]
    vitals: tuple[Table, ...]
    medications: tuple[Table, ...]
    problems: tuple[Table, ...]
    key: Table
    contents: Mapping[str, bytes]  # by a document's name

    @property
    def is_inpatient(self) -> bool:
        return self.setting == "inpatient"


def load_charts(folder: Path = CHARTS) -> tuple[Chart, ...]:
    """Every chart of a folder, in the order of their names. Raises BadChart."""
    return tuple(load_chart(path.parent) for path in sorted(folder.glob("*/chart.toml")))


def load_chart(folder: Path) -> Chart:
    """One chart with its documents' contents. Raises BadChart."""
    try:
        found = tomllib.loads((folder / "chart.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadChart(f"{folder.name}: chart.toml cannot be read ({error})") from None

    def bad(where: str, what: str) -> BadChart:
        return BadChart(f"{folder.name}: {where}: {what}")

    _check(found, "chart", "chart", bad)
    if found["slug"] != folder.name:
        raise bad("slug", "is not the name of its folder")
    for name in ("patient", "encounter"):
        _check(found[name], name, name, bad)
    if "relative" in found["patient"]:
        _check(found["patient"]["relative"], "relative", "patient.relative", bad)
    lists: dict[str, tuple[Table, ...]] = {}
    for name in ("provider", "document", "lab", "vital", "medication", "problem"):
        rows = found.get(name, [])
        for position, row in enumerate(rows, start=1):
            _check(row, name, f"{name} {position}", bad)
        lists[name] = tuple(rows)
    _check_sense(found, lists, bad)
    return Chart(
        slug=found["slug"],
        key_title=found["key_title"],
        setting=found["setting"],
        coder=found["coder"],
        patient=found["patient"],
        encounter=found["encounter"],
        providers=lists["provider"],
        documents=lists["document"],
        labs=lists["lab"],
        vitals=lists["vital"],
        medications=lists["medication"],
        problems=lists["problem"],
        key=found["key"],
        contents=_contents(folder, lists["document"], bad),
    )


def document_name(document: Table) -> str:
    """What a document is called inside its chart: its file, or what generates it."""
    return str(document.get("file") or f"generated/{document['generate']}")


Bad = Callable[[str, str], BadChart]


def _check(table: Any, shape: str, where: str, bad: Bad) -> None:
    if not isinstance(table, dict):
        raise bad(where, "is not a table")
    keys = _SHAPES[shape]
    for name in table:
        if name not in keys:
            raise bad(f"{where}.{name}", "is not a known key")
    for name, key in keys.items():
        if name not in table:
            if not key.optional:
                raise bad(f"{where}.{name}", "is missing")
            continue
        value = table[name]
        if not isinstance(value, key.kind) or isinstance(value, bool):
            raise bad(f"{where}.{name}", f"is not {' or '.join(kind.__name__ for kind in key.kind)}")
        if isinstance(value, datetime) and datetime in key.kind and value.tzinfo is None:
            raise bad(f"{where}.{name}", "has no time zone")
        if key.among and value not in key.among:
            raise bad(f"{where}.{name}", f"is none of {', '.join(sorted(key.among))}")


def _check_sense(found: Table, lists: Mapping[str, tuple[Table, ...]], bad: Bad) -> None:
    encounter, providers = found["encounter"], [row["id"] for row in lists["provider"]]
    if not encounter["start"] < encounter["end"]:
        raise bad("encounter.end", "is not after its start")
    if found["setting"] == "inpatient" and not encounter.get("admitting_diagnosis"):
        raise bad("encounter.admitting_diagnosis", "is missing")
    if len(set(providers)) != len(providers):
        raise bad("provider", "two have one id")
    if not lists["document"]:
        raise bad("document", "the chart has none")
    _check_documents(lists["document"], providers, bad)
    for position, row in enumerate(lists["medication"], start=1):
        if any(not isinstance(dose, datetime) or dose.tzinfo is None for dose in row.get("given", [])):
            raise bad(f"medication {position}.given", "holds something else than times with a zone")


def _check_documents(documents: tuple[Table, ...], providers: list[str], bad: Bad) -> None:
    for position, row in enumerate(documents, start=1):
        if "file" not in row and "generate" not in row:
            raise bad(f"document {position}", "has neither file nor generate")
    names = [document_name(row) for row in documents]
    for position, row in enumerate(documents, start=1):
        where = f"document {position}"
        if row["author"] not in providers:
            raise bad(f"{where}.author", "is no provider of the chart")
        for link in ("appends", "replaces"):
            if link in row and row[link] not in names:
                raise bad(f"{where}.{link}", "names no document of the chart")
    if len(set(names)) != len(names):
        raise bad("document", "two have one file")


def _contents(folder: Path, documents: tuple[Table, ...], bad: Bad) -> dict[str, bytes]:
    found = {}
    for document in documents:
        if "generate" in document:
            continue
        path = folder / document["file"]
        if path.parent != folder or not path.is_file():
            raise bad(document["file"], "is not a file of the chart's folder")
        content = path.read_bytes()
        if document["media"].startswith("text/") or document["media"] == "application/xml":
            try:
                content.decode("utf-8")
            except UnicodeDecodeError:
                raise bad(document["file"], "is not UTF-8") from None
        found[document["file"]] = content
    return found
