"""Which pack a process opens: the one made of what was imported on this computer, else the built-in one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from workstation.codebook.book import CodeBook
from workstation.codebook.imports.shelf import Shelf
from workstation.codebook.reader import CodeBookUnusable

BUILT_IN = Path(__file__).resolve().parents[2] / "resources" / "codesets" / "codebook.db"
NAMED = "CODER_WORKSTATION_CODEBOOK"  # how the guard names an imported pack to the desks it starts


FOLDER = "CODER_WORKSTATION_CODESETS"  # where imports lie, for the page on which a lead brings new ones


def for_desks(folder: Path) -> dict[str, str]:
    """What the guard tells its desks of the code sets of this computer."""
    imported = imported_pack(folder)
    return {FOLDER: str(folder)} | ({NAMED: str(imported)} if imported else {})


def imported_pack(folder: Path) -> Path | None:
    """The imported pack of a folder, when there is one this program can use."""
    return Shelf(folder, BUILT_IN).current() if folder.is_dir() and Shelf(folder, BUILT_IN).entries() else None


def open_book(environment: Mapping[str, str] = os.environ) -> CodeBook:
    """The book a desk works with; an imported pack that does not open gives way to the built-in one."""
    named = environment.get(NAMED)
    if named:
        try:
            return CodeBook.open(named)
        except CodeBookUnusable:
            pass  # `doctor` and the page of code sets say so
    return CodeBook.open(BUILT_IN)
