"""Reading the memory of our own processes, as an attacker with the machine's administrator would."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
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


def has_open(pid: int, path: Path) -> bool:
    """Whether a process holds a file open."""
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):
            if descriptor.readlink() == path:
                return True
    return False


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


def found_in(pid: int, texts: Sequence[str], keys: Mapping[str, bytes] | None = None) -> list[str]:
    """Which texts (in UTF-8 or UTF-16) and keys stand in a process.

    Texts are printable ASCII, so that UTF-16 is the same letters with zero bytes between them; grep looks for a
    thousand of them in one pass.
    """
    found: set[str] = set()
    whole = bytearray()
    for piece in pieces(pid):
        found.update(name for name, key in (keys or {}).items() if key in piece)
        whole += piece + b"\n"
        whole += piece.translate(None, b"\0") + b"\n"
    return sorted(found | _texts_in(whole, texts))


def _texts_in(content: bytes | bytearray, texts: Sequence[str]) -> set[str]:
    with tempfile.NamedTemporaryFile() as patterns, tempfile.TemporaryFile(dir="/dev/shm") as body:
        patterns.write("\n".join(texts).encode())
        patterns.flush()
        body.write(content)
        body.seek(0)
        done = subprocess.run(
            ["grep", "-a", "-o", "-F", "-f", patterns.name],
            stdin=body,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.decode("ascii", "replace").splitlines())


def files_with(folder: Path, texts: Sequence[str]) -> dict[str, list[str]]:
    """Files below a folder that hold a text, as it is or in UTF-16."""
    hits: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError):
                content = path.read_bytes()
                names = _texts_in(content + b"\n" + content.translate(None, b"\0"), texts)
                if names:
                    hits[os.fspath(path.relative_to(folder))] = sorted(names)
    return hits
