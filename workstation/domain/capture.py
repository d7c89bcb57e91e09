"""What may be kept of a scanned page: a part of it, a small PNG, and in that PNG pixels and nothing else."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from workstation.errors import CaptureRefused

Size = tuple[int, int]  # width and height in pixels

MOST_SHARE = 1 / 3  # of the page's area: a whole page is never captured (45 CFR 164.502(b))
MOST_BYTES = 256 * 1024
MOST_PIXELS = 1_500_000  # about a third of a page at 220 dots an inch
LEAST_SIDE = 8

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The parts of a PNG that hold its pixels. Every other kind can hold words, a date, a place or a smaller picture.
PIXEL_PARTS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_CHANNELS = {0: 1, 2: 3, 3: 1}  # samples a pixel by colour type; 4 and 6 hide pixels behind transparency


def share(region: Size, page: Size) -> float:
    """How much of a page's area a region takes."""
    return region[0] * region[1] / max(page[0] * page[1], 1)


def check_region(region: Size, page: Size) -> None:
    """Raises CaptureRefused for a region that is too large a part of its page, or next to nothing."""
    if min(region) < LEAST_SIDE:
        raise CaptureRefused("It is too small to show anything.", remedy="Make the frame larger.")
    taken = share(region, page)
    if taken > MOST_SHARE:
        raise CaptureRefused(
            f"It is {taken:.0%} of the page; a whole page is never captured, at most a third of one.",
            remedy="Make the frame smaller: only the lines the query is about.",
        )


def stripped(png: bytes) -> bytes:
    """A PNG with everything but its pixels left out. Raises CaptureRefused."""
    return SIGNATURE + b"".join(whole for kind, _, whole in _parts(png) if kind in PIXEL_PARTS)


def examine(png: bytes) -> Size:
    """The size of a PNG that holds pixels and nothing else. Raises CaptureRefused and says what is wrong with it.

    The pixels are unpacked too: behind the last of them there is room for words that no picture shows.
    """
    if len(png) > MOST_BYTES:
        raise CaptureRefused(
            f"The picture has {len(png) // 1024} KB; at most {MOST_BYTES // 1024} KB are kept.",
            remedy="Choose a smaller region.",
        )
    packed: list[bytes] = []
    kinds: list[bytes] = []
    head = b""
    for kind, body, _ in _parts(png):
        if kind not in PIXEL_PARTS:
            raise CaptureRefused("The picture holds more than its pixels.", remedy=_AGAIN)
        if kind == b"IHDR":
            head = body
        elif kind == b"IDAT":
            packed.append(body)
        if not kinds or kind != b"IDAT" or kinds[-1] != b"IDAT":
            kinds.append(kind)
    if tuple(kinds) not in ((b"IHDR", b"IDAT", b"IEND"), (b"IHDR", b"PLTE", b"IDAT", b"IEND")):
        raise CaptureRefused("The picture is damaged.", remedy=_AGAIN)
    return _size(head, b"".join(packed))


_AGAIN = "Capture the region again; if it stays, tell your IT support."


def _parts(png: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(kind, body, the whole part) to the end of the picture; what follows the end is refused."""
    if not png.startswith(SIGNATURE):
        raise CaptureRefused("The picture is no PNG.", remedy=_AGAIN)
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        end = at + 12 + length
        if len(kind) < 4 or end > len(png):
            raise CaptureRefused("The picture is damaged: it breaks off.", remedy=_AGAIN)
        body = png[at + 8 : end - 4]
        if zlib.crc32(kind + body) != int.from_bytes(png[end - 4 : end]):
            raise CaptureRefused("The picture is damaged: a checksum does not fit.", remedy=_AGAIN)
        yield kind, body, png[at:end]
        at = end
    if at != len(png) or length:
        raise CaptureRefused("The picture holds more than its pixels: something follows its end.", remedy=_AGAIN)


def _size(head: bytes, packed: bytes) -> Size:
    if len(head) != 13:
        raise CaptureRefused("The picture is damaged.", remedy=_AGAIN)
    wide, high = int.from_bytes(head[0:4]), int.from_bytes(head[4:8])
    depth, colour, _, _, interlaced = head[8:]
    if colour not in _CHANNELS or interlaced:
        raise CaptureRefused("The picture may hide pixels behind transparency.", remedy=_AGAIN)
    if min(wide, high) < LEAST_SIDE or wide * high > MOST_PIXELS:
        raise CaptureRefused(f"The picture is {wide} by {high} pixels.", remedy="Choose a smaller region.")
    wanted = high * (1 + (wide * depth * _CHANNELS[colour] + 7) // 8)
    unpack = zlib.decompressobj()
    try:
        lines = unpack.decompress(packed, wanted + 1)
    except zlib.error:
        raise CaptureRefused("The picture is damaged.", remedy=_AGAIN) from None
    if len(lines) != wanted or not unpack.eof or unpack.unused_data:
        raise CaptureRefused("The picture holds more or fewer pixels than it says.", remedy=_AGAIN)
    return wide, high
