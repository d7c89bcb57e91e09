"""A clean Debian root to install packages into: made once by debootstrap, copied for each use, its mounts its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import builder
from builder import BUILD, CannotBuild

CLEAN = BUILD / "root"
SUITE = "bookworm"
# What a desktop has and a minimal root has not.
SESSION = ("dbus", "gnome-keyring")


def clean_root() -> Path:
    """The untouched root; an hour of downloads is not made twice."""
    if not (CLEAN / "etc" / "debian_version").is_file() or not (CLEAN / "usr" / "bin" / "dbus-run-session").exists():
        builder.tools("debootstrap")
        if not (CLEAN / "var" / "lib" / "dpkg" / "status").is_file() or (CLEAN / "debootstrap").exists():
            builder.sweep(CLEAN)
            builder.run(["debootstrap", "--variant=minbase", SUITE, CLEAN, _mirror()])
        shutil.copyfile("/etc/resolv.conf", CLEAN / "etc" / "resolv.conf")
        within(CLEAN, "apt-get update -q && apt-get install -q -y --no-install-recommends " + " ".join(SESSION))
    return CLEAN


def copy_of_root(into: Path) -> Path:
    """A root to break."""
    builder.sweep(into)
    into.parent.mkdir(parents=True, exist_ok=True)
    builder.run(["cp", "-a", "--reflink=auto", clean_root(), into])
    shutil.copyfile("/etc/resolv.conf", into / "etc" / "resolv.conf")
    return into


def within(root: Path, script: str, seconds: int = 500) -> str:
    """Run a shell script in the root, with processes and mounts that are gone afterwards; what it printed."""
    # Mounted inside: nothing of it is seen from, or left in, the system around it.
    inside = f"mount -t proc proc /proc && mount -t tmpfs tmp /tmp && export DEBIAN_FRONTEND=noninteractive LC_ALL=C\n{script}"
    line = [
        "unshare",
        "--mount",
        "--pid",
        "--ipc",
        "--uts",
        "--fork",
        "--kill-child",
        "chroot",
        str(root),
        "/bin/sh",
        "-ec",
        inside,
    ]
    try:
        done = subprocess.run(
            line, capture_output=True, text=True, errors="replace", timeout=seconds, check=False, stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CannotBuild(f"Not done within {seconds} s: {script[:200]}") from None
    if done.returncode != 0:
        raise CannotBuild(f"In the root, {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def _mirror() -> str:
    """Where this system's own packages come from."""
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    sites = [site for site in found if "security" not in site]
    if not sites:
        raise CannotBuild("This system's apt names no source of packages.")
    return sites[0]
