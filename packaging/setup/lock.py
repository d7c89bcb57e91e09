"""Are the locks what pyproject.toml asks for? `--write` resolves them anew: one to work with, two to package with."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
HEAD = "# Made by `make lock` from pyproject.toml; every file is named by its hash. Asked for: "


@dataclass(frozen=True)
class Lock:
    """A file of exact versions: for which extras, and which Python on which system."""

    name: str
    extras: tuple[str, ...]
    python: str
    platform: str = ""  # empty: all of them, by markers

    def asked_for(self) -> str:
        """A short name of all that pyproject.toml asks for; what it says besides may change freely."""
        project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
        asked = [project["requires-python"], *project["dependencies"]]
        for name in self.extras:
            asked += [name, *project["optional-dependencies"][name]]
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]

    def write(self) -> None:
        line = [Path(sys.executable).parent / "uv", "pip", "compile", "pyproject.toml", "--quiet", "--upgrade"]
        line += ["--generate-hashes", "--python-version", self.python]
        line += [word for name in self.extras for word in ("--extra", name)]
        line += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header"]
        # A package is made of the very versions that were tested.
        line += ["--python-platform", self.platform, "-c", WORK.name] if self.platform else ["--universal"]
        resolved = subprocess.run(line, cwd=TOP, check=True, capture_output=True, text=True, env=dict(os.environ))
        (TOP / self.name).write_text(f"{HEAD}{self.asked_for()}\n{resolved.stdout}")

    def troubles(self) -> list[str]:
        """What is wrong with it, in words."""
        lines = (TOP / self.name).read_text().splitlines()
        found = []
        if lines[0] != HEAD + self.asked_for():
            found.append(f"{self.name} is older than pyproject.toml: run `make lock`")
        if any(re.search(r"https?://|file:|^-", line) for line in lines[1:]):
            found.append(f"{self.name} names a place packages come from")
        named = [line for line in lines[1:] if re.match(r"\S", line)]
        loose = [line for line in named if not re.match(r"[a-z0-9.-]+==\S+ (;.*)?\\$", line)]
        return found + [f"not one version with its hashes: {line}" for line in loose]

    def versions(self) -> dict[str, str]:
        text = (TOP / self.name).read_text()
        return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))


WORK = Lock("requirements.lock", ("build", "dev"), "3.11")
PACKAGES = (
    Lock("packaging/make/linux.lock", ("package",), "3.11", "x86_64-manylinux_2_34"),
    Lock("packaging/make/windows.lock", (), "3.13", "x86_64-pc-windows-msvc"),
)


def troubles() -> list[str]:
    """What is wrong with any of them; a package holds no version that was not tested."""
    found = [trouble for lock in (WORK, *PACKAGES) for trouble in lock.troubles()]
    tested = WORK.versions()
    for lock in PACKAGES:
        other = {name: it for name, it in lock.versions().items() if name in tested and tested[name] != it}
        found += [f"{lock.name} has {name} {it}, tested is {tested[name]}" for name, it in sorted(other.items())]
    return found


def main() -> int:
    if "--write" in sys.argv:
        WORK.write()
        for lock in PACKAGES:
            lock.write()
    for trouble in troubles():
        print(trouble)
    return 1 if troubles() else 0


if __name__ == "__main__":
    sys.exit(main())
