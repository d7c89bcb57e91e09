"""`main.py codebook import FILE...`, `list`, `undo`, `rebuild`: the code sets of this computer, for IT."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from workstation.codebook.imports.apply import Diff
from workstation.codebook.imports.shelf import Shelf
from workstation.errors import WorkstationError

_SHOWN = 12  # codes named for each kind of change


def run(
    shelf: Shelf, verb: str, files: Sequence[str] = (), effective: str = "", *, check: bool = False, full: bool = False
) -> int:
    """0 done, 1 nothing to do, 2 refused (nothing was changed)."""
    try:
        if verb == "import":
            return _import(shelf, [Path(name) for name in files], effective, check=check, full=full)
        if verb == "undo":
            gone = shelf.undo(_progress)
            sys.stdout.write(f"{gone.file} is taken away again.\n" if gone else "Nothing was imported here.\n")
            return 0 if gone else 1
        if verb == "rebuild":
            sys.stdout.write(f"The pack is made anew from {shelf.rebuild(_progress)} imported files.\n")
            return 0
        return _list(shelf)
    except WorkstationError as trouble:
        sys.stderr.write(f"{trouble}\n{trouble.remedy}\n")
        return 2


def _progress(line: str) -> None:
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


def _import(shelf: Shelf, files: list[Path], effective: str, *, check: bool, full: bool) -> int:
    try:
        day = date.fromisoformat(effective) if effective else None
    except ValueError:
        sys.stderr.write("Write the effective day as year-month-day, such as 2027-10-01.\n")
        return 2
    today = datetime.now().astimezone().date()
    diffs = shelf.add(files, day, today, _progress, check=check)
    for diff in diffs:
        _show(diff, full=full)
        if diff.effective and diff.effective > today:
            sys.stdout.write(f"  Staged: it answers for services from {diff.effective} on, not before.\n")
    done = "Checked; nothing was changed." if check else "Imported. Desks use it from their next unlock."
    sys.stdout.write(f"{done}\n")
    return 0


def _show(diff: Diff, *, full: bool) -> None:
    sys.stdout.write(f"{diff.name}: {diff.in_words()}\n")
    for what, listed in (("added", diff.added), ("retired", diff.retired), ("retitled", diff.retitled)):
        if listed:
            shown = listed if full else listed[:_SHOWN]
            more = f" and {len(listed) - len(shown):,} more (--full names all)" if len(listed) > len(shown) else ""
            sys.stdout.write(f"  {what}: {', '.join(shown)}{more}\n")


def _list(shelf: Shelf) -> int:
    entries = shelf.entries()
    for entry in entries:
        sys.stdout.write(f"{entry.imported_on}  {entry.file}\n")
        for line in entry.summary:
            sys.stdout.write(f"            {line}\n")
    if shelf.is_stale():
        sys.stdout.write("The imported pack was made for another version of the program: run `codebook rebuild`.\n")
    if not entries:
        sys.stdout.write("Nothing is imported; the built-in pack answers.\n")
    return 0 if entries else 1
