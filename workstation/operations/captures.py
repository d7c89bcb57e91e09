"""Keep a redacted region of a scanned page for a query; what holds more than its pixels is refused here."""

from __future__ import annotations

from concurrent.futures import Future

from workstation.cache import captures, contents, documents
from workstation.cache.captures import Kept
from workstation.desk import Desk
from workstation.documents.picture import size_of
from workstation.domain.audit import Act
from workstation.domain.capture import check_region, examine
from workstation.domain.encounter import DocumentId, EncounterId
from workstation.errors import NotHere
from workstation.futures import then
from workstation.ids import uuid7
from workstation.operations.audit import act_on, look_at
from workstation.sealed_db import Connection


def keep(desk: Desk, encounter_id: EncounterId, document_id: DocumentId, page: int, png: bytes) -> Future[str]:
    """Keep a picture of a part of page `page` (from 1); answers its id. Raises CaptureRefused, NotHere.

    That it is a part of the page is checked where the chart's bytes tell how large that is: of a PNG or JPEG. Of a
    PDF nothing here knows the size of a page; the frame on the screen holds to the same rule for both.
    """
    capture_id = uuid7()

    def write(db: Connection) -> str:
        size = examine(png)
        document = documents.get(db, document_id)
        content = contents.get(db, document_id)
        if document is None or document.encounter_id != encounter_id or content is None or content.body is None:
            raise NotHere
        whole = size_of(content.body)
        if whole is not None:
            check_region(size, whole)
        captures.put(db, capture_id, Kept(encounter_id, document_id, page), png, desk.now())
        return capture_id

    return act_on(desk, encounter_id, Act.CAPTURE, write, what=f"DocumentReference/{document_id}")


def get(desk: Desk, capture_id: str) -> Future[bytes]:
    """The picture as it was kept, once it is on record that it is looked at. Raises NotHere.

    It never changes under its id: whoever shows it asks once.
    """

    def read(db: Connection) -> bytes:
        png = captures.picture(db, capture_id)
        if png is None:
            raise NotHere
        return png

    def look(at: Kept) -> Future[bytes]:
        return look_at(desk, at.encounter_id, Act.VIEW_QUERY, read, what=f"DocumentReference/{at.document_id}")

    return then(desk.db.read(lambda db: _where(db, capture_id)), look)


def forget(desk: Desk, capture_id: str) -> Future[None]:
    """Throw a picture away that no query holds any more. Raises NotHere."""

    def throw_away(at: Kept) -> Future[None]:
        def write(db: Connection) -> None:
            captures.forget(db, capture_id)

        what = f"DocumentReference/{at.document_id}"
        return act_on(desk, at.encounter_id, Act.CAPTURE, write, what=what, reason="forget")

    return then(desk.db.read(lambda db: _where(db, capture_id)), throw_away)


def _where(db: Connection, capture_id: str) -> Kept:
    found = captures.where(db, capture_id)
    if found is None:
        raise NotHere
    return found
