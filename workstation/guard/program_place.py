"""May this account change the program it runs? For `doctor`: what all accounts share must be writable by none of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from workstation.guard.facts import By, Fact, Level
from workstation.host.manifest import program_folder

_NAMED = 3


def place_fact(
    program: Path | None = None, *, platform: str = sys.platform, root: bool | None = None
) -> Iterator[Fact]:
    """Of an installed program; one that runs from its source is its owner's to change."""
    if program is None:
        program = program_folder()
        if program is None:
            return
    if root if root is not None else platform != "win32" and os.getuid() == 0:
        yield Fact(
            "Program folder", "not judged", Level.NOTE, By.SYSTEM, "Run by root, who may write everywhere; run it as a coder",
        )  # fmt: skip
        return
    open_to_me = sorted(_writable(program))
    if open_to_me:
        named = ", ".join(open_to_me[:_NAMED]) + (", ..." if len(open_to_me) > _NAMED else "")
        yield Fact(
            "Program folder", f"{len(open_to_me)} places this account can change", Level.RED, By.SYSTEM, named,
            "Install the program for all accounts, from the package, and take writing from everybody but administrators.",
        )  # fmt: skip
    else:
        yield Fact("Program folder", "this account cannot change it", Level.GOOD, By.SYSTEM, str(program))


def _writable(program: Path) -> Iterator[str]:
    if os.access(program.parent, os.W_OK):
        yield str(program.parent)  # who may rename the folder may put another in its place
    for folder, _, files in os.walk(program):
        if os.access(folder, os.W_OK):
            yield folder
        for name in files:
            path = os.path.join(folder, name)
            if os.access(path, os.W_OK) and not os.path.islink(path):
                yield path
