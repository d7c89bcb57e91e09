"""Which processes this one has started and not ended, orphans of its children included."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Let a daemon that a test started and forgot fall to this process instead of to init."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> frozenset[int]:
    """Process ids of the living and the unreaped children; empty where /proc does not tell."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread may end while we read
            found.update(int(pid) for pid in task.read_text().split())
    return frozenset(found)


def describe(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        words = ""
    return f"process {pid} ({words.strip()[:120] or 'ended, but nobody waited for it'})"


def leftovers(before: frozenset[int], grace_seconds: float) -> frozenset[int]:
    """The children that came after `before` and do not go away within the grace."""
    deadline = time.monotonic() + grace_seconds
    while (left := children() - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def end(pids: frozenset[int]) -> None:
    """End and reap, so that the next test is not blamed for what this one left."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
