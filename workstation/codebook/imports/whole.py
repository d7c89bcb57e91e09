"""What hangs together in a pack after imports: the hierarchy of codes, and the search."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable

from workstation.codebook.documents import DEFAULT, INCLUSION, TITLE, Document, searchable
from workstation.codebook.indexing import TABLES, write_index

CM, HCPCS = "ICD-10-CM", "HCPCS"


def build_hierarchy(db: sqlite3.Connection) -> None:
    """Parents and days of headings, from the days of the codes below them."""
    rows = db.execute(
        "select id, bare, billable, first_day, last_day from codes where system = ? order by bare", (CM,)
    ).fetchall()
    ids = {bare: row_id for row_id, bare, *_ in rows}
    days: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for _, bare, billable, first, last in rows:
        if billable:
            for length in range(3, len(bare)):
                days[bare[:length]].append((first, last))
    for row_id, bare, *_ in rows:
        parent = next((ids[bare[:n]] for n in range(len(bare) - 1, 2, -1) if bare[:n] in ids), None)
        below = days.get(bare)
        first_heading = min(first for first, _ in below) if below else None
        lasts = [last for _, last in below] if below else []
        last_heading = None if None in lasts else max((d for d in lasts if d is not None), default=None)
        db.execute(
            "update codes set parent = ?, first_heading = ?, last_heading = ? where id = ?",
            (parent, first_heading, last_heading, row_id),
        )


def build_search(
    db: sqlite3.Connection,
    renamed: set[tuple[str, str]],
    inclusions: Iterable[Document] | None,
    index: Iterable[Document],
    say: Callable[[str], None],
) -> None:
    """The search tables anew: renamed titles, the inclusion terms of a new Tabular List, and index entries."""
    ids: dict[tuple[str, str], int] = {}
    titles: dict[tuple[str, str], str] = {}
    current: set[tuple[str, str]] = set()
    full: set[tuple[str, str]] = set()
    for row_id, system, bare, title, billable, last in db.execute(
        "select id, system, bare, title, billable, last_day from codes"
    ):
        ids[system, bare], titles[system, bare] = row_id, title
        if billable:
            full.add((system, bare))
            if last is None:
                current.add((system, bare))
    by_system: dict[str, list[Document]] = {system: [] for system in TABLES}
    for system, bare, kind, phrase, words in db.execute(
        "select c.system, c.bare, d.kind, d.phrase, d.words from documents d join codes c on c.id = d.code order by d.id"
    ):
        if kind == TITLE and (system, bare) in renamed:
            if system == HCPCS:
                # CMS shortens supplies to "Inj, methylpred sod succ": our own wording goes on finding them
                by_system[system].append(Document(bare, DEFAULT, words, tuple(words.split())))
            continue
        if kind == INCLUSION and inclusions is not None:
            continue
        by_system[system].append(Document(bare, kind, phrase, tuple(words.split())))
    for system, bare in sorted(renamed & full):
        if system in by_system:
            by_system[system].append(Document(bare, TITLE, None, searchable(titles[system, bare])))
    by_system[CM].extend(inclusions or ())
    by_system[CM].extend(_new_ways(index, by_system[CM]))
    write_index(db, by_system, ids, lambda system, bare: (system, bare) in current, say)


def _new_ways(found: Iterable[Document], held: Iterable[Document]) -> list[Document]:
    """Index entries that say something new: not the words a title or a default term of the code says already."""
    known = {(d.bare, frozenset(d.words)) for d in held}
    # our own default terms stand above the index where both name the same words
    defaults = {frozenset(d.words) for d in held if d.kind == DEFAULT}
    kept: list[Document] = []
    for document in found:
        key = (document.bare, frozenset(document.words))
        if key in known or frozenset(document.words) in defaults or not document.words:
            continue
        known.add(key)
        kept.append(document)
    return kept
