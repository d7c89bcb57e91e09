"""The head of a request: how far the journal of the sending device had come, as the header says it."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADER = "X-Journal-Head"
_WORD = r"[A-Za-z0-9\-]{1,64}"
_HEAD = re.compile(rf"device=({_WORD});session=({_WORD});chain=(\d{{1,15}});seq=(\d{{1,15}});h=([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class JournalHead:
    """Unsigned: it raises questions, and answers none."""

    device: str
    session: str  # one opening of the journal: within it a head may be told a moment late
    chain: int
    seq: int
    h: bytes


def head_of(header: str) -> JournalHead | None:
    """None for a header that says nothing a server can use."""
    found = _HEAD.fullmatch(header)
    if found is None:
        return None
    return JournalHead(found[1], found[2], int(found[3]), int(found[4]), bytes.fromhex(found[5]))
