"""Is requirements.lock what pyproject.toml asks for? `--write` resolves it anew, for Python 3.11 to 3.13."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LOCK = TOP / "requirements.lock"
HEAD = "# Made by `make lock` from pyproject.toml; every file is named by its hash. Asked for: "


def asked_for() -> str:
    """A short name of all that pyproject.toml asks for; what it says besides may change freely."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    asked = [project["requires-python"], *project["dependencies"]]
    for name in ("build", "dev"):
        asked += [name, *project["optional-dependencies"][name]]
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]


def write() -> None:
    line = [Path(sys.executable).parent / "uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal"]
    line += ["--generate-hashes", "--python-version", "3.11", "--extra", "dev", "--extra", "build", "--upgrade"]
    line += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header"]
    resolved = subprocess.run(line, cwd=TOP, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout
    LOCK.write_text(f"{HEAD}{asked_for()}\n{resolved}")


def troubles() -> list[str]:
    """What is wrong with the lock, in words."""
    lines = LOCK.read_text().splitlines()
    found = []
    if lines[0] != HEAD + asked_for():
        found.append("requirements.lock is older than pyproject.toml: run `make lock`")
    if any(re.search(r"https?://|file:|^-", line) for line in lines[1:]):
        found.append("requirements.lock names a place packages come from")
    named = [line for line in lines[1:] if re.match(r"\S", line)]
    loose = [line for line in named if not re.match(r"[a-z0-9.-]+==\S+ (;.*)?\\$", line)]
    return found + [f"not one version with its hashes: {line}" for line in loose]


def main() -> int:
    if "--write" in sys.argv:
        write()
    for trouble in troubles():
        print(trouble)
    return 1 if troubles() else 0


if __name__ == "__main__":
    sys.exit(main())
