"""A manifest names each file of an installation by its hash; whatever differs from it is named."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from workstation.guard.facts import Level
from workstation.guard.program_files import program_files
from workstation.host.manifest import MANIFEST, SIGNATURE, ManifestUnusable, differences, read, written


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    (folder / "lib" / "deep").mkdir(parents=True)
    (folder / "coder-workstation").write_bytes(b"\x7fELF program")
    (folder / "lib" / "one.so").write_bytes(b"one")
    (folder / "lib" / "deep" / "name with spaces.txt").write_text("two")
    (folder / "lib" / "same.so").symlink_to("one.so")
    (folder / MANIFEST).write_text(written(folder))
    return folder


def test_a_whole_installation_differs_in_nothing(installed: Path) -> None:
    (installed / SIGNATURE).write_bytes(b"a signature lies beside the manifest and is not in it")
    assert list(differences(installed)) == []
    assert len(read(installed)) == 4


def test_the_same_files_give_the_same_manifest_wherever_they_lie(installed: Path, tmp_path: Path) -> None:
    other = shutil.copytree(installed, tmp_path / "elsewhere", symlinks=True)
    assert written(other) == written(installed)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not here")
def test_it_can_judge_it_with_sha256sum(installed: Path) -> None:
    asked = ["sha256sum", "--check", "--quiet", MANIFEST]
    assert subprocess.run(asked, cwd=installed, capture_output=True, check=False).returncode == 0
    (installed / "lib" / "one.so").write_bytes(b"onf")
    assert subprocess.run(asked, cwd=installed, capture_output=True, check=False).returncode == 1


def test_one_changed_byte_is_named_also_where_a_link_leads_to_it(installed: Path) -> None:
    (installed / "lib" / "one.so").write_bytes(b"onf")
    assert list(differences(installed)) == ["changed: lib/one.so", "changed: lib/same.so"]


def test_what_is_gone_and_what_came_is_named(installed: Path) -> None:
    (installed / "lib" / "deep" / "name with spaces.txt").unlink()
    (installed / "sitecustomize.py").write_text("import os")
    assert list(differences(installed)) == ["added: sitecustomize.py", "missing: lib/deep/name with spaces.txt"]


def test_a_link_bent_to_another_file_is_a_change(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "evil.so").write_bytes(b"evil")
    (installed / "lib" / "same.so").unlink()
    (installed / "lib" / "same.so").symlink_to(tmp_path / "evil.so")
    (installed / "lib" / "nowhere").symlink_to("gone")
    assert list(differences(installed)) == ["added: lib/nowhere", "changed: lib/same.so"]


LINE = f"{hashlib.sha256(b'x').hexdigest()}  "


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "missing"),
        ("", "empty"),
        ("no hash here\n", "Line 1"),
        (f"{LINE}a\n{LINE}a\n", "Line 2"),
        (f"{LINE}../../etc/passwd\n", "Line 1"),
        (f"{LINE}/etc/passwd\n", "Line 1"),
        (b"\xff\xfe".decode("latin-1"), "cannot be read"),
    ],
)
def test_what_is_no_manifest_is_refused_and_never_called_whole(installed: Path, text: str | None, why: str) -> None:
    (installed / MANIFEST).unlink()
    if text is not None:
        (installed / MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(ManifestUnusable, match=why):
        list(differences(installed))
    assert program_files(installed).level is Level.RED


def test_doctor_says_whole_or_names_what_differs(installed: Path) -> None:
    assert program_files(installed).state == "whole, 4 files"
    assert program_files(installed).level is Level.GOOD
    (installed / "coder-workstation").write_bytes(b"\x7fELF PROGRAM")
    found = program_files(installed)
    assert (found.level, found.state, found.meaning) == (Level.RED, "1 differ", "changed: coder-workstation")
    assert found.remedy


def test_a_program_run_from_its_source_has_none_and_is_not_blamed() -> None:
    assert program_files().level is Level.NOTE
