"""What a Linux package puts where: the program in /opt, a command, a menu entry, and the folders of IT's policy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import builder
from builder import TOP

NAME = "coder-workstation"
OPT = f"opt/{NAME}"
POLICIES = (f"etc/opt/{NAME}/policies/managed", f"etc/opt/{NAME}/policies/recommended")
SUMMARY = "Desktop workstation for medical coders"
DESCRIPTION = """\
Worklist, chart, encoder, edits, MS-DRG and provider queries in one program,
from an encrypted copy of the charts assigned to a coder, online and offline.
Talks FHIR R4 to the organisation's server. A practice hospital with
invented patients is built in."""
HOMEPAGE = "https://coder.example/"
MAINTAINER = "Coder Workstation Packagers <packages@coder.example>"
DESKTOP = f"""\
[Desktop Entry]
Type=Application
Name=Coder Workstation
GenericName=Medical coding
Comment={SUMMARY}
Exec=/{OPT}/{NAME}
Icon={NAME}
Terminal=false
Categories=Office;MedicalSoftware;
StartupNotify=true
SingleMainWindow=true
"""
# Every account's program locks, commits and ends before its files change under it. A program that cannot be ended
# keeps its old files open and goes on; it never stops an update.
ASK_TO_END = f"""\
if [ -x /{OPT}/{NAME} ]; then
    /{OPT}/{NAME} quit --all-users || echo "{NAME}: a running program could not be ended; restart it soon." >&2
fi
"""
# Python's own folder and the rest are the package's; what anybody added to them goes with it.
LEAVE_NOTHING = f"rm -rf /{OPT} /var/lib/{NAME} /var/cache/{NAME} /var/log/{NAME}\n"


def stage(tree: Path, root: Path) -> Path:
    """A root as the package unpacks it: the tree by hard links, all else written anew."""
    builder.sweep(root)
    (root / "opt").mkdir(parents=True)
    builder.copy_of(tree, root / OPT)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / NAME).symlink_to(f"/{OPT}/{NAME}")
    _write(root / "usr" / "share" / "applications" / f"{NAME}.desktop", DESKTOP)
    icon = root / "usr" / "share" / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg"
    icon.parent.mkdir(parents=True)
    shutil.copyfile(next((TOP / "resources" / "icons" / "product").glob("*.svg")), icon)
    for folder in POLICIES:
        (root / folder).mkdir(parents=True)
    return root


def settle(root: Path) -> None:
    """Modes and moments that depend on nobody's umask or clock."""
    moment = builder.epoch()
    for path in sorted([*root.rglob("*"), root], reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
        elif not path.is_symlink() and not path.is_relative_to(root / OPT) and "DEBIAN" not in path.parts:
            path.chmod(0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def elves(tree: Path) -> list[Path]:
    """Every program and library of the tree, links left out."""
    return [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink() and _is_elf(path)]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


def glibc_floor(tree: Path) -> str:
    """The oldest glibc on which every library of the tree loads, read from the symbols they ask for."""
    shown = subprocess.run(
        ["readelf", "--version-info", "--wide", *elves(tree)], capture_output=True, text=True, check=False
    ).stdout
    found = {tuple(map(int, version.split("."))) for version in re.findall(r"Name: GLIBC_([0-9.]+)", shown)}
    return ".".join(map(str, max(found)))


def sonames_needed(tree: Path) -> list[str]:
    """The libraries the tree asks of the system: what is needed and not brought along."""
    files = elves(tree)
    brought = {path.name for path in tree.rglob("*.so*")}
    shown = subprocess.run(["readelf", "-d", "--wide", *files], capture_output=True, text=True, check=False).stdout
    return sorted(set(re.findall(r"\(NEEDED\).*\[(.+)\]", shown)) - brought)
