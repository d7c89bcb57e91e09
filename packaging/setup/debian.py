"""Debian's packages: which are missing, installed where we may, named where we may not."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

# What Qt opens by name at run time; a library that cannot be opened is missing, whoever packaged it.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
}
KEYRING = {"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
PEERS = {
    **KEYRING,
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
    "xclip": "xclip",
    "xsel": "xsel",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "openbox": "openbox",
    "npm": "npm",
    "openssl": "openssl",
    "gpg": "gnupg",
    "gpgv": "gpgv",
    "strace": "strace",
}


def missing_libraries() -> list[str]:
    return [package for name, package in QT_LIBRARIES.items() if not _opens(name)]


def missing_programs(wanted: dict[str, str]) -> list[str]:
    return [package for program, package in wanted.items() if shutil.which(program) is None]


def install(packages: list[str], why: str) -> bool:
    """Whether the packages are there now; says plainly what it does or what is to be done."""
    if not packages:
        return True
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    before = _permission()
    if before is None:
        print(f"{why} needs Debian packages that are not here. Please run:\n  sudo {' '.join(line)}", flush=True)
        return False
    print(f"Installing for {why}: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "-q"], line):
        done = subprocess.run(
            [*before, *step], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
        )
        if done.returncode != 0 and step is line:
            print(done.stderr[-1500:] + f"\nThat failed. By hand:\n  sudo {' '.join(line)}", flush=True)
            return False
    return True


def _permission() -> list[str] | None:
    """What to put before a command to run it as root; None where we may not."""
    if not sys.platform.startswith("linux") or shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _opens(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
