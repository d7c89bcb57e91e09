"""Versions compared as numbers: 1.10 is newer than 1.9, and 1.2rc1 older than 1.2."""

from __future__ import annotations

import re

_SHAPE = re.compile(
    r"v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,7})(?:(a|b|rc)([0-9]{1,9}))?(?:\.post([0-9]{1,9}))?(?:\.dev([0-9]{1,9}))?"
)
_FINAL = ("z", 0)  # after every alpha, beta and candidate

Key = tuple[tuple[int, ...], tuple[str, int], int, float]


def is_version(text: str) -> bool:
    """Whether a text names a version, as this program's releases are named."""
    return _SHAPE.fullmatch(text.strip()) is not None


def is_older(version: str, floor: str) -> bool:
    """Whether `version` comes before `floor`. Raises ValueError for what names no version."""
    return key(version) < key(floor)


def key(text: str) -> Key:
    """What sorts versions: numbers, then candidate before final, then after-releases; 1.2 and 1.2.0 are one."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} names no version")
    numbers, phase, count, post, dev = found.groups()
    release = [int(number) for number in numbers.split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    before = (phase, int(count)) if phase else _FINAL
    if dev is not None and not phase and post is None:
        before = ("", 0)  # 1.2.dev1 comes before 1.2a1
    return tuple(release), before, -1 if post is None else int(post), float("inf") if dev is None else int(dev)
