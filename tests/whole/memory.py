"""Reading the memory of our own processes, as an attacker with the machine's administrator would."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path


def children(pid: int) -> list[int]:
    """Every living descendant."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *children(int(child))]
    return found


def command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def pieces(pid: int) -> Iterable[bytes]:
    """Every readable and writable region."""
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions, *_ = line.split()
            if not permissions.startswith("rw"):
                continue
            start, end = (int(side, 16) for side in span.split("-"))
            with contextlib.suppress(OSError, OverflowError, ValueError):
                memory.seek(start)
                yield memory.read(end - start)


def found_in(pid: int, markers: dict[str, bytes]) -> dict[str, int]:
    """How often each marker stands in a process."""
    hits: dict[str, int] = {}
    for piece in pieces(pid):
        for name, marker in markers.items():
            count = piece.count(marker)
            if count:
                hits[name] = hits.get(name, 0) + count
    return hits


def both(text: str) -> tuple[bytes, bytes]:
    """How a text can stand in memory: UTF-8 (and Latin-1), and Qt's UTF-16."""
    return text.encode(), text.encode("utf-16-le")


def files_with(folder: Path, markers: dict[str, bytes]) -> dict[str, list[str]]:
    """Files below a folder that hold a marker."""
    hits: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError):
                content = path.read_bytes()
                names = [name for name, marker in markers.items() if marker in content]
                if names:
                    hits[os.fspath(path.relative_to(folder))] = names
    return hits
