"""The captures table: redacted regions of scanned pages, kept for a query (written by operations)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workstation.cache.columns import moment
from workstation.domain.encounter import DocumentId, EncounterId
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a capture was taken; its picture is read apart."""

    encounter_id: EncounterId
    document_id: DocumentId
    page: int  # from 1


def put(db: Connection, capture_id: str, where: Kept, png: bytes, at: datetime) -> None:
    db.execute(
        "insert into captures (id, encounter_id, document_id, page, body, made_at) values (?, ?, ?, ?, ?, ?)",
        (capture_id, where.encounter_id, where.document_id, where.page, png, moment(at)),
    )


def where(db: Connection, capture_id: str) -> Kept | None:
    row = db.execute("select encounter_id, document_id, page from captures where id = ?", (capture_id,)).fetchone()
    return Kept(EncounterId(row[0]), DocumentId(row[1]), row[2]) if row else None


def picture(db: Connection, capture_id: str) -> bytes | None:
    row = db.execute("select body from captures where id = ?", (capture_id,)).fetchone()
    return bytes(row[0]) if row else None


def forget(db: Connection, capture_id: str) -> None:
    db.execute("delete from captures where id = ?", (capture_id,))
