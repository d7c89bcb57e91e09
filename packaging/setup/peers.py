"""Other people's programs that the tests speak to: a sign-in server and a FHIR server, each in a place of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import debian
from environment import TOP

OIDC, SEKMET = "oidc-provider@8.8.1", "sekmet-fhir==0.1.1"
NPM, FHIR = TOP / "build" / "npm", TOP / "build" / "sekmet"


def ready() -> None:
    """Install what is missing and may be; what stays missing is said aloud, and its tests say so again."""
    debian.install(debian.missing_programs(debian.PEERS), "the tests' peers")
    for name, there, make in (("oidc-provider", _has_oidc, _make_oidc), ("sekmet-fhir", _has_fhir, _make_fhir)):
        if not there():
            make()
        if not there():
            print(f"WARNING: {name} could not be installed: the tests against it are SKIPPED.", flush=True)
    for package in debian.missing_programs(debian.PEERS):
        print(f"WARNING: {package} is not here: the tests that need it are SKIPPED.", flush=True)


def _has_oidc() -> bool:
    return (NPM / "node_modules" / "oidc-provider" / "package.json").is_file() and shutil.which("node") is not None


def _make_oidc() -> None:
    if shutil.which("npm") is None:
        return
    NPM.mkdir(parents=True, exist_ok=True)
    (NPM / "package.json").write_text('{"private": true}\n')
    _quiet(["npm", "install", "--prefix", str(NPM), "--no-audit", "--no-fund", "--ignore-scripts", OIDC])


def _has_fhir() -> bool:
    return _quiet([str(FHIR / "bin" / "python"), "-c", "import sekmet"]) if (FHIR / "bin").is_dir() else False


def _make_fhir() -> None:
    """Its dependencies do not go with ours, so it has an environment of its own; it wants Python 3.11."""
    python = _python_3_11()
    if python is None:
        return
    if _quiet([python, "-m", "venv", "--clear", str(FHIR)]):
        _quiet([str(FHIR / "bin" / "python"), "-m", "pip", "install", "--quiet", SEKMET])


def _python_3_11() -> str | None:
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob("3.11*/bin/python3"))
    for python in (sys.executable, "python3.11", *map(str, pyenv)):
        if _quiet([python, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 11))"]):
            return python
    return None


def _quiet(line: list[str]) -> bool:
    try:
        return (
            subprocess.run(line, capture_output=True, stdin=subprocess.DEVNULL, timeout=900, check=False).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
