"""Build: writes the search tables of a pack from its documents, the likeliest first."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from workstation.codebook import documents as documents_of
from workstation.codebook.documents import Document
from workstation.codebook.schema import SEARCH
from workstation.codebook.spelling import skeleton

TABLES = {"ICD-10-CM": "search_cm", "ICD-10-PCS": "search_pcs", "HCPCS": "search_hcpcs"}


def write_index(
    db: sqlite3.Connection,
    by_system: Mapping[str, Iterable[Document]],
    ids: Mapping[tuple[str, str], int],
    in_force: Callable[[str, str], bool],
    say: Callable[[str], None],
) -> int:
    """Replace the search tables by these documents; how many there are. The synonyms stand already."""
    for table in TABLES.values():
        db.execute(f"drop table if exists {table}")
    db.execute("delete from documents")
    db.execute("delete from vocabulary")
    db.executescript(SEARCH)
    counts: Counter[str] = Counter()
    document_id = 0
    # the more ways coders have of saying a thing, the more often they say it
    ways = Counter(
        (system, frozenset(meaning.replace("?", "").split()))
        for system, meaning in db.execute("select system, meaning from synonyms")
    )
    for system, table in TABLES.items():

        def order(document: Document, system: str = system) -> tuple[object, ...]:
            said = ways[system, frozenset(document.words)] if document.kind == documents_of.DEFAULT else 0
            return (*documents_of.priority(document, in_force(system, document.bare), said), document.phrase or "")

        ordered = sorted(by_system.get(system, ()), key=order)
        rows: list[tuple[int, int, int, str | None, str]] = []
        for document in ordered:
            document_id += 1
            counts.update(set(document.words))
            code = ids[system, document.bare]
            rows.append((document_id, code, document.kind, document.phrase, " ".join(document.words)))
        db.executemany("insert into documents values (?, ?, ?, ?, ?)", rows)
        insert = f"insert into {table}(rowid, words) values (?, ?)"  # noqa: S608 - our own names
        db.executemany(insert, [(r[0], r[4]) for r in rows])
        db.execute(f"insert into {table}({table}) values ('optimize')")  # noqa: S608 - our own names
        say(f"{system}: {len(rows)} search documents")
    for (phrase,) in db.execute("select phrase from synonyms").fetchall():
        for word in phrase.split():
            counts.setdefault(word, 0)  # known, though no document holds it
    db.executemany(
        "insert into vocabulary values (?, ?, ?)",
        [(word, count, skeleton(word)) for word, count in sorted(counts.items())],
    )
    db.execute("insert or replace into facts values ('documents', ?)", (str(document_id),))
    return document_id
