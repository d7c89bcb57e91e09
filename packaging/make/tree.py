"""The program as it is installed on Linux: frozen, with licences, bill of materials and manifest.

`python packaging/make/tree.py [--out FOLDER]`; what is in `FOLDER` afterwards is what each Linux package holds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import builder
import freeze
import origins
import sbom
from builder import BUILD, TOP, CannotBuild

sys.path.insert(0, str(TOP))
from workstation.host.manifest import MANIFEST, written

TREE = BUILD / "linux" / "coder-workstation"
BILL = "sbom.cdx.json"


def make(folder: Path = TREE) -> Path:
    """Everything anew; raises CannotBuild with what a person must bring."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    entries = freeze.freeze(folder)
    site = next((BUILD / "env" / "lib").glob("python3.*")) / "site-packages"
    wheels, debian = origins.counted(entries, site)
    wheels["pyinstaller"] += 1  # its loader is the program's own file
    known = builder.wheels()
    bill = sbom.bill(
        "coder-workstation", builder.version(), "Apache-2.0", builder.epoch(), origins.components(wheels, debian, known)
    )
    (folder / BILL).write_text(bill, "utf-8")
    shutil.copyfile(TOP / "LICENSE", folder / "LICENSE")
    origins.copy_licences(folder / "licences", site, wheels, debian)
    seal(folder)
    return folder


def seal(folder: Path, epoch: int | None = None) -> None:
    """Write the manifest, and give everything its moment: nothing may change after this."""
    (folder / MANIFEST).write_text(written(folder), "utf-8")
    moment = builder.epoch() if epoch is None else epoch
    for path in [*folder.rglob("*"), folder]:
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o077 == 0:
            path.chmod(0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)


def size(folder: Path) -> tuple[int, int]:
    """Files, and megabytes of them."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return len(files), sum(path.stat().st_size for path in files) // 1_000_000


def main() -> int:
    reader = argparse.ArgumentParser(description="Freeze the program for Linux packages.")
    reader.add_argument("--out", type=Path, default=TREE)
    folder, begun = reader.parse_args().out, time.monotonic()
    try:
        make(folder.resolve())
    except CannotBuild as trouble:
        print(trouble, file=sys.stderr)
        return 1
    files, megabytes = size(folder)
    print(f"{folder}: {files} files, {megabytes} MB, in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
