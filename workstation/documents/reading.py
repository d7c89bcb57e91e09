"""A document's bytes as what can be shown: verified, bounded, plain text where it has one."""

from __future__ import annotations

import base64
import binascii
import hashlib

from workstation.documents.ccda import text_of_ccda
from workstation.documents.html import text_of_html
from workstation.documents.plain import decoded, tidied
from workstation.documents.rtf import text_of_rtf
from workstation.domain.mirror import Attachment, Content
from workstation.errors import DocumentUnreadable

LONGEST_TEXT = 2_000_000  # characters; the viewer stays quick up to here
DRAWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff"})
_MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF8",),
    "image/bmp": (b"BM",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}


def read(attachment: Attachment, body: bytes) -> Content:
    """What can be shown of a document; a `fault` says why when it cannot."""
    kind = attachment.media_type
    try:
        verify(attachment, body)
        if kind in DRAWN:
            if not body[:1024].lstrip().startswith(_MAGIC[kind]):
                raise DocumentUnreadable(f"It says it is {kind} and is not.")
            return Content(attachment.document_id, attachment.version, kind, None, body)
        text = tidied(_text(kind, body, attachment.charset))
    except DocumentUnreadable as unreadable:
        return Content(attachment.document_id, attachment.version, kind, None, None, unreadable.detail)
    if len(text) > LONGEST_TEXT:
        fault = "It is longer than this workstation shows."
        return Content(attachment.document_id, attachment.version, kind, None, None, fault)
    return Content(attachment.document_id, attachment.version, kind, text, None)


def verify(attachment: Attachment, body: bytes) -> None:
    """Raises DocumentUnreadable when the bytes are not those the chart names."""
    if attachment.size is not None and attachment.size != len(body):
        raise DocumentUnreadable("Its size is not what the chart says.")
    if attachment.sha1:
        try:
            wanted = base64.b64decode(attachment.sha1, validate=True)
        except (binascii.Error, ValueError):
            raise DocumentUnreadable("Its checksum in the chart cannot be read.") from None
        if hashlib.sha1(body, usedforsecurity=False).digest() != wanted:
            raise DocumentUnreadable("It was changed on the way: its checksum does not fit.")


def _text(kind: str, body: bytes, charset: str) -> str:
    if kind == "text/plain":
        return decoded(body, charset)
    if kind in ("text/html", "application/xhtml+xml"):
        return text_of_html(decoded(body, charset))
    if kind in ("text/rtf", "application/rtf"):
        return text_of_rtf(body)
    if kind in ("application/xml", "text/xml", "application/hl7-v3+xml", "application/cda+xml"):
        return text_of_ccda(body)
    raise DocumentUnreadable(f"It is of the kind {kind or 'unknown'}.")
