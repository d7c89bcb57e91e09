"""One instance per home: the first holds a file lock, the second learns of it and asks the first to rise."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from workstation.errors import DiskTrouble

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Instance:
    """Held from start to end of the guard; the kernel lets go when it dies: no stale lock blocks a start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def claim(self) -> bool:
        """Become the one instance; False when another already is. Raises DiskTrouble."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DiskTrouble(error.strerror or "") from None
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let the next start in. The file stays: unlinked, two could hold different files of one name."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a program holds this lock now; looks and takes nothing. Raises DiskTrouble."""
    if not path.exists():
        return False
    with Instance(path) as instance:
        return not instance.claim()


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
