"""Freezes the program into one folder with PyInstaller, in an order and at a moment of its own: twice the same bytes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import builder
from builder import BUILD, TOP, run

SPEC = TOP / "packaging" / "make" / "coder-workstation.spec"
WORK = BUILD / "work"
#: The wheel carries its debugging symbols: 13 MB that say nothing to a coder.
STRIPPED = ("sqlcipher3/*.so",)


def freeze(into: Path) -> list[tuple[str, str, str]]:
    """The frozen program in `into`; of every file in it whether module, binary or data, its name and its source."""
    builder.tools("strip", "readelf")
    python = builder.python()
    pack = TOP / "resources" / "codesets" / "codebook.db"
    if not pack.is_file():
        raise builder.CannotBuild("There is no code pack: run `make codesets` first.")
    shutil.rmtree(into, ignore_errors=True)
    environment = {
        **os.environ, "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": str(builder.epoch()), "PYTHONDONTWRITEBYTECODE": "1",
        "PYINSTALLER_CONFIG_DIR": str(WORK / "cache"),
    }  # fmt: skip
    line = [python, "-m", "PyInstaller", "--clean", "--noconfirm", "--log-level", "WARN"]
    run([*line, "--distpath", into.parent, "--workpath", WORK, SPEC], env=environment, cwd=TOP)
    made = into.parent / "coder-workstation"
    if made != into:
        made.rename(into)
    for pattern in STRIPPED:
        for library in (into / "_internal").glob(pattern):
            run(["strip", "--strip-unneeded", library])
    _tidy(into)
    written = json.loads((WORK / "coder-workstation" / "origins.json").read_text("utf-8"))
    return [(kind, name, source) for kind, name, source in written]


def _tidy(folder: Path) -> None:
    """Links that lead nowhere go; everyone may read, nobody but the owner write."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink():
            if not path.exists():
                path.unlink()
        elif path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
            else:
                path.chmod(0o755)
        else:
            path.chmod(0o755 if path.parent == folder else 0o644)
    folder.chmod(0o755)
