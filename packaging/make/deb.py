"""The Debian package: what it depends on is computed from the libraries inside, never guessed.

`python packaging/make/deb.py [--compress xz6]` packs the tree of `tree.py`.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import builder
import stage
import tree
from builder import BUILD, CannotBuild, run
from stage import NAME

# Without a Secret Service the program works online only and says so.
RECOMMENDS = "gnome-keyring | kwalletmanager, default-dbus-session-bus | dbus-session-bus, xdg-utils"
PRERM = f'#!/bin/sh\nset -e\ncase "$1" in\nremove|upgrade|deconfigure)\n{stage.ASK_TO_END}    ;;\nesac\nexit 0\n'
POSTRM = (
    f'#!/bin/sh\nset -e\nif [ "$1" = purge ]; then\n    {stage.LEAVE_NOTHING}'
    f"    rmdir -p --ignore-fail-on-non-empty {' '.join('/' + one for one in stage.POLICIES)} 2>/dev/null || true\n"
    "fi\nexit 0\n"
)
OVERRIDES = f"""\
# One folder that updates as a whole, for a fleet: not for Debian's archive.
{NAME}: dir-or-file-in-opt
{NAME}: dir-or-file-in-etc-opt
{NAME}: embedded-library
{NAME}: initial-upload-closes-no-bugs
{NAME}: no-manual-page
# The wheels' own files, byte for byte as their makers sign them off; their licences as they wrote them.
{NAME}: unstripped-binary-or-object
{NAME}: shared-library-lacks-prerequisites
{NAME}: national-encoding
{NAME}: hardening-no-pie
{NAME}: duplicate-font-file
"""


def make(source: Path = tree.TREE, out: Path = BUILD / "out", compress: str = "xz6", release: int = 1) -> Path:
    """The .deb of a tree, byte for byte the same for the same tree and moment."""
    builder.tools("dpkg-deb", "dpkg-shlibdeps", "readelf")
    root = stage.stage(source, BUILD / "deb")
    version = f"{builder.version()}-{release}"
    _papers(root, version)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    fields = {
        "Package": NAME, "Version": version, "Architecture": "amd64", "Maintainer": stage.MAINTAINER,
        "Installed-Size": str(size), "Depends": depends(source), "Recommends": RECOMMENDS, "Section": "misc",
        "Priority": "optional", "Homepage": stage.HOMEPAGE,
        "Description": stage.SUMMARY + "\n " + stage.DESCRIPTION.replace("\n", "\n "),
    }  # fmt: skip
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))
    for name, text in (("prerm", PRERM), ("postrm", POSTRM)):
        (control / name).write_text(text)
        (control / name).chmod(0o755)
    _md5sums(root)
    stage.settle(root)
    for name in ("prerm", "postrm"):
        os.utime(control / name, (builder.epoch(),) * 2)
    out.mkdir(parents=True, exist_ok=True)
    made = out / f"{NAME}_{version}_amd64.deb"
    line = ["dpkg-deb", "--root-owner-group", "--threads-max=1", *_how(compress), "--build", root, made]
    run(line, env={**os.environ, "SOURCE_DATE_EPOCH": str(builder.epoch())})
    builder.sweep(root)
    return made


def _how(compress: str) -> tuple[str, str]:
    """`xz6` for a release; `gzip1` is quick and half as big again, for tests."""
    found = re.fullmatch(r"(xz|zstd|gzip)(\d+)", compress)
    if found is None:
        raise CannotBuild(f"{compress} is no compression: xz6, gzip1.")
    return f"-Z{found[1]}", f"-z{found[2]}"


@functools.cache
def depends(source: Path) -> str:
    """What dpkg-shlibdeps finds that the libraries ask of the system, the glibc floor among it."""
    inside = source / "_internal"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "debian").mkdir()
        (Path(folder) / "debian" / "control").write_text(f"Source: {NAME}\n\nPackage: {NAME}\nArchitecture: amd64\n")
        line = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0"]
        line += [f"-l{inside}", f"-l{inside / 'PySide6' / 'Qt' / 'lib'}"]
        words = [str(word) for word in [*line, *stage.elves(source)]]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"^shlibs:Depends=(.+)$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or found is None:
        raise CannotBuild(f"dpkg-shlibdeps: {done.stderr[-1500:]}")
    return found[1]


def _papers(root: Path, version: str) -> None:
    folder = root / "usr" / "share" / "doc" / NAME
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: Coder Workstation\n\nFiles: *\nCopyright: 2026 the authors of Coder Workstation\n"
        "License: Apache-2.0\n On Debian systems, the text is in /usr/share/common-licenses/Apache-2.0.\n"
        f" The licences of everything inside are in /{stage.OPT}/licences.\n"
    )
    when = format_datetime(datetime.fromtimestamp(builder.epoch(), UTC))
    change = f"{NAME} ({version}) stable; urgency=medium\n\n  * See CHANGELOG.md of the release.\n\n"
    text = f"{change} -- {stage.MAINTAINER}  {when}\n"
    (folder / "changelog.Debian.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    overrides = root / "usr" / "share" / "lintian" / "overrides" / NAME
    overrides.parent.mkdir(parents=True)
    overrides.write_text(OVERRIDES)


def _md5sums(root: Path) -> None:
    """What `dpkg --verify` compares with; whether somebody meant ill, the manifest's signature tells."""
    names = sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.relative_to(root).parts
    )
    shown = subprocess.run(["md5sum", *names], cwd=root, capture_output=True, text=True, check=True).stdout
    (root / "DEBIAN" / "md5sums").write_text(shown)


def main() -> int:
    reader = argparse.ArgumentParser(description="Make the Debian package.")
    reader.add_argument("--compress", default="xz6", help="xz6 for a release, gzip1 for a quick one")
    try:
        made = make(compress=reader.parse_args().compress)
    except CannotBuild as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB, glibc {stage.glibc_floor(tree.TREE)} or newer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
