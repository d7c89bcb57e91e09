"""The building environment: the distribution's Python with exactly what linux.lock names, and each wheel's hash."""

from __future__ import annotations

import email
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "package"
LOCK = TOP / "packaging" / "make" / "linux.lock"
# Debian patches its Python for security; one built by hand is patched by nobody.
PYTHONS = ("/usr/bin/python3.11",)


class CannotBuild(Exception):
    """Something is missing that a person must bring; the text says what."""


@dataclass(frozen=True)
class Wheel:
    """A wheel as it was installed: its file's hash, and what its metadata says of it."""

    name: str  # as in the lock: lower case, with hyphens
    version: str
    file: str
    sha256: str
    licence: str
    author: str


def python() -> Path:
    """The environment's Python, made unless this very lock is in it."""
    there, stamp = BUILD / "env" / "bin" / "python", BUILD / "env" / "lock"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if there.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return there
    base = next((path for path in PYTHONS if shutil.which(path)), None)
    if base is None:
        raise CannotBuild(f"None of {', '.join(PYTHONS)} is here: packages are built on Debian 12.")
    print("Making the building environment...", flush=True)
    shutil.rmtree(BUILD / "env", ignore_errors=True)
    run([base, "-m", "venv", BUILD / "env"])
    line = [there, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
    line += ["--require-hashes", "--only-binary", ":all:", "--report", BUILD / "env" / "report.json"]
    run([*line, "--requirement", LOCK])
    stamp.write_text(wanted)
    return there


def wheels() -> dict[str, Wheel]:
    """What was installed, by name."""
    report = json.loads((BUILD / "env" / "report.json").read_text("utf-8"))
    files = {
        normal(one["metadata"]["name"]): (
            one["download_info"]["url"].rpartition("/")[2], one["download_info"]["archive_info"]["hashes"]["sha256"]
        )
        for one in report["install"]
    }  # fmt: skip
    site = next((BUILD / "env" / "lib").glob("python3.*")) / "site-packages"
    return installed(site, files)


def installed(site: Path, files: Mapping[str, tuple[str, str]]) -> dict[str, Wheel]:
    """The wheels of a site-packages folder; `files` has the file name and hash each came in."""
    found = {}
    for path in sorted(site.glob("*.dist-info/METADATA")):
        about = email.message_from_string(path.read_text("utf-8"))
        name = normal(about["Name"])
        if name in files:
            author = about["Author"] or (about["Author-email"] or "").partition(" <")[0] or about["Name"]
            found[name] = Wheel(name, about["Version"], *files[name], licence=_licence(about), author=author)
    return found


def _licence(about: Message) -> str:
    classes = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    told = about["License-Expression"] or about["License"] or "; ".join(classes) or "see its licence file"
    return str(told).partition("\n")[0]


def normal(name: str) -> str:
    """A distribution's name as indexes and locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def epoch() -> int:
    """The moment every file of a package bears: SOURCE_DATE_EPOCH, else that of the commit it is made from."""
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if told.isdecimal():
        return int(told)
    asked = ["git", "-C", str(TOP), "log", "-1", "--format=%ct"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=False)
    if not shown.stdout.strip().isdecimal():
        raise CannotBuild("This is no checkout: set SOURCE_DATE_EPOCH to the second the release bears.")
    return int(shown.stdout)


def version() -> str:
    """The version every package bears, as the program itself says it."""
    text = (TOP / "workstation" / "__init__.py").read_text("utf-8")
    return re.search(r'^VERSION = "([^"]+)"', text, re.MULTILINE)[1]  # type: ignore[index]


def run(line: list, **more: object) -> None:
    """A step of a build. What it printed is shown when it fails, and only then."""
    words = [str(word) for word in line]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
    if done.returncode != 0:
        sys.stderr.write((done.stdout + done.stderr)[-6000:] + "\n")
        raise CannotBuild(f"{Path(words[0]).name} failed with {done.returncode}: {' '.join(words)[:300]}")


def tools(*names: str) -> None:
    """Each program a step needs, or the Debian packages to install."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        packages = " ".join(sorted({PACKAGED.get(name, name) for name in missing}))
        raise CannotBuild(f"Not here: {', '.join(missing)}. On Debian:\n  apt-get install -y {packages}")


PACKAGED = {
    "apt-ftparchive": "apt-utils",
    "createrepo_c": "createrepo-c",
    "dpkg-shlibdeps": "dpkg-dev",
    "gpg": "gnupg",
    "msibuild": "msitools",
    "msiextract": "msitools",
    "msiinfo": "msitools",
    "pkcs11-tool": "opensc",
    "rpmbuild": "rpm",
    "rpmsign": "rpm",
    "softhsm2-util": "softhsm2",
    "strip": "binutils",
    "readelf": "binutils",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
}


def copy_of(folder: Path, into: Path) -> Path:
    """A copy that costs no room: hard links. Whoever changes a file of it unlinks that first."""
    shutil.copytree(folder, into, symlinks=True, copy_function=os.link)
    return into


def sweep(folder: Path) -> None:
    """Remove what a step left, also where it may not be written."""
    shutil.rmtree(folder, ignore_errors=True)
