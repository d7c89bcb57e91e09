"""Open a document, and search the chart: in the order of its documents, with the line each hit stands in."""

from __future__ import annotations

import re
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from workstation.cache import contents, documents, reads
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.encounter import Document, DocumentId, EncounterId
from workstation.errors import DocumentUnreadable, NotHere
from workstation.futures import apply, then
from workstation.operations.audit import look_at, look_at_document
from workstation.sealed_db import Connection

MOST_HITS = 2_000
LONGEST_LINE = 240  # characters of a line shown with a hit


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """What a document says: its plain text, or the bytes of an image or PDF to be drawn."""

    document: Document
    media_type: str
    text: str | None
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words stand; `line_text` is the line around it, `line_start` where that begins."""

    document_id: DocumentId
    start: int
    end: int
    line_text: str
    line_start: int


def open(desk: Desk, document_id: DocumentId) -> Future[DocumentContent]:  # noqa: A001  what a coder does
    """A document's content; it counts as read from now on. Raises NotHere, DocumentUnreadable."""

    def look(db: Connection) -> DocumentContent:
        document = documents.get(db, document_id)
        content = contents.get(db, document_id)
        if document is None or content is None:
            raise NotHere
        if content.fault:
            raise DocumentUnreadable(content.fault)
        return DocumentContent(document, content.media_type, content.text, content.body)

    def mark(found: DocumentContent) -> Future[DocumentContent]:
        if not found.document.is_unread:
            return apply(desk.db.read(lambda db: None), lambda _: found)

        def read(db: Connection) -> DocumentContent:
            reads.put(db, document_id, found.document.encounter_id, found.document.version, desk.now())
            return found

        written = desk.db.write(read)
        return apply(written, lambda _: _told(desk, found))

    return then(look_at_document(desk, document_id, look), mark)


def texts_of(desk: Desk, encounter_id: EncounterId, wanted: tuple[DocumentId, ...]) -> Future[dict[DocumentId, str]]:
    """The plain texts of some documents of one encounter side by side, each view on record. Raises NotHere."""

    def look(db: Connection) -> dict[DocumentId, str]:
        found = dict(contents.texts(db, encounter_id))
        if any(document_id not in found for document_id in wanted):
            raise NotHere
        return {document_id: found[document_id] for document_id in wanted}

    seen: Future[None] = look_at_document(desk, wanted[0], lambda db: None)
    for document_id in wanted[1:]:
        seen = then(seen, partial(_also_seen, desk, document_id))
    return then(seen, lambda _: desk.db.read(look))


def _also_seen(desk: Desk, document_id: DocumentId, _: None) -> Future[None]:
    return look_at_document(desk, document_id, lambda db: None)


def mark_unread(desk: Desk, document_id: DocumentId) -> Future[Changes]:
    """Show a document in bold again."""

    def forget(db: Connection) -> Changes:
        document = documents.get(db, document_id)
        reads.forget(db, document_id)
        return Changes(worklist=True, encounters=frozenset({document.encounter_id} if document else ()))

    def tell(changes: Changes) -> Changes:
        desk.changed(changes)
        return changes

    return apply(desk.db.write(forget), tell)


def search(desk: Desk, encounter_id: EncounterId, words: str) -> Future[tuple[Hit, ...]]:
    """Where the words stand in the chart: as a phrase, else in the documents that hold all of them."""

    def look(db: Connection) -> tuple[Hit, ...]:
        return find(contents.texts(db, encounter_id), words)

    return look_at(desk, encounter_id, Act.SEARCH_CHART, look)


def find(texts: tuple[tuple[DocumentId, str], ...], words: str) -> tuple[Hit, ...]:
    """The hits in some texts, at most MOST_HITS."""
    asked = [re.escape(word) for word in words.split()]
    if not asked:
        return ()
    phrase = re.compile(r"\s+".join(asked), re.IGNORECASE)
    hits = _hits(texts, phrase)
    if hits or len(asked) == 1:
        return hits
    each = [re.compile(word, re.IGNORECASE) for word in asked]
    holding = tuple(pair for pair in texts if all(word.search(pair[1]) for word in each))
    return _hits(holding, re.compile("|".join(asked), re.IGNORECASE))


def _hits(texts: tuple[tuple[DocumentId, str], ...], pattern: re.Pattern[str]) -> tuple[Hit, ...]:
    found: list[Hit] = []
    for document_id, text in texts:
        for match in pattern.finditer(text):
            start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - LONGEST_LINE // 2)
            end = text.find("\n", match.end())
            end = min(len(text) if end < 0 else end, start + LONGEST_LINE)
            found.append(Hit(document_id, match.start(), match.end(), text[start : max(end, match.end())], start))
            if len(found) == MOST_HITS:
                return tuple(found)
    return tuple(found)


def _told(desk: Desk, found: DocumentContent) -> DocumentContent:
    desk.changed(Changes(worklist=True))
    return found
