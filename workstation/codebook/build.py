"""Builds the pack: `python -m workstation.codebook.build [--out FILE] [--only PREFIX ...]`."""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from workstation.codebook import documents as documents_of
from workstation.codebook.defaults import default_terms
from workstation.codebook.diagnoses import DiagnosisTitles
from workstation.codebook.drg_tables import DrgTables, Span
from workstation.codebook.hcpcs import hcpcs_codes
from workstation.codebook.indexing import write_index
from workstation.codebook.poa import is_poa_exempt
from workstation.codebook.procedure_index import index_rows
from workstation.codebook.procedures import procedure_axes, procedure_titles
from workstation.codebook.schema import FORMAT, INDEXES, SCHEMA
from workstation.codebook.successions import own_successions
from workstation.codebook.synonyms import synonym_rows
from workstation.codebook.tabular import Heading, mentioned, read_tabular

RELEASE = "ICD-10-CM and -PCS FY2027 (2026-10-01), MS-DRG v44.0"
EDITION = 20260401  # the first day of the packaged Tabular List
DEFAULT_OUT = Path("resources/codesets/codebook.db")
CM, PCS, HCPCS = "ICD-10-CM", "ICD-10-PCS", "HCPCS"


class PackBuilder:
    """Writes one pack, table by table; the same sources always give the same bytes."""

    def __init__(self, path: Path, only: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._only = tuple(only)
        self._db = sqlite3.connect(path)
        self._db.executescript("pragma page_size=4096; pragma journal_mode=off; pragma synchronous=off;" + SCHEMA)
        self._started = time.monotonic()
        self._ids: dict[tuple[str, str], int] = {}
        self._titles: dict[tuple[str, str], str] = {}
        self._in_force: set[tuple[str, str]] = set()

    def say(self, line: str) -> None:
        print(f"{time.monotonic() - self._started:6.1f} s  {line}", flush=True)

    def wanted(self, bare: str) -> bool:
        return not self._only or bare.startswith(self._only)

    def build(self) -> None:
        tables = DrgTables()
        headings = read_tabular()
        self.say(f"tabular list read: {len(headings)} headings")
        self._add_diagnoses(tables.diagnoses(), headings)
        self._add_procedures(tables.procedures())
        self._add_hcpcs()
        self._add_severities(tables)
        self._add_successors(tables)
        self._db.executemany("insert into drg_types values (?, ?, ?)", sorted(set(tables.drg_types())))
        self._add_headings(headings)
        self._add_search(headings)
        self._finish()

    def _add_codes(self, system: str, spans: Iterable[Span], titles: dict[str, str], headers: Iterable[str]) -> None:
        by_code: dict[str, list[Span]] = {}
        for span in spans:
            by_code.setdefault(span.code, []).append(span)
        days: dict[str, list[int | None]] = {}  # a heading lives while a full code below it does
        for code, rows in by_code.items():
            for length in range(3, len(code)):
                days.setdefault(code[:length], []).extend([min(s.first for s in rows), _latest(s.last for s in rows)])
        named = sorted({*by_code, *(h for h in headers if h in days)})
        for bare in named:
            row_id = len(self._ids) + 1
            self._ids[system, bare] = row_id
            self._titles[system, bare] = titles[bare]
            rows = by_code.get(bare, [])
            first = min((s.first for s in rows), default=None)
            last = _latest(s.last for s in rows) if rows else None
            if rows and last is None:
                self._in_force.add((system, bare))
            below = days.get(bare) if system == CM else None
            parent = next((self._ids.get((system, bare[:n])) for n in range(len(bare) - 1, 2, -1)
                           if (system, bare[:n]) in self._ids), None) if system == CM else None  # fmt: skip
            self._db.execute(
                "insert into codes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (row_id, system, bare, titles[bare], parent, bool(rows), first, last,
                 min(d for d in below[::2] if d is not None) if below else None,
                 _latest(below[1::2]) if below else None,
                 system == CM and bool(rows) and is_poa_exempt(bare)),
            )  # fmt: skip
            self._db.executemany(
                "insert into spans values (?, ?, ?, ?)",
                [(row_id, s.first, s.last, " ".join(s.flags)) for s in sorted(rows, key=lambda s: s.first)],
            )
        self.say(f"{system}: {len(by_code)} codes, {len(named) - len(by_code)} headings")

    def _add_diagnoses(self, spans: Iterable[Span], headings: tuple[Heading, ...]) -> None:
        kept = [s for s in spans if self.wanted(s.code)]
        source = DiagnosisTitles(headings)
        prefixes = {s.code[:n] for s in kept for n in range(3, len(s.code))}
        named = {h.name.replace(".", "") for h in headings if h.is_code}
        new_headers = {code[:n] for code in source.added for n in range(3, len(code))} - named
        headers = prefixes & (named | new_headers)
        titles = {bare: source.title(bare) for bare in {s.code for s in kept} | headers}
        self._add_codes(CM, kept, titles, headers)

    def _add_procedures(self, spans: Iterable[Span]) -> None:
        kept = [s for s in spans if self.wanted(s.code)]
        codes = {s.code for s in kept}
        self._add_codes(PCS, kept, procedure_titles(codes), ())
        tables, values = procedure_axes(codes)
        self._db.executemany("insert into pcs_tables values (?, ?, ?, ?)", tables)
        self._db.executemany("insert into pcs_values values (?, ?, ?, ?)", values)

    def _add_hcpcs(self) -> None:
        listed = {code: title for code, title in hcpcs_codes().items() if self.wanted(code)}
        self._add_codes(HCPCS, [Span(code, 20151001, None, ()) for code in listed], listed, ())

    def _add_severities(self, tables: DrgTables) -> None:
        self._db.executemany(
            "insert into severities values (?, ?, ?, ?)",
            [(self._ids[CM, s.code], s.first_version, s.last_version, s.severity)
             for s in tables.severities() if (CM, s.code) in self._ids],
        )  # fmt: skip

    def _add_successors(self, tables: DrgTables) -> None:
        """A conversion row counts when the old code ended just before it and the new one began by then."""
        last_days = dict(self._db.execute("select id, last_day from codes where last_day is not null"))
        first_days = dict(self._db.execute("select id, first_day from codes where first_day is not null"))
        kept: set[tuple[int, int, int]] = set()
        codes = sorted({bare for _, bare in self._ids})
        for old, new, day in [*tables.conversions(), *own_successions(codes)]:
            for system in (CM, PCS):
                old_id, new_id = self._ids.get((system, old)), self._ids.get((system, new))
                if old_id is None or new_id is None or old_id not in last_days:
                    continue
                if last_days[old_id] < day <= last_days[old_id] + 10_000 and first_days.get(new_id, day) <= day:
                    kept.add((old_id, new_id, day))
        self._db.executemany("insert into successors values (?, ?, ?)", sorted(kept))
        self.say(f"successors: {len(kept)}")

    def _add_headings(self, headings: tuple[Heading, ...]) -> None:
        for heading in headings:
            if not self.wanted(heading.name.replace(".", "")):
                continue
            self._db.execute(
                "insert into headings values (?, ?, ?, ?)", (EDITION, heading.name, heading.title, heading.parent)
            )
            sevenths = [("7th character", f"{char}: {meaning}") for char, meaning in heading.sevenths.items()]
            self._db.executemany(
                "insert into notes values (?, ?, ?, ?, ?, ?)",
                [(EDITION, heading.name, place, kind, text, " ".join(mentioned(text)))
                 for place, (kind, text) in enumerate([*heading.notes, *sevenths])],
            )  # fmt: skip

    def _add_search(self, headings: tuple[Heading, ...]) -> None:
        by_system = {
            system: {bare: self._titles[system, bare] for s, bare in self._ids if s == system}
            for system in (CM, PCS, HCPCS)
        }
        full = {code for (code,) in self._db.execute("select bare from codes where billable and system = ?", (CM,))}
        leaves = {bare: title for bare, title in by_system[CM].items() if bare in full}
        terms = {system: [(p, c) for s, p, c in default_terms() if s == system and c in by_system[system]]
                 for system in (CM, PCS, HCPCS)}  # fmt: skip
        documents = {
            CM: documents_of.diagnosis_documents(leaves, headings, terms[CM]),
            PCS: documents_of.plain_documents(by_system[PCS], terms[PCS]),
            HCPCS: documents_of.plain_documents(by_system[HCPCS], terms[HCPCS]),
        }
        own = synonym_rows()
        own += index_rows({(system, phrase) for system, phrase, *_ in own}, by_system[PCS].values())
        self._db.executemany("insert into synonyms values (?, ?, ?, ?)", own)
        write_index(self._db, documents, self._ids, lambda system, bare: (system, bare) in self._in_force, self.say)

    def _finish(self) -> None:
        facts = {
            "format": str(FORMAT), "release": RELEASE, "complete": f"{CM} {PCS}", "editions": str(EDITION),
            f"newest {CM}": "20261001", f"newest {PCS}": "20261001",
        }  # fmt: skip
        self._db.executemany("insert into facts values (?, ?)", sorted(facts.items()))
        self._db.commit()
        self._db.executescript(INDEXES + "analyze; vacuum;")
        self._db.close()


def _latest(days: Iterable[int | None]) -> int | None:
    """The last of several last days; None, still in force, is later than any."""
    listed = list(days)
    return None if None in listed else max((d for d in listed if d is not None), default=None)


def build(out: Path, only: Sequence[str] = ()) -> Path:
    """Build the pack and put it in place in one step, so that no reader ever opens half of it."""
    part = out.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        builder = PackBuilder(part, only)
        builder.build()
        builder.say(f"{part.stat().st_size / 1e6:.1f} MB in {out}")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workstation.codebook.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("--only", nargs="*", default=(), metavar="PREFIX", help="codes that begin so, for tests")
    chosen = parser.parse_args(arguments)
    build(chosen.out, chosen.only)


if __name__ == "__main__":
    main()
