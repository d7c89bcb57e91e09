"""What a crash leaves behind: the type of the exception and the places it passed, never its words or values."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import re
import sys
import threading
import warnings
from types import TracebackType
from typing import Any, TextIO

# An exception's text may quote a chart, and so may a line of source, an argument or a local: none of them is written.
_LONGEST_CHAIN, _DEEPEST = 4, 24
_OURS = ("ui", "workstation", "__main__", "main")


def places(trace: TracebackType | None) -> str:
    """`ui.background:79 > ui.header:40`: modules and lines, outermost first."""
    found = []
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "?"))
        found.append(f"{_name(module)}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(found[-_DEEPEST:]) or "nowhere"


def report(error: BaseException | None, kind: type[BaseException] | None = None) -> str:
    """Type and places of an exception and of those it came from."""
    if error is None:
        return _name(kind.__name__) if kind is not None else "nothing"
    said = []
    for _ in range(_LONGEST_CHAIN):
        said.append(f"{_name(type(error).__name__)} at {places(error.__traceback__)}")
        earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if earlier is None:
            break
        error = earlier
    return "; after ".join(said)


class PlacesOnly(logging.Formatter):
    """Our own log lines as they are written; another library's only by where they were logged: they may quote anything."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] in _OURS
        said = record.getMessage() if ours else f"line {record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{record.levelname} {record.name}: {said}" + (f": {report(error)}" if error is not None else "")


def install(stream: TextIO | None = None) -> None:
    """In the first lines of a process: every way an exception reaches stderr or a log goes through `report`."""
    to = stream or sys.stderr
    if to is None:  # a windowed program of Windows has no stderr
        return

    def write(what: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            to.write(f"{what}\n")
            to.flush()

    def of_main(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        write(f"crash: {report(error, kind)}")

    def of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            write(f"crash in a thread: {report(args.exc_value, args.exc_type)}")

    def unraisable(args: Any) -> None:
        write(f"crash nobody could catch: {report(args.exc_value, args.exc_type)}")

    def warned(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
    ) -> None:
        write(f"warning: {_name(category.__name__)} at line {lineno}")

    sys.excepthook, threading.excepthook, sys.unraisablehook = of_main, of_thread, unraisable
    warnings.showwarning = warned
    logging.raiseExceptions = False  # a log line that cannot be formatted would print its values
    told = logging.StreamHandler(to)
    told.setLevel(logging.WARNING)
    told.setFormatter(PlacesOnly())
    logging.getLogger().handlers[:] = [told]
    with contextlib.suppress(OSError, ValueError):  # a stream without a file
        faulthandler.enable(to, all_threads=True)  # functions and lines, no values


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "", text)[:80]
