"""RTF to plain text."""

from __future__ import annotations

from workstation.documents.html import lines_of
from workstation.errors import DocumentUnreadable

LARGEST = 4 * 1024 * 1024  # bytes; pictures inside make it larger, and are not shown


def text_of_rtf(body: bytes) -> str:
    """The words of an RTF document. Raises DocumentUnreadable."""
    if not body.lstrip().startswith(b"{\\rtf"):
        raise DocumentUnreadable("It says it is RTF and is not.")
    if len(body) > LARGEST:
        raise DocumentUnreadable("It is larger than this workstation reads.")
    from striprtf.striprtf import rtf_to_text

    try:
        words: str = rtf_to_text(body.decode("cp1252", "replace"), errors="replace")  # type: ignore[no-untyped-call]
        return lines_of(words)
    except (ValueError, LookupError, IndexError, RecursionError):
        raise DocumentUnreadable("Its RTF cannot be read.") from None
