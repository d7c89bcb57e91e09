"""Puts read releases into a pack that nobody reads yet, and tells what they changed."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from workstation.codebook import documents as documents_of
from workstation.codebook.documents import INCLUSION, INDEX, Document, default_leaf, searchable
from workstation.codebook.imports import readers
from workstation.codebook.imports.files import BadFile, Member
from workstation.codebook.imports.kinds import Kind
from workstation.codebook.imports.whole import build_hierarchy, build_search
from workstation.codebook.tabular import dotted, mentioned

CM, PCS, HCPCS, CPT = "ICD-10-CM", "ICD-10-PCS", "HCPCS", "CPT"
_A_CODE_SET = 300  # so many codes at least, before a list can be called an excerpt
ALWAYS = 20151001  # the first day ICD-10 was in force
Say = Callable[[str], None]


@dataclass
class Diff:
    """What one release changed, as codes with their dots."""

    kind: Kind
    name: str
    effective: date | None
    rows: int = 0
    added: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    retitled: list[str] = field(default_factory=list)
    remark: str = ""

    def in_words(self) -> str:
        counts = [
            f"{len(listed):,} {what}"
            for listed, what in ((self.added, "added"), (self.retired, "retired"), (self.retitled, "retitled"))
            if listed
        ]
        since = f", in force from {self.effective}" if self.effective else ""
        changed = ", ".join(counts) or ("no change" if not self.remark else "")
        return f"{self.kind.value}{since}: {self.rows:,} rows; " + "; ".join(p for p in (changed, self.remark) if p)


def number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _eve(day: int) -> int:
    """The day before, as yyyymmdd."""
    return number(date(day // 10_000, day // 100 % 100, day % 100) - timedelta(days=1))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


class Applier:
    """Applies releases one by one; `finish` rebuilds what hangs together: hierarchy and search."""

    def __init__(self, db: sqlite3.Connection, say: Say) -> None:
        self._db = db
        self._say = say
        self._facts: dict[str, str] = dict(db.execute("select name, value from facts"))
        self._renamed: set[tuple[str, str]] = set()
        self._index: dict[str, list[Document]] = defaultdict(list)
        self._inclusions_changed = False
        self._hierarchy_changed = False

    def apply(self, member: Member, kind: Kind, effective: date | None) -> Diff:
        """Raises BadFile for a file that does not hold what its kind must."""
        diff = Diff(kind, member.name, effective)
        day = number(effective) if effective else 0
        match kind:
            case Kind.CM_ORDER | Kind.PCS_ORDER:
                self._order(member, day, diff, CM if kind is Kind.CM_ORDER else PCS)
            case Kind.TABULAR:
                self._tabular(member, day, diff)
            case Kind.INDEX:
                self._add_index(readers.index_rows(member), diff)
            case Kind.TABLE:
                self._add_index(readers.table_rows(member), diff)
            case Kind.POA:
                self._poa(readers.poa_codes(member), day, diff)
            case Kind.CONVERSION:
                self._conversions(readers.conversions(member), diff)
            case Kind.HCPCS:
                self._hcpcs(readers.hcpcs_rows(member), day, diff)
            case Kind.LICENSED:
                self._licensed(readers.licensed_rows(member), diff)
            case _:
                self._tables(member, kind, day, diff)
        return diff

    # ------------------------------------------------------------------ codes

    def _order(self, member: Member, day: int, diff: Diff, system: str) -> None:
        rows = readers.order_rows(member, procedures=system == PCS)
        diff.rows = len(rows)
        newest = int(self._facts.get(f"newest {system}", "0"))
        held: dict[str, tuple[int, str, int, int | None, int | None]] = {
            bare: (row_id, title, billable, first, last)
            for row_id, bare, title, billable, first, last in self._db.execute(
                "select id, bare, title, billable, first_day, last_day from codes where system = ?", (system,)
            )
        }
        listed = {row.bare for row in rows if row.is_full}
        later = day < newest
        for row in rows:
            if not row.is_full and system == PCS:
                continue  # the order file's own headings of three characters
            known = held.get(row.bare)
            if known is None or (row.is_full and not self._holds(known, day)):
                if not (later and known is not None):
                    self._add(system, row.bare, row.title, day, known, full=row.is_full)
                    if row.is_full:
                        diff.added.append(dotted(row.bare) if system == CM else row.bare)
                    if later and row.is_full:
                        self._end(system, row.bare, _eve(newest))
            elif _plain(known[1]) != _plain(row.title) and not later:
                self._db.execute("update codes set title = ? where id = ?", (row.title, known[0]))
                self._renamed.add((system, row.bare))
                diff.retitled.append(dotted(row.bare) if system == CM else row.bare)
        gone = [bare for bare, known in held.items() if self._holds(known, day) and bare not in listed]
        if not later:
            _refuse_a_part(member.name, len(listed), len(gone), sum(self._holds(known, day) for known in held.values()))
        if later:
            diff.remark = f"a later release is held: {len(gone)} codes it lacks are left as they are" if gone else ""
        else:
            for bare in gone:
                self._end(system, bare, _eve(day))
                diff.retired.append(dotted(bare) if system == CM else bare)
            self._fact(f"newest {system}", str(day))
        self._hierarchy_changed |= system == CM

    @staticmethod
    def _holds(known: tuple[int, str, int, int | None, int | None], day: int) -> bool:
        _, _, billable, first, last = known
        return bool(billable) and first is not None and first <= day and (last is None or last >= day)

    def _add(self, system: str, bare: str, title: str, day: int, known: object, *, full: bool) -> None:
        if known is None:
            self._db.execute(
                "insert into codes (system, bare, title, parent, billable, first_day, last_day, poa_exempt)"
                " values (?, ?, ?, null, ?, ?, null, 0)",
                (system, bare, title, full, day if full else None),
            )
        elif full:
            self._db.execute(
                "update codes set title = ?, billable = 1, first_day = min(coalesce(first_day, ?), ?), last_day = null"
                " where system = ? and bare = ?",
                (title, day, day, system, bare),
            )
        if full:
            self._db.execute(
                "insert into spans select id, ?, null, '' from codes where system = ? and bare = ?", (day, system, bare)
            )
        self._renamed.add((system, bare))

    def _end(self, system: str, bare: str, last: int) -> None:
        self._db.execute("update codes set last_day = ? where system = ? and bare = ?", (last, system, bare))
        self._db.execute(
            "update spans set last_day = ? where code = (select id from codes where system = ? and bare = ?)"
            " and (last_day is null or last_day > ?)",
            (last, system, bare, last),
        )

    def _hcpcs(self, rows: list[readers.HcpcsRow], day: int, diff: Diff) -> None:
        diff.rows = len(rows)
        held = dict(self._db.execute("select bare, title from codes where system = ?", (HCPCS,)))
        for row in rows:
            first = row.first or day or ALWAYS
            if row.code not in held:
                self._add(HCPCS, row.code, row.title, max(min(first, day or first), ALWAYS) if row.first is None
                          else first, None, full=True)  # fmt: skip
                diff.added.append(row.code)
            elif held[row.code] != row.title:
                self._db.execute(
                    "update codes set title = ? where system = ? and bare = ?", (row.title, HCPCS, row.code)
                )
                self._renamed.add((HCPCS, row.code))
                diff.retitled.append(row.code)
            if row.last is not None:
                self._end(HCPCS, row.code, row.last)
        ours = {code for code in held if code[0] != "D"}  # CDT comes from its own publisher
        gone = sorted(ours - {row.code for row in rows}) if day else []
        _refuse_a_part(diff.name, len(rows), len(gone), len(ours))
        for code in gone:
            self._end(HCPCS, code, _eve(day))
            diff.retired.append(code)
        self._complete(HCPCS)

    def _licensed(self, rows: list[tuple[str, str]], diff: Diff) -> None:
        diff.rows = len(rows)
        for code, title in rows:
            system = HCPCS if code[0] == "D" else CPT
            known = self._db.execute("select title from codes where system = ? and bare = ?", (system, code)).fetchone()
            if known is None:
                self._add(system, code, title, ALWAYS, None, full=True)
                diff.added.append(code)
            elif known[0] != title:
                self._db.execute("update codes set title = ? where system = ? and bare = ?", (title, system, code))
                self._renamed.add((system, code))
                diff.retitled.append(code)

    def _poa(self, exempt: set[str], day: int, diff: Diff) -> None:
        diff.rows = len(exempt)
        # the list is of the codes in force on its day: others keep what they were
        held = dict(
            self._db.execute(
                "select bare, poa_exempt from codes where system = :system and billable and (:day = 0 or"
                " (first_day <= :day and (last_day is null or last_day >= :day)))",
                {"system": CM, "day": day},
            )
        )
        diff.added = sorted(dotted(b) for b in exempt if held.get(b) == 0)
        diff.retired = sorted(dotted(b) for b, flag in held.items() if flag and b not in exempt)
        self._db.executemany(
            "update codes set poa_exempt = ? where system = ? and bare = ?",
            [(code in diff.added, CM, code.replace(".", "")) for code in [*diff.added, *diff.retired]],
        )
        diff.remark = "exempt from POA reporting" if diff.added or diff.retired else ""

    def _conversions(self, rows: list[tuple[str, str, int]], diff: Diff) -> None:
        """A row counts when the old code ended just before it; the others convert codes that go on."""
        diff.rows = len(rows)
        ids = dict(self._db.execute("select bare, id from codes where system = ?", (CM,)))
        ended = dict(
            self._db.execute("select id, last_day from codes where system = ? and last_day is not null", (CM,))
        )
        held = set(self._db.execute("select code, successor from successors"))
        for old, new, day in rows:
            old_id, new_id = ids.get(old), ids.get(new)
            if old_id is None or new_id is None or (old_id, new_id) in held:
                continue
            if old_id in ended and ended[old_id] < day <= ended[old_id] + 10_000:
                self._db.execute("insert into successors values (?, ?, ?)", (old_id, new_id, day))
                held.add((old_id, new_id))
                diff.added.append(f"{dotted(old)} to {dotted(new)}")
        diff.remark = "successors" if diff.added else ""

    # ------------------------------------------------------------------ notes and index

    def _tabular(self, member: Member, day: int, diff: Diff) -> None:
        headings = readers.tabular_headings(member)
        diff.rows = len(headings)
        before = {name for (name,) in self._db.execute("select name from headings where edition = (select max(edition)"
                                                       " from headings)")}  # fmt: skip
        self._db.execute("delete from headings where edition = ?", (day,))
        self._db.execute("delete from notes where edition = ?", (day,))
        for heading in headings:
            self._db.execute(
                "insert or replace into headings values (?, ?, ?, ?)",
                (day, heading.name, heading.title, heading.parent),
            )
            sevenths = [("7th character", f"{char}: {meaning}") for char, meaning in heading.sevenths.items()]
            self._db.executemany(
                "insert or replace into notes values (?, ?, ?, ?, ?, ?)",
                [(day, heading.name, place, kind, text, " ".join(mentioned(text)))
                 for place, (kind, text) in enumerate([*heading.notes, *sevenths])],
            )  # fmt: skip
        names = {h.name for h in headings}
        diff.added, diff.retired = sorted(names - before), sorted(before - names)
        diff.remark = "headings"
        editions = {*self._facts["editions"].split(), str(day)}
        self._fact("editions", " ".join(sorted(editions, key=int)))
        if day == max(map(int, editions)):
            self._index["inclusions"] = [
                d for d in documents_of.diagnosis_documents(self._full_titles(), headings, ()) if d.kind == INCLUSION
            ]
            self._inclusions_changed = True

    def _full_titles(self) -> dict[str, str]:
        return dict(self._db.execute("select bare, title from codes where system = ? and billable", (CM,)))

    def _add_index(self, rows: list[readers.IndexRow], diff: Diff) -> None:
        titles = self._full_titles()
        below: dict[str, list[str]] = defaultdict(list)
        for bare in titles:
            for length in range(3, len(bare) + 1):
                below[bare[:length]].append(bare)
        unknown = 0
        for row in rows:
            stem = row.code.replace(".", "").rstrip("-").rstrip("✓√ ")
            target = default_leaf(row.code, below.get(stem, ()), titles)
            if target is None:
                unknown += 1
                continue
            phrase = ", ".join(row.path)
            essential = searchable(" ".join(row.path))
            self._index[CM].append(Document(target, INDEX, phrase, tuple(dict.fromkeys(essential))))
        diff.rows = len(rows)
        diff.remark = f"{len(rows) - unknown:,} ways to find a code" + (
            f"; {unknown:,} entries name codes not held" if unknown else ""
        )

    # ------------------------------------------------------------------ tables of edits and of the grouper

    def _tables(self, member: Member, kind: Kind, day: int, diff: Diff) -> None:
        if kind is Kind.PAIRS:
            pairs = readers.pair_rows(member)
            self._db.executemany("insert or replace into ncci_pairs values (?, ?, ?, ?, ?)", pairs)
            diff.rows = len(pairs)
        elif kind is Kind.UNITS:
            units = readers.unit_rows(member)
            self._db.executemany(
                "insert or replace into unit_limits values (?, ?, ?, ?)",
                [(c, day or ALWAYS, n, how) for c, n, how in units],
            )
            diff.rows = len(units)
        elif kind is Kind.ADD_ONS:
            add_ons = readers.add_on_rows(member)
            self._db.executemany(
                "insert or replace into add_ons values (?, ?, ?, ?)",
                [(code, primary, first or ALWAYS, last) for code, primary, first, last in add_ons],
            )
            diff.rows = len(add_ons)
        else:
            weights = readers.weight_rows(member)
            year = day // 10_000 + (day // 100 % 100 >= 10)
            self._db.executemany(
                "insert or replace into drg_weights values (?, ?, ?, ?)",
                [(drg, year, w, stay) for drg, w, stay in weights],
            )
            diff.rows = len(weights)
        diff.remark = "taken over"

    # ------------------------------------------------------------------ what hangs together

    def finish(self) -> None:
        """The hierarchy and the search index of everything that was applied."""
        if self._hierarchy_changed:
            self._say("hierarchy")
            build_hierarchy(self._db)
        if self._renamed or self._index or self._inclusions_changed:
            self._say("search index")
            inclusions = self._index.get("inclusions", []) if self._inclusions_changed else None
            build_search(self._db, self._renamed, inclusions, self._index.get(CM, ()), self._say)

    def _fact(self, name: str, value: str) -> None:
        self._facts[name] = value
        self._db.execute("insert or replace into facts values (?, ?)", (name, value))

    def _complete(self, system: str) -> None:
        held = self._facts["complete"].split()
        if system not in held:
            self._fact("complete", " ".join([*held, system]))


def _refuse_a_part(name: str, listed: int, ended: int, held: int) -> None:
    """A list that lacks most of what is in force is an excerpt: taken for a release it would retire the rest."""
    if held >= _A_CODE_SET and 2 * ended > held:
        raise BadFile(
            f"{name} lists {listed:,} codes and lacks {ended:,} of the {held:,} in force: it is no whole release."
        )


def needs_day(kind: Kind) -> bool:
    """Whether a release means nothing without its first day."""
    return kind in (Kind.CM_ORDER, Kind.PCS_ORDER, Kind.TABULAR, Kind.WEIGHTS)


NAME = re.compile(r"[^A-Za-z0-9._-]+")
