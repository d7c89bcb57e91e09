"""The program's own Python environment, made from requirements.lock, every file checked against its hash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import debian

TOP = Path(__file__).resolve().parents[2]
VENV = TOP / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = TOP / "requirements.lock"
STAMP = VENV / "installed.lock"


def ready() -> bool:
    """Make the environment unless this very lock is in it already."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _works() and STAMP.is_file() and STAMP.read_text() == wanted:
        return True
    if not _works() and not _make():
        return False
    print("Installing what requirements.lock names (about 200 MB, once)...", flush=True)
    line = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    line += ["--require-hashes", "--only-binary", ":all:", "--requirement", LOCK]
    if subprocess.run(line, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        print("The installation failed; the lines above say why. Run the same command again to go on.", flush=True)
        return False
    STAMP.write_text(wanted)
    return True


def _works() -> bool:
    """A half-made environment has a Python but no pip."""
    if not PYTHON.exists():
        return False
    asked = [PYTHON, "-c", "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _make() -> bool:
    try:
        import ensurepip
        import venv  # noqa: F401  (Debian leaves both out of python3-minimal)

        ensurepip.version()
    except ImportError:
        # A Python of Debian's own has its venv in a package beside it.
        package = f"python3.{sys.version_info[1]}-venv"
        if not debian.install([package], "a Python environment"):
            return False
    print(f"Making .venv with Python {sys.version.split()[0]}...", flush=True)
    line = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    return subprocess.run(line, stdin=subprocess.DEVNULL, check=False).returncode == 0
