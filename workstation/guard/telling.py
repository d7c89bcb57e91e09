"""How far a long piece of work is, for a terminal: one line that is written over, only where somebody looks at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def telling(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with (done, of); None where nobody looks."""
    if not sys.stderr.isatty():
        yield None
        return

    def tell(done: int, of: int) -> None:
        sys.stderr.write(f"\r{done:,} of {of:,} {what} ")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write("\r\033[K")
