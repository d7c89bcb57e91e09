"""Repairs a misspelt word from the pack's own vocabulary: same consonants, or one slip away."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache

_DOUBLED = re.compile(r"(.)\1+")
_SILENT = re.compile(r"^(?:p(?=[nst])|[kg](?=n)|w(?=r)|m(?=n))")
_SOUNDS = (("ph", "f"), ("ck", "k"), ("c", "k"), ("z", "s"), ("q", "k"), ("h", ""), ("w", ""), ("y", ""))


@lru_cache(maxsize=50_000)
def skeleton(word: str) -> str:
    """A word without what is most often misspelt: vowels, doubled letters, silent h, c for k."""
    bones = _SILENT.sub("", word)
    for written, sound in _SOUNDS:
        bones = bones.replace(written, sound)
    bones = bones[:1] + re.sub(r"[aeiou]", "", bones[1:])
    return _DOUBLED.sub(r"\1", bones)


def distance(one: str, other: str) -> int:
    """Edits between two words; swapping neighbours counts once (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if before and i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def repair(db: sqlite3.Connection, word: str) -> str | None:
    """The likeliest word meant, or None. Words under four letters and numbers are left alone."""
    if len(word) < 4 or not word.isalpha():
        return None
    allowed = 1 if len(word) < 7 else 2
    nearest: tuple[int, int, str] | None = None
    near = db.execute(
        "select word, documents from vocabulary where skeleton = ?"
        " union select word, documents from vocabulary where word >= ? and word < ? and length(word) between ? and ?"
        " order by word",
        (skeleton(word), word[:2], word[:2] + "{", len(word) - allowed, len(word) + allowed),
    )
    for candidate, documents in near:
        edits = distance(word, candidate)
        slack = 1 if skeleton(candidate) == skeleton(word) else 0
        if edits <= allowed + slack and candidate.isalpha():
            found = (edits, -documents, candidate)
            nearest = found if nearest is None else min(nearest, found)
    return nearest[2] if nearest else None
