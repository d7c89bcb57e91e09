"""Word lists as they are written in this package: lines of words, read as a set."""

from __future__ import annotations


def word_set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())
