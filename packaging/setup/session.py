"""Where the program can run: is there a display, does a keyring answer, and a private keyring where none does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import debian
from environment import PYTHON

# Asks for the default collection: a bus without a Secret Service, or one that never had a password, has none.
ASK = """
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
service = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", "org.freedesktop.Secret.Service")
with open_dbus_connection("SESSION") as bus:
    answer = bus.send_and_get_reply(new_method_call(service, "ReadAlias", "s", ("default",)), timeout=10)
    raise SystemExit(0 if answer.body[0].startswith("/org/") else 1)
"""
UNLOCKED = 'printf practice | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && exec "$@"'


def has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def keyring_answers() -> bool:
    """Windows and macOS always have one; on Linux the session bus is asked."""
    if not sys.platform.startswith("linux"):
        return True
    if "DBUS_SESSION_BUS_ADDRESS" not in os.environ and not Path(f"/run/user/{os.getuid()}/bus").exists():
        return False
    try:
        return subprocess.run([PYTHON, "-c", ASK], capture_output=True, timeout=30, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def private_keyring() -> list[str] | None:
    """What to put before a command to give it an unlocked keyring that dies with it; None where it cannot be had."""
    if not debian.install(debian.missing_programs(debian.KEYRING), "a keyring of the session"):
        return None
    if debian.missing_programs(debian.KEYRING):
        return None
    return ["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh"]


@contextmanager
def throw_away_home() -> Iterator[dict[str, str]]:
    """The environment of a home that is gone afterwards; a display stays reachable from it."""
    home = Path(tempfile.mkdtemp(prefix="coder-workstation-practice-"))
    environment = {**os.environ, "HOME": str(home)}
    authority = Path(os.environ.get("XAUTHORITY") or Path.home() / ".Xauthority")
    if authority.exists():
        environment["XAUTHORITY"] = str(authority)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        environment[f"XDG_{name}_HOME"] = str(home / name.lower())
    try:
        yield environment
    finally:
        shutil.rmtree(home, ignore_errors=True)
