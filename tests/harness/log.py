"""Hears every log line of level WARNING and above, even from loggers that do not propagate."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Warned:
    """What was warned of so far; a test that expects a warning takes it out."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self) -> list[str]:
        """Hand over the lines and forget them: the test has judged them."""
        taken, self.lines = self.lines, []
        return taken


@contextmanager
def listening() -> Iterator[Warned]:
    warned = Warned()
    call_handlers = logging.Logger.callHandlers

    def hear(logger: logging.Logger, line: logging.LogRecord) -> None:
        if line.levelno >= logging.WARNING:
            warned.lines.append(f"{line.levelname} {line.name}: {line.getMessage()}")
        call_handlers(logger, line)

    logging.Logger.callHandlers = hear  # type: ignore[method-assign]
    try:
        yield warned
    finally:
        logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
