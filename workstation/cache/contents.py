"""The contents table: each document's plain text or bytes, by version (written by sync)."""

from __future__ import annotations

from collections.abc import Iterable

from workstation.domain.encounter import DocumentId, EncounterId
from workstation.domain.mirror import Content
from workstation.sealed_db import Connection


def put(db: Connection, content: Content) -> None:
    db.execute(
        """insert or replace into contents (document_id, version, media_type, text, body, fault)
           values (?, ?, ?, ?, ?, ?)""",
        (content.document_id, content.version, content.media_type, content.text, content.body, content.fault),
    )


def get(db: Connection, document_id: DocumentId) -> Content | None:
    row = db.execute(
        "select version, media_type, text, body, fault from contents where document_id = ?", (document_id,)
    ).fetchone()
    return Content(document_id, *row) if row else None


def held(db: Connection, encounter_id: EncounterId) -> dict[DocumentId, str]:
    """The version held of each document of an encounter; a content that could not be fetched does not count."""
    rows = db.execute(
        """select c.document_id, c.version from contents c join documents d on d.id = c.document_id
           where d.encounter_id = ? and (c.text is not null or c.body is not null)""",
        (encounter_id,),
    )
    return {DocumentId(document): version for document, version in rows}


def texts(db: Connection, encounter_id: EncounterId) -> tuple[tuple[DocumentId, str], ...]:
    """Every text of an encounter in the order the documents were written."""
    rows = db.execute(
        """select d.id, c.text from documents d join contents c on c.document_id = d.id
           where d.encounter_id = ? and c.text is not null order by d.written_at, d.id""",
        (encounter_id,),
    )
    return tuple((DocumentId(document), text) for document, text in rows)


def forget(db: Connection, document_ids: Iterable[DocumentId]) -> None:
    """Drop the contents of some documents, but of those that are there still."""
    db.executemany(
        "delete from contents where document_id = ?1 and not exists (select 1 from documents where id = ?1)",
        [(name,) for name in document_ids],
    )


def forget_strays(db: Connection) -> None:
    """Drop the contents of documents that are no longer there; looks at every one."""
    db.execute("delete from contents where document_id not in (select id from documents)")
