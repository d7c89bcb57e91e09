"""CodeBook: what the code sets say of a code on a date of service."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from workstation.codebook.reader import PackReader
from workstation.codebook.search import Searcher
from workstation.domain.codes import (
    AxisOption,
    Code,
    CodeFacts,
    CodeMatch,
    CodeNote,
    CodeState,
    CodeSystem,
    ProcedureTable,
    Severity,
)
from workstation.domain.grouping import DrgType

_COLUMNS = "id, system, bare, title, parent, billable, first_day, last_day, first_heading, last_heading, poa_exempt"
_GROUPER_VERSIONS = (400, 440)  # v40.0 to v44.0 are what the packaged tables hold
_TOO_OLD = 2 * 10_000  # two years, as the difference of two yyyymmdd
_BEGINNING = 20151001  # the first day of ICD-10, and of the pack
_SHAPED_LIKE_CDT = re.compile(r"D[0-9]{4}")


def day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _as_date(number: int | None) -> date | None:
    return None if number is None else date(number // 10_000, number // 100 % 100, number % 100)


def grouper_version(on: date) -> int:
    """The MS-DRG version in force on a day of discharge: 440 for October 2026, 431 for April 2026."""
    fiscal_year = on.year + (on.month >= 10)
    spring = 1 if 4 <= on.month < 10 else 0
    return min(max((fiscal_year - 1983) * 10 + spring, _GROUPER_VERSIONS[0]), _GROUPER_VERSIONS[1])


def _code(system: str, bare: str) -> Code:
    return Code.parse(CodeSystem(system), bare)


class CodeBook:
    """The built-in pack, read-only; every answer is for one date of service. Safe to use from any thread."""

    def __init__(self, reader: PackReader) -> None:
        self._reader = reader
        self._searcher = Searcher(reader)

        facts: dict[str, str] = dict(reader.db.execute("select name, value from facts"))
        self.release: str = facts["release"]
        self._complete = frozenset(facts["complete"].split())
        self._editions = tuple(sorted(int(day) for day in facts["editions"].split()))

    @classmethod
    def open(cls, path: Path | str) -> CodeBook:
        """Raises CodeBookUnusable when the file is missing, damaged or of another version."""
        return cls(PackReader(Path(path)))

    def look_up(self, code: Code, on: date) -> CodeFacts:
        row = self._row(code)
        if row is None:
            opaque = not self.holds_all_of(code.system) or _SHAPED_LIKE_CDT.fullmatch(code.value)
            return CodeFacts(code, CodeState.OPAQUE if opaque else CodeState.UNKNOWN)
        return self._facts(row, on)

    def search(
        self, text: str, on: date, systems: Collection[CodeSystem] = (CodeSystem.ICD10CM,), limit: int = 50
    ) -> tuple[CodeMatch, ...]:
        """The best codes for what was typed so far, each in force on the date; made for every keystroke."""
        return self._searcher.search(text, day_number(on), tuple(systems), limit)

    def warm(self, systems: Collection[CodeSystem]) -> None:
        """Read ahead what the first search of these systems needs, so that the first keystroke is as quick as the next."""
        self._searcher.warm(tuple(systems))

    def notes(self, code: Code, on: date) -> tuple[CodeNote, ...]:
        """Instructional notes of the code and of everything above it, the nearest first."""
        if code.system is not CodeSystem.ICD10CM:
            return ()
        found: list[CodeNote] = []
        edition = self._edition(on)
        name: str | None = self._nearest_heading(code, edition)
        sevenths_from: str | None = None
        while name is not None:
            for kind, text, codes in self._reader.db.execute(
                "select kind, text, codes from notes where edition = ? and heading = ? order by place", (edition, name)
            ):
                if kind == "7th character":
                    # Only the nearest table of 7th characters applies.
                    sevenths_from = sevenths_from or name
                    if sevenths_from != name:
                        continue
                elif kind == "inclusion term" and found and found[0].from_code != name and name != code.value:
                    continue  # an inclusion term defines its own heading, not what lies below
                found.append(CodeNote(kind, text, name.removeprefix("Block "), tuple(codes.split())))
            above = self._reader.db.execute(
                "select parent from headings where edition = ? and name = ?", (edition, name)
            ).fetchone()
            name = above[0] if above else None
        return tuple(found)

    def children(self, code: Code, on: date) -> tuple[CodeFacts, ...]:
        """The codes and headings directly below, those in force on the date."""
        row = self._row(code)
        if row is None:
            return ()
        rows = self._reader.db.execute(
            f"select {_COLUMNS} from codes where parent = ? order by bare",  # noqa: S608 - our own names
            (row["id"],),
        ).fetchall()
        facts = (self._facts(self._named(r), on) for r in rows)
        return tuple(f for f in facts if f.state in (CodeState.VALID, CodeState.HEADER))

    def path(self, code: Code, on: date) -> tuple[CodeFacts, ...]:
        """From the category down to the code itself."""
        steps: list[CodeFacts] = []
        row = self._row(code)
        while row is not None:
            steps.append(self._facts(row, on))
            row = self._row_of(row["parent"])
        return tuple(reversed(steps))

    def chapter(self, code: Code, on: date) -> tuple[str, str]:
        """Titles of the chapter and block a diagnosis lies in; empty where there are none."""
        titles = {"Chapter": "", "Block": ""}
        edition = self._edition(on)
        name: str | None = self._nearest_heading(code, edition) if code.system is CodeSystem.ICD10CM else None
        while name is not None:
            found = self._reader.db.execute(
                "select title, parent from headings where edition = ? and name = ?", (edition, name)
            ).fetchone()
            kind = name.partition(" ")[0]
            if found and kind in titles:
                titles[kind] = found[0]
            name = found[1] if found else None
        return titles["Chapter"], titles["Block"]

    def flags(self, code: Code, on: date) -> frozenset[str]:
        """The code editor's flags of a code on a date: `manifestation`, `unacceptable`, `ecodepdx`, `maternity`..."""
        row = self._row(code)
        if row is None:
            return frozenset()
        day = day_number(on)
        found = self._reader.db.execute(
            "select flags from spans where code = ? and first_day <= ? and (last_day is null or last_day >= ?)",
            (row["id"], day, day),
        ).fetchone()
        return frozenset(found[0].split()) if found else frozenset()

    def siblings(self, code: Code, on: date) -> tuple[CodeFacts, ...]:
        """Full codes that stand where this one does in its family, 7th characters alike."""
        row = self._row(code)
        if row is None or code.system is not CodeSystem.ICD10CM:
            return ()
        seventh = code.bare[6] if len(code.bare) == 7 else ""
        base = self._row_of(row["parent"]) if seventh else row
        family = base["parent"] if base else None
        if family is None:
            return ()
        found: list[CodeFacts] = []
        question = f"select {_COLUMNS} from codes where parent = ? order by bare"  # noqa: S608 - our own names
        for values in self._reader.db.execute(question, (family,)).fetchall():
            near: dict[str, Any] | None = self._named(values)
            if seventh and near is not None and len(near["bare"]) < 7:
                near = self._row(Code.parse(CodeSystem.ICD10CM, near["bare"].ljust(6, "X") + seventh))
            if near is not None and near["bare"] != code.bare:
                found.append(self._facts(near, on))
        return tuple(f for f in found if f.state is CodeState.VALID)

    def procedure_tables(self, on: date) -> tuple[ProcedureTable, ...]:
        """Every PCS table that holds a code in force on the date."""
        rows = self._reader.db.execute(
            "select prefix, operation, body_system, definition from pcs_tables t where exists ("
            "  select 1 from codes where system = 'ICD-10-PCS' and bare >= t.prefix and bare < t.prefix || '~'"
            "  and first_day <= :day and (last_day is null or last_day >= :day)) order by prefix",
            {"day": day_number(on)},
        )
        return tuple(ProcedureTable(*row) for row in rows)

    def axis_options(self, chosen: str, on: date) -> tuple[AxisOption, ...]:
        """The values the next PCS axis may take after 3 to 6 characters: only those that lead to a code in force."""
        place = len(chosen) + 1
        rows = self._reader.db.execute(
            "select distinct substr(bare, :place, 1), coalesce(label, 'Value ' || substr(bare, :place, 1)) from codes"
            " left join pcs_values on prefix = substr(bare, 1, 3) and pcs_values.place = :place"
            "  and value = substr(bare, :place, 1)"
            " where system = 'ICD-10-PCS' and bare >= :low and bare < :high and first_day <= :day"
            " and (last_day is null or last_day >= :day) order by 1",
            {"place": place, "low": chosen, "high": chosen + "~", "day": day_number(on)},
        )
        return tuple(AxisOption(value, label) for value, label in rows)

    def seventh_characters(self, code: Code, on: date) -> tuple[CodeFacts, ...]:
        """The full codes a category becomes with X as placeholder and each 7th character it may take."""
        if code.system is not CodeSystem.ICD10CM or len(code.bare) >= 7:
            return ()
        texts = (note.text for note in self.notes(code, on) if note.kind == "7th character")
        padded = code.bare.ljust(6, "X")
        found = (
            self.look_up(Code.parse(CodeSystem.ICD10CM, padded + text[0]), on) for text in texts if text[1:2] == ":"
        )
        return tuple(facts for facts in found if facts.state is CodeState.VALID)

    def pair_edit(self, first: Code, second: Code, on: date) -> int | None:
        """NCCI procedure-to-procedure: the modifier indicator when `second` is the pair's column 2 code."""
        day = day_number(on)
        found = self._reader.db.execute(
            "select indicator from ncci_pairs where first = ? and second = ? and effective <= ?"
            " and (ended is null or ended >= ?)",
            (first.bare, second.bare, day, day),
        ).fetchone()
        return found[0] if found else None

    def unit_limit(self, code: Code, on: date) -> tuple[int, int] | None:
        """MUE: (most units, adjudication indicator)."""
        found = self._reader.db.execute(
            "select units, indicator from unit_limits where code = ? and effective <= ? order by effective desc",
            (code.bare, day_number(on)),
        ).fetchone()
        return (found[0], found[1]) if found else None

    def primaries_of(self, code: Code, on: date) -> tuple[Code, ...] | None:
        """NCCI add-on codes: what an add-on may accompany, empty for any of the payer's choice."""
        day = day_number(on)
        rows = self._reader.db.execute(
            "select primary_code from add_ons where code = ? and effective <= ? and (ended is null or ended >= ?)"
            " order by primary_code",
            (code.bare, day, day),
        ).fetchall()
        if not rows:
            return None
        return tuple(
            Code.parse(CodeSystem.CPT if bare[0].isdigit() else CodeSystem.HCPCS, bare) for (bare,) in rows if bare
        )

    def imports(self) -> tuple[dict[str, Any], ...]:
        """What was imported into this pack, oldest first: file, sha256, effective, imported_on, summary."""
        found = self._reader.db.execute("select value from facts where name = 'imports'").fetchone()
        return tuple(json.loads(found[0])) if found else ()

    def holds_all_of(self, system: CodeSystem) -> bool:
        """Whether a code of a system that is not held here is known to be none."""
        return system.value in self._complete

    def drg_type(self, drg: int, on: date) -> DrgType:
        """Medical or surgical, by the version in force on the day of discharge."""
        question = "select kind from drg_types where drg = ? and version = ?"
        found = self._reader.db.execute(question, (drg, grouper_version(on))).fetchone()
        return DrgType(found[0]) if found else DrgType.NONE

    def drg_weight(self, drg: int, on: date) -> tuple[float | None, float | None]:
        """(relative weight, geometric mean stay in days) of CMS Table 5; None where no table was imported."""
        question = "select weight, mean_stay from drg_weights where drg = ? and fiscal_year = ?"
        found = self._reader.db.execute(question, (drg, on.year + (on.month >= 10))).fetchone()
        return (found[0], found[1]) if found else (None, None)

    @staticmethod
    def _named(row: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(_COLUMNS.split(", "), row, strict=True))

    def _row(self, code: Code) -> dict[str, Any] | None:
        found = self._reader.db.execute(
            f"select {_COLUMNS} from codes where system = ? and bare = ?",  # noqa: S608 - our own names
            (code.system.value, code.bare),
        ).fetchone()
        return self._named(found) if found else None

    def _row_of(self, row_id: int | None) -> dict[str, Any] | None:
        question = f"select {_COLUMNS} from codes where id = ?"  # noqa: S608 - our own names
        found = self._reader.db.execute(question, (row_id,)).fetchone()
        return self._named(found) if found else None

    def _edition(self, on: date) -> int:
        """The Tabular List in force: the latest that counts by then, unless a later one is nearer than an old one."""
        day = day_number(on)
        by_then = [edition for edition in self._editions if edition <= day]
        later = [edition for edition in self._editions if edition > day]
        if not by_then or (later and day - by_then[-1] > _TOO_OLD):
            return later[0]
        return by_then[-1]

    def _nearest_heading(self, code: Code, edition: int) -> str | None:
        """The heading that holds a code: itself, or what its 7th character and padding extend."""
        for length in range(len(code.bare), 2, -1):
            name = Code(code.system, code.bare[:3] + ("." + code.bare[3:length] if length > 3 else "")).value
            known = self._reader.db.execute("select 1 from headings where edition = ? and name = ?", (edition, name))
            if known.fetchone():
                return name
        return None

    def _facts(self, row: dict[str, Any], on: date) -> CodeFacts:
        day = day_number(on)
        state = _state(row, day)
        version = grouper_version(on)
        db = self._reader.db
        severity = db.execute(
            "select severity from severities where code = ? and first_version <= ? and last_version >= ?",
            (row["id"], version, version),
        ).fetchone()
        ended = row["last_day"] is not None and row["last_day"] < day
        return CodeFacts(
            code=_code(row["system"], row["bare"]),
            state=state,
            title=row["title"],
            valid_from=_as_date(_first_day(row)),
            valid_to=_as_date(row["last_day"]),
            severity=Severity(severity[0]) if severity and state is CodeState.VALID else Severity.NONE,
            poa_exempt=bool(row["poa_exempt"]),
            successors=self._successors(db, row["id"], day) if ended else (),
        )

    def _successors(self, db: sqlite3.Connection, row_id: int, day: int) -> tuple[Code, ...]:
        """Every candidate in force on the day, followed through later conversions."""
        found = db.execute(
            "with recursive line(code) as ("
            "  select successor from successors where code = ?"
            "  union select s.successor from successors s join line on s.code = line.code"
            ") select system, bare from codes where id in (select code from line)"
            " and first_day <= ? and (last_day is null or last_day >= ?) order by bare",
            (row_id, day, day),
        )
        return tuple(_code(system, bare) for system, bare in found)


def _first_day(row: dict[str, Any]) -> int | None:
    """When a code began; of our own selection of HCPCS only that it is in force is known."""
    unknown = row["system"] == CodeSystem.HCPCS.value and row["first_day"] == _BEGINNING
    return None if unknown else row["first_day"]


def _state(row: dict[str, Any], day: int) -> CodeState:
    """Valid as a full code, else a heading while anything lies below, else retired or not yet."""
    if row["billable"] and row["first_day"] <= day and (row["last_day"] is None or row["last_day"] >= day):
        return CodeState.VALID
    above = row["first_heading"] is not None and row["first_heading"] <= day
    if above and (row["last_heading"] is None or row["last_heading"] >= day):
        return CodeState.HEADER
    firsts = [d for d in (row["first_day"], row["first_heading"]) if d is not None]
    return CodeState.RETIRED if firsts and min(firsts) <= day else CodeState.NOT_YET
