"""Small files that survive a power cut whole (written beside, synced, renamed) or are destroyed."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from workstation.errors import DiskTrouble

_ONE_AT_A_TIME = threading.Lock()  # two writers of one file would share what is written beside it


_IN_MEMORY: dict[Path, bytes] = {}  # what lies under NOWHERE
NOWHERE = Path(os.sep) / "nowhere"  # a folder that is on no disk: for a computer on which nothing may be kept


def write_whole(path: Path, content: bytes | bytearray) -> None:
    """Replace `path` so that after any crash it holds the old content or the new. Raises DiskTrouble."""
    if path.is_relative_to(NOWHERE):
        _IN_MEMORY[path] = bytes(content)
        return
    beside = path.with_name(path.name + ".new")
    with _ONE_AT_A_TIME:
        _replace(path, beside, content)


def _replace(path: Path, beside: Path, content: bytes | bytearray) -> None:
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, path)
        sync_folder(path.parent)
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None


def read_whole(path: Path) -> bytes | None:
    """The content, or None when there is no such file. Raises DiskTrouble."""
    if path.is_relative_to(NOWHERE):
        return _IN_MEMORY.get(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None


def is_there(path: Path) -> bool:
    """Whether there is such a file, on disk or in memory."""
    return path in _IN_MEMORY if path.is_relative_to(NOWHERE) else path.exists()


def folders_in_memory(under: Path) -> tuple[Path, ...]:
    """The folders right under one that is on no disk."""
    depth = len(under.parts) + 1
    found = {Path(*path.parts[:depth]) for path in _IN_MEMORY if path.is_relative_to(under) and len(path.parts) > depth}
    return tuple(sorted(found))


def destroy(path: Path) -> None:
    """Overwrite, sync and unlink. The medium may keep old blocks: keys die first, files follow."""
    if path.is_relative_to(NOWHERE):
        _IN_MEMORY.pop(path, None)
        return
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(0)
            file.write(os.urandom(length))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename or unlink durable; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
