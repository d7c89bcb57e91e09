"""How large a scanned page is, read from the first bytes of its picture; nothing is decoded."""

from __future__ import annotations

_LEFT_OUT = (0xC4, 0xC8, 0xCC)  # JPEG markers between the frame headers that are none


def size_of(body: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None for every other kind."""
    if body.startswith(b"\x89PNG\r\n\x1a\n") and body[12:16] == b"IHDR":
        return int.from_bytes(body[16:20]), int.from_bytes(body[20:24])
    if body.startswith(b"\xff\xd8"):
        return _of_jpeg(body)
    return None


def _of_jpeg(body: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(body) and body[at] == 0xFF:
        marker = body[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _LEFT_OUT:
            return int.from_bytes(body[at + 7 : at + 9]), int.from_bytes(body[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 + int.from_bytes(body[at + 2 : at + 4])
    return None
