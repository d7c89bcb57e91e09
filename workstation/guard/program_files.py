"""Are the program's own files as its packager left them? For `doctor`, which says so and stops nothing."""

from __future__ import annotations

from pathlib import Path

from workstation.guard.facts import By, Fact, Level
from workstation.host.manifest import ManifestUnusable, differences, program_folder, read

_NAMED = 5  # more names help nobody


def program_files(folder: Path | None = None) -> Fact:
    """Compares each file with the manifest; whose signature that bears is asked of `packaging/verify`, outside it."""
    folder = folder or program_folder()
    if folder is None:
        return Fact(
            "Program files", "run from source", Level.NOTE, By.NOBODY, "Only an installed program has a manifest"
        )
    try:
        listed, found = len(read(folder)), tuple(differences(folder))
    except ManifestUnusable as trouble:
        return Fact("Program files", "cannot be judged", Level.RED, By.SYSTEM, str(trouble), trouble.remedy)
    if not found:
        return Fact("Program files", f"whole, {listed} files", Level.GOOD, By.SYSTEM, "Each as its manifest lists it")
    named = "; ".join(found[:_NAMED]) + ("; ..." if len(found) > _NAMED else "")
    return Fact(
        "Program files", f"{len(found)} differ", Level.RED, By.SYSTEM, named,
        "Install the organisation's package again and find out who changed them.",
    )  # fmt: skip
