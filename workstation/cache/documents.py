"""The documents table: the chart's documents without their content (written by sync)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import Document, DocumentId, EncounterId
from workstation.domain.mirror import Attachment
from workstation.sealed_db import Connection

_SELECT = """select d.id, d.encounter_id, d.version, d.type_code, d.type_name, d.title, d.author, d.author_is_provider,
    d.written_at, d.media_type, d.size, d.status, d.appends, d.replaces,
    coalesce(r.version, '') <> d.version, c.document_id is not null
    from documents d left join reads r on r.document_id = d.id
    left join contents c on c.document_id = d.id and c.version = d.version"""


def replace_all(
    db: Connection, encounter_id: EncounterId, documents: Iterable[Document], attachments: Iterable[Attachment]
) -> None:
    places = {attachment.document_id: attachment for attachment in attachments}
    db.execute("delete from documents where encounter_id = ?", (encounter_id,))
    db.executemany(
        """insert or replace into documents (id, encounter_id, version, type_code, type_name, title, author,
           author_is_provider, written_at, media_type, charset, size, status, appends, replaces, url, sha1)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (
                d.id, encounter_id, d.version, d.type_code, d.type_name, d.title, d.author, int(d.author_is_provider),
                moment(d.written_at), d.media_type, places[d.id].charset if d.id in places else "", d.size, d.status,
                d.appends, d.replaces, places[d.id].url if d.id in places else "",
                places[d.id].sha1 if d.id in places else "",
            )
            for d in documents
        ],
    )  # fmt: skip


def of_encounter(db: Connection, encounter_id: EncounterId) -> tuple[Document, ...]:
    """In the order they were written."""
    rows = db.execute(f"{_SELECT} where d.encounter_id = ? order by d.written_at, d.id", (encounter_id,))
    return tuple(_document(row) for row in rows)


def ids_of(db: Connection, encounter_id: EncounterId) -> frozenset[DocumentId]:
    rows = db.execute("select id from documents where encounter_id = ?", (encounter_id,))
    return frozenset(DocumentId(row[0]) for row in rows)


def versions_of(db: Connection, encounter_id: EncounterId) -> dict[str, str]:
    """The version held of each document of an encounter."""
    return dict(db.execute("select id, version from documents where encounter_id = ?", (encounter_id,)))


def get(db: Connection, document_id: DocumentId) -> Document | None:
    row = db.execute(f"{_SELECT} where d.id = ?", (document_id,)).fetchone()
    return _document(row) if row else None


def _document(row: tuple[Any, ...]) -> Document:
    (document, encounter, version, type_code, type_name, title, author, provider, written, media, size, status,
     appends, replaces, unread, here) = row  # fmt: skip
    return Document(
        DocumentId(document), EncounterId(encounter), version, type_code, type_name, title, author, bool(provider),
        moment_of(written), media, size, status, DocumentId(appends) if appends else None,
        DocumentId(replaces) if replaces else None, bool(unread), bool(here),
    )  # fmt: skip
