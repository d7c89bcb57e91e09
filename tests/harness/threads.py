"""Which threads a test started and left running."""

from __future__ import annotations

import sys
import threading
import time
import traceback


def leftovers(before: frozenset[threading.Thread], grace_seconds: float) -> list[threading.Thread]:
    """The threads that came after `before` and do not end within the grace."""
    deadline = time.monotonic() + grace_seconds
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        if not isinstance(thread, threading._DummyThread):
            thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in left if thread.is_alive() and not _foreign(thread)]


def describe(thread: threading.Thread) -> str:
    """Its name and the line it stands on now."""
    frame = sys._current_frames().get(thread.ident or 0)
    place = traceback.extract_stack(frame, limit=1)[0] if frame else None
    return f"thread {thread.name}" + (f" (in {place.filename}:{place.lineno})" if place else "")


def _foreign(thread: threading.Thread) -> bool:
    """Python's stand-in for a thread of Qt's that once called back; it has no life of its own."""
    return isinstance(thread, threading._DummyThread)
