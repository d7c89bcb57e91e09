"""What the repository promises of itself: its map, its imports, its lock, and no word of the machine it was made on."""

from __future__ import annotations

import dataclasses
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETUP = ROOT / "packaging" / "setup"
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
TEXTS = {".cfg", ".ini", ".json", ".lock", ".md", ".py", ".qss", ".sh", ".sql", ".svg", ".toml", ".txt", ".yml", ""}


def _tool(name: str) -> dict:
    return runpy.run_path(str(SETUP / f"{name}.py"))


def test_the_readme_draws_the_code_as_it_is() -> None:
    draw = _tool("map")
    assert draw["undescribed"]() == []
    assert draw["in_readme"]() == draw["drawn"](), "run `make map`"


def test_the_map_notices_a_file_that_changed_its_mind(tmp_path: Path) -> None:
    draw = _tool("map")
    package = tmp_path / "workstation"
    package.mkdir()
    (package / "__init__.py").write_text('"""Knows coding."""\n')
    (package / "codes.py").write_text('"""Codes.\n\nMore words."""\n')
    assert draw["drawn"](tmp_path).splitlines() == [
        "```text",
        "",
        "workstation/  Knows coding.",
        "  codes.py  Codes.",
        "```",
    ]
    (package / "codes.py").write_text("x = 1\n")
    assert draw["undescribed"](tmp_path) == ["workstation/codes.py"]


def test_the_lock_is_what_the_project_asks_for() -> None:
    assert _tool("lock")["troubles"]() == []


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("--index-url https://example.org/simple", "a place packages come from"),
        ("flask @ https://example.org/flask.whl", "a place packages come from"),
        ("flask>=3", "not one version with its hashes: flask>=3"),
        ("flask==3.1.3", "not one version with its hashes: flask==3.1.3"),
    ],
)
def test_a_lock_that_is_loose_is_refused(tmp_path: Path, line: str, trouble: str) -> None:
    lock = _tool("lock")
    loose = tmp_path / "requirements.lock"
    loose.write_text(f"{lock['HEAD']}{lock['WORK'].asked_for()}\n{line}\n")
    assert any(trouble in found for found in dataclasses.replace(lock["WORK"], name=str(loose)).troubles())


def test_a_package_never_holds_a_version_that_was_not_tested(tmp_path: Path) -> None:
    lock = _tool("lock")
    linux = lock["PACKAGES"][0]
    other = tmp_path / "other.lock"
    other.write_text((ROOT / linux.name).read_text().replace("\nflask==", "\nflask==9"))
    lock["troubles"].__globals__["PACKAGES"] = (dataclasses.replace(linux, name=str(other)),)
    assert any(" has flask 9" in found for found in lock["troubles"]())


def _lint(top: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "pyproject.toml", top)
    (top / "packaging" / "setup").mkdir(parents=True)
    tool = shutil.copy(SETUP / "imports.py", top / "packaging" / "setup")
    return subprocess.run([sys.executable, tool], cwd=top, capture_output=True, text=True, check=False)


def _world(top: Path, **files: str) -> None:
    """A small tree with the rooms a contract speaks of; `files` name a module with __ for a dot."""
    rooms = ("ui", "ui.worklist", "ui.query", "ui.guard", "workstation", "workstation.domain", "workstation.cache")
    rooms += ("workstation.operations", "workstation.guard", "workstation.journal", "workstation.practice")
    for room in rooms:
        folder = top.joinpath(*room.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text('"""A room."""\n')
    for name, line in files.items():
        top.joinpath(*name.split("__")).with_suffix(".py").write_text(line + "\n")


BREACHES = {
    "Imports run downhill": {"workstation__cache__up": "import workstation.operations"},
    "What knows coding knows no Qt": {"workstation__cache__qt": "import PySide6.QtCore"},
    "The domain touches no clock": {"workstation__domain__now": "import time"},
    "The desk knows nothing of the guard": {"workstation__operations__spy": "import workstation.journal"},
    "The guard knows nothing of charts": {"workstation__guard__peek": "import workstation.cache"},
    "Screens do not know one another": {"ui__query__near": "import ui.worklist"},
    "Screens ask operations": {"ui__worklist__short": "import workstation.cache"},
    "Only its own command knows the practice": {"ui__worklist__play": "import workstation.practice"},
}


@pytest.mark.parametrize("contract", BREACHES)
def test_an_import_across_a_border_fails(contract: str, tmp_path: Path) -> None:
    _world(tmp_path, **BREACHES[contract])
    linted = _lint(tmp_path)
    broken = [line for line in linted.stdout.splitlines() if line.endswith("BROKEN") or " BROKEN" in line]
    assert linted.returncode == 1
    assert any(line.startswith(contract) for line in broken), linted.stdout


def test_the_same_rooms_without_a_breach_pass(tmp_path: Path) -> None:
    _world(tmp_path, ui__query__fine="import workstation.operations")
    linted = _lint(tmp_path)
    assert linted.returncode == 0, linted.stdout


def test_the_name_packaging_stays_free_for_the_library() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


# A home, a mount, a temporary job: places of one machine. Said in pieces, or this file would name them too.
MACHINE = re.compile(
    "|".join(
        (
            r"(?<![\w.~-])/" + r"(home|Users)/(?!\.\.)[a-z][\w.-]*/",
            r"(?<![\w.~/-])/" + r"(root|work|farm)/",
            r"/tmp/" + r"(bash|brief|claude)",
            r"[A-Z]:\\" + r"Users\\",
        )
    )
)
REGISTRIES = re.compile(
    "|".join(
        (
            r"pypi\." + "org",
            r"pythonhosted\." + "org",
            r"registry\." + r"(npmjs|yarnpkg)",
            r"(deb|security)\." + r"debian\.org",
            r"archive\." + r"ubuntu\.com",
            r"proxy\.golang\." + "org",
        )
    )
)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")


def _found(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def _texts() -> list[Path]:
    return [path for path in TRACKED if path.suffix in TEXTS]


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    assert _found(MACHINE, _texts()) == []


def test_no_file_names_the_host_of_a_registry() -> None:
    assert _found(REGISTRIES, _texts()) == []


def test_nothing_is_left_for_later_in_the_code() -> None:
    assert _found(UNFINISHED, [path for path in TRACKED if path.suffix == ".py"]) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE, 'open("/ho' + 'me/ann/charts")'),
        (MACHINE, "see /wo" + "rk/notes"),
        (REGISTRIES, "https://py" + "pi.org/simple"),
        (UNFINISHED, "# TO" + "DO later"),
    ],
)
def test_such_a_word_would_be_found(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line", ["GET /fhir/home/", "~/.config/wo" + "rk/", "https://coder.example/wo" + "rk/list", "the /root of"]
)
def test_an_innocent_line_is_not(line: str) -> None:
    assert not MACHINE.search(line)
