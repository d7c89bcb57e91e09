"""The manifest of an installed program: each file's SHA-256 as `sha256sum -c` reads it, and what differs from it."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from workstation.errors import WorkstationError

MANIFEST = "MANIFEST.sha256"
SIGNATURE = "MANIFEST.sha256.p7s"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_PIECE = 1 << 20


class ManifestUnusable(WorkstationError):
    """There is no manifest, or what is there is none."""

    what = "Whether the program is whole cannot be told:"
    remedy = "Install the program again from the organisation's package."


def program_folder() -> Path | None:
    """The folder of the installed program; None where it runs from its source."""
    return Path(sys.executable).resolve().parent if getattr(sys, "frozen", False) else None


def written(folder: Path) -> str:
    """A manifest of the folder as it is, in an order of its own: the same files give the same text."""
    lines = [f"{digest(path)}  {name}\n" for name, path in sorted(_files(folder))]
    return "".join(lines)


def read(folder: Path) -> Mapping[str, str]:
    """Name and SHA-256 of each file. Raises ManifestUnusable."""
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise ManifestUnusable(f"{MANIFEST} is missing.") from None
    except (OSError, UnicodeDecodeError) as trouble:
        raise ManifestUnusable(f"{MANIFEST} cannot be read ({type(trouble).__name__}).") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        matched = _LINE.fullmatch(line)
        if matched is None or matched[2] in found or not _is_inside(matched[2]):
            raise ManifestUnusable(f"Line {number} of {MANIFEST} is not a file and its hash.")
        found[matched[2]] = matched[1]
    if not found:
        raise ManifestUnusable(f"{MANIFEST} is empty.")
    return found


def differences(folder: Path) -> Iterator[str]:
    """`changed: name`, `missing: name` or `added: name` for each file that is not as listed. Raises ManifestUnusable."""
    listed = dict(read(folder))
    for name, path in sorted(_files(folder)):
        wanted = listed.pop(name, None)
        if wanted is None:
            yield f"added: {name}"
        elif not _is_the_same(path, wanted):
            yield f"changed: {name}"
        elif path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            yield f"changed: {name} (a link out of the folder)"
    yield from (f"missing: {name}" for name in sorted(listed))


def digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    hashed = hashlib.sha256()
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            hashed.update(piece)
    return hashed.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """All but the manifest and its signature. A link counts as what it leads to; one that leads nowhere is there too."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if name not in (MANIFEST, SIGNATURE) and (path.is_symlink() or not path.is_dir()):
            yield name, path


def _is_the_same(path: Path, wanted: str) -> bool:
    try:
        return digest(path) == wanted
    except OSError:
        return False


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/") and "\\" not in name
