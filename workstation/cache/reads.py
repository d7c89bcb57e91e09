"""The reads table: which version of each document the coder has opened (written by operations)."""

from __future__ import annotations

from datetime import datetime

from workstation.domain.encounter import DocumentId, EncounterId
from workstation.sealed_db import Connection


def put(db: Connection, document_id: DocumentId, encounter_id: EncounterId, version: str, at: datetime) -> None:
    db.execute(
        "insert or replace into reads (document_id, encounter_id, version, read_at) values (?, ?, ?, ?)",
        (document_id, encounter_id, version, at.isoformat()),
    )


def forget(db: Connection, document_id: DocumentId) -> None:
    """Mark a document unread again."""
    db.execute("delete from reads where document_id = ?", (document_id,))
