"""`main.py code WORDS`: the encoder's answers in a terminal; no patient is involved."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from pathlib import Path

from workstation.codebook.book import CodeBook
from workstation.domain.codes import CodeSystem


def run(words: list[str], on: str, *, as_json: bool, pack: Path) -> int:
    """Print the matches, the best first; 1 when nothing was found, 2 for a date that is none."""
    try:
        return _answer(words, on, as_json=as_json, pack=pack)
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _answer(words: list[str], on: str, *, as_json: bool, pack: Path) -> int:
    try:
        day = date.fromisoformat(on) if on else datetime.now().astimezone().date()
    except ValueError:
        sys.stderr.write("Write the date of service as year-month-day, such as 2026-11-01.\n")
        return 2
    book = CodeBook.open(pack)
    found = book.search(" ".join(words), day, tuple(CodeSystem))
    if as_json:
        rows = [
            {"system": m.code.system.value, "code": str(m.code), "title": m.title, "billable": m.billable, "why": m.why}
            for m in found
        ]
        sys.stdout.write(json.dumps({"release": book.release, "date": day.isoformat(), "matches": rows}) + "\n")
    else:
        for match in found[:15]:
            why = f"  ({match.why})" if match.why else ""
            more = "" if match.billable else "  (category, needs more characters)"
            sys.stdout.write(f"{match.code!s:<9} {match.title}{more}{why}\n")
        if not found:
            sys.stdout.write("Nothing found. Try fewer or shorter words, the main word first, or the code itself.\n")
        sys.stdout.flush()
    return 0 if found else 1
