"""Holds the imports to the contracts of pyproject.toml; a module not written yet is left out and named."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
OURS = re.compile(r"^(ui|workstation)\b")


def exists(name: str, top: Path = TOP) -> bool:
    path = top.joinpath(*name.split("."))
    return not OURS.match(name) or (path / "__init__.py").is_file() or path.with_suffix(".py").is_file()


def present(contract: Mapping[str, Any], top: Path = TOP) -> dict[str, Any]:
    """The contract over the modules there are."""
    kept: dict[str, Any] = {}
    for key, value in contract.items():
        if key == "layers":
            split = [[name for name in re.split(r" [:|] ", layer) if exists(name, top)] for layer in value]
            marks = [" | " if "|" in layer else " : " for layer in value]
            kept[key] = [mark.join(names) for mark, names in zip(marks, split, strict=True) if names]
        elif key.endswith("modules"):
            kept[key] = [name for name in value if exists(name, top)]
        else:
            kept[key] = value
    return kept


def absent(contracts: list[dict[str, Any]], top: Path = TOP) -> list[str]:
    """The modules of ours that the contracts name and nobody wrote."""
    lists = [
        value for contract in contracts for key, value in contract.items() if key == "layers" or key.endswith("modules")
    ]
    named = {name for value in lists for line in value for name in re.split(r" [:|] ", line)}
    return sorted(name for name in named if not exists(name, top))


def written(top: Path = TOP) -> str:
    """The contracts as the linter reads them, from a file of its own."""
    settings = tomllib.loads((top / "pyproject.toml").read_text())["tool"]["importlinter"]
    lines = ["[importlinter]", "root_packages =", *(f"    {name}" for name in settings["root_packages"])]
    lines.append("include_external_packages = True")
    for number, contract in enumerate(settings["contracts"]):
        kept = present(contract, top)
        if any(value == [] for key, value in kept.items() if key.endswith("modules")):
            continue
        lines.append(f"\n[importlinter:contract:{number}]")
        for key, value in kept.items():
            if isinstance(value, list):
                lines += [f"{key} =", *(f"    {name}" for name in value)] if value else []
            else:
                lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


def main() -> int:
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]
    if missing := absent(settings["contracts"]):
        print(f"Named by a contract and not written: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "contracts.ini"
        config.write_text(written())
        linter = Path(sys.executable).parent / "lint-imports"
        return subprocess.run([linter, "--config", config, "--no-cache"], cwd=TOP, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
