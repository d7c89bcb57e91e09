"""What a kept picture may hold: a part of a page, few bytes, pixels and nothing beside or behind them."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.documents.picture import size_of
from workstation.domain.capture import (
    MOST_BYTES,
    MOST_SHARE,
    PIXEL_PARTS,
    SIGNATURE,
    check_region,
    examine,
    share,
    stripped,
)
from workstation.errors import CaptureRefused


def part(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    wide: int = 20, high: int = 10, *, before: bytes = b"", after: bytes = b"", lines: bytes | None = None,
    colour: int = 0, behind: bytes = b"", interlaced: int = 0,
) -> bytes:  # fmt: skip
    """A grey picture by hand, with parts put before and after its pixels."""
    head = struct.pack(">IIBBBBB", wide, high, 8, colour, 0, 0, interlaced)
    body = zlib.compress(lines if lines is not None else (b"\x00" + b"\x80" * wide) * high) + behind
    return SIGNATURE + part(b"IHDR", head) + before + part(b"IDAT", body) + after + part(b"IEND")


def test_pixels_alone_are_let_in() -> None:
    assert examine(png()) == (20, 10)


def test_several_parts_of_pixels_are_one_picture() -> None:
    whole = zlib.compress((b"\x00" + b"\x80" * 20) * 10)
    head = part(b"IHDR", struct.pack(">IIBBBBB", 20, 10, 8, 0, 0, 0, 0))
    assert examine(SIGNATURE + head + part(b"IDAT", whole[:7]) + part(b"IDAT", whole[7:]) + part(b"IEND")) == (20, 10)


@pytest.mark.parametrize(
    "kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"pHYs", b"iCCP", b"sRGB", b"gAMA", b"tRNS", b"prVt", b"acTL"]
)
def test_every_other_part_is_refused_and_can_be_left_out(kind: bytes) -> None:
    for whole in (png(before=part(kind, b"Title\0Brannigan")), png(after=part(kind, b"Title\0Brannigan"))):
        with pytest.raises(CaptureRefused) as refused:
            examine(whole)
        assert "Brannigan" not in str(refused.value) + refused.value.remedy
        assert examine(stripped(whole)) == (20, 10)
        assert b"Brannigan" not in stripped(whole)


HIDING = {
    "after the end": png() + b"Brannigan",
    "in the end": png()[:-12] + part(b"IEND", b"Brannigan"),
    "behind the packed pixels": png(behind=b"Brannigan"),
    "after the last line": png(lines=(b"\x00" + b"\x80" * 20) * 10 + b"Brannigan"),
    "in a second picture": png(after=part(b"IHDR", b"\0" * 13)),
    "behind transparency": png(colour=4, lines=(b"\x00" + b"\x80\x00" * 20) * 10),
    "between two parts of pixels": png(after=part(b"PLTE", b"Brannigan") + part(b"IDAT", b"")),
}


@pytest.mark.parametrize("whole", HIDING.values(), ids=HIDING)
def test_nothing_hides_in_a_picture(whole: bytes) -> None:
    with pytest.raises(CaptureRefused):
        examine(whole)


DAMAGED = {
    "no picture": b"%PDF-1.7",
    "nothing": b"",
    "cut short": png()[:-5],
    "a wrong checksum": png()[:-1] + b"\0",
    "fewer lines than it says": png(lines=(b"\x00" + b"\x80" * 20) * 9),
    "no pixels": SIGNATURE + part(b"IHDR", b"\0" * 13) + part(b"IEND"),
    "interlaced": png(interlaced=1),
    "far too many pixels": png(40_000, 40_000, lines=b""),
    "next to nothing": png(3, 3),
}


@pytest.mark.parametrize("whole", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_picture_is_refused_and_says_what_to_do(whole: bytes) -> None:
    with pytest.raises(CaptureRefused) as refused:
        examine(whole)
    assert refused.value.remedy.endswith(".")


def test_a_picture_over_the_cap_is_refused() -> None:
    with pytest.raises(CaptureRefused, match="at most 256 KB"):
        examine(b"\0" * (MOST_BYTES + 1))


@given(st.binary(max_size=400), st.integers(0, 200))
def test_any_bytes_are_examined_or_refused(noise: bytes, at: int) -> None:
    whole = png()
    for tried in (noise, SIGNATURE + noise, whole[: at % len(whole)] + noise + whole[at % len(whole) :]):
        try:
            examine(tried)
        except CaptureRefused:
            continue
        assert tried == whole


def test_a_whole_page_is_never_captured() -> None:
    with pytest.raises(CaptureRefused, match="a whole page is never captured") as refused:
        check_region((850, 1100), (850, 1100))
    assert "smaller" in refused.value.remedy
    with pytest.raises(CaptureRefused, match="50% of the page"):
        check_region((850, 550), (850, 1100))
    with pytest.raises(CaptureRefused, match="too small"):
        check_region((3, 400), (850, 1100))
    check_region((850, 366), (850, 1100))


@given(st.integers(8, 2000), st.integers(8, 2000), st.integers(8, 2000), st.integers(8, 2000))
def test_what_passes_is_at_most_a_third(wide: int, high: int, page_wide: int, page_high: int) -> None:
    try:
        check_region((wide, high), (page_wide, page_high))
    except CaptureRefused:
        assert share((wide, high), (page_wide, page_high)) > MOST_SHARE
    else:
        assert 3 * wide * high <= page_wide * page_high * 1.0001


def test_the_size_of_a_page_is_read_without_decoding_it() -> None:
    assert size_of(png(20, 10)) == (20, 10)
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 1100, 850) + b"\x03" + b"\0" * 9
    assert size_of(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc4\x00\x03a" + frame) == (850, 1100)
    assert size_of(b"%PDF-1.7") is None
    assert size_of(b"\xff\xd8") is None
    assert PIXEL_PARTS[0] == b"IHDR"
