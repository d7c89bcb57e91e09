"""Every package of a release: tree, .deb, .rpm, .msi, and what names them all: SHA256SUMS. `make package` runs this.

`python packaging/make/package.py [--only deb,rpm,msi] [--quick] [--release ...] [--certificate ... --key ... --gpg ...]`
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import builder
import deb
import msi
import rpm
import signing
import tree
import windows
from builder import BUILD, TOP, CannotBuild

sys.path.insert(0, str(TOP))
from workstation.host.manifest import digest

OUT = BUILD / "out"


def make(options: argparse.Namespace) -> list[Path]:
    """What was made. Raises CannotBuild."""
    wanted, who, made = set(options.only.split(",")), signing.identity(options), []
    if unknown := wanted - {"deb", "rpm", "msi"}:
        raise CannotBuild(f"No package is called {', '.join(sorted(unknown))}: deb, rpm, msi.")
    if options.release and (who is None or not options.gpg or not who.timestamp):
        raise CannotBuild("A release is signed: --certificate, --key, --timestamp and --gpg.")
    builder.sweep(OUT)
    OUT.mkdir(parents=True)
    if wanted & {"deb", "rpm"}:
        folder = _told("tree", tree.make)
        if who is not None:
            signing.sign_manifest(folder, who)
        if "deb" in wanted:
            made.append(_told("deb", lambda: deb.make(folder, OUT, "gzip1" if options.quick else "xz6")))
        if "rpm" in wanted:
            made.append(_told("rpm", lambda: rpm.make(folder, OUT, 1 if options.quick else 19)))
        for file in made if options.gpg else ():
            signing.sign(file, who, options.gpg)
    if "msi" in wanted:
        asked = {"archive": options.runtime, "sha256": options.runtime_sha256, "release": options.release}
        payload = _told("windows", lambda: windows.make(who, **asked))
        made.append(_told("msi", lambda: msi.make(payload, who, OUT)))
    (OUT / "SHA256SUMS").write_text("".join(f"{digest(file)}  {file.name}\n" for file in made))
    return made


def _told(what: str, step: object) -> Path:
    begun = time.monotonic()
    result: Path = step()  # type: ignore[operator]
    size = tree.size(result)[1] if result.is_dir() else result.stat().st_size // 1_000_000
    print(f"{what}: {result.relative_to(TOP)}, {size} MB, {time.monotonic() - begun:.0f} s", flush=True)
    return result


def main() -> int:
    reader = argparse.ArgumentParser(description="Make and sign every package.")
    signing.arguments(reader)
    msi.runtime_arguments(reader)
    reader.add_argument("--only", default="deb,rpm,msi", help="deb, rpm, msi: some of them, with commas")
    reader.add_argument("--quick", action="store_true", help="compress little: for tests")
    options = reader.parse_args()
    try:
        make(options)
    except (CannotBuild, OSError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    if not options.certificate or not options.gpg:
        print("Not all of it is signed: docs/packaging.md says how.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
