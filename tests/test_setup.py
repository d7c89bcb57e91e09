"""The set-up's own promises: the tally of a run is true, whatever befalls it, and a missing thing is said plainly."""

from __future__ import annotations

import importlib
import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETUP = ROOT / "packaging" / "setup"


def _suite(top: Path, **files: str) -> subprocess.CompletedProcess[str]:
    (top / "packaging" / "setup").mkdir(parents=True)
    tool = shutil.copy(SETUP / "suite.py", top / "packaging" / "setup")
    (top / "tests").mkdir()
    for name, text in files.items():
        (top / "tests" / f"test_{name}.py").write_text(text)
    return subprocess.run([sys.executable, tool], capture_output=True, text=True, check=False, cwd=top)


def test_the_last_line_counts_every_test_of_every_process(tmp_path: Path) -> None:
    ran = _suite(
        tmp_path,
        plain=(
            "import pytest\ndef test_one(): pass\n@pytest.mark.skip(reason='no server here')\ndef test_two(): pass\n"
        ),
        screen="# PySide6\ndef test_three(): pass\n",
        whole="import pytest\npytest.skip('no bus here', allow_module_level=True)\n",
    )
    assert ran.stdout.splitlines()[-1] == "2 passed, 0 failed, 2 skipped"
    assert "SKIPPED 1: no bus here" in ran.stdout
    assert "SKIPPED 1: no server here" in ran.stdout
    assert ran.returncode == 0


def test_a_failed_test_and_a_failed_teardown_count_and_are_shown(tmp_path: Path) -> None:
    ran = _suite(
        tmp_path,
        plain=(
            "import pytest\n"
            "@pytest.fixture\n"
            "def torn():\n    yield\n    raise RuntimeError('torn')\n"
            "def test_bad(): assert 'this' == 'that'\n"
            "def test_torn(torn): pass\n"
        ),
    )
    assert ran.stdout.splitlines()[-1] == "0 passed, 2 failed, 0 skipped"
    assert "'this' == 'that'" in ran.stdout
    assert ran.returncode == 1


def test_a_crash_of_one_screen_is_a_failure_and_ends_no_other(tmp_path: Path) -> None:
    ran = _suite(
        tmp_path,
        crash="# PySide6\nimport os\ndef test_dies(): os.abort()\n",
        plain="def test_lives(): pass\n",
        screen="# PySide6\ndef test_lives(): pass\n",
    )
    assert ran.stdout.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"
    assert ran.returncode == 1


def test_a_file_that_python_cannot_read_is_one_failure_and_the_others_run(tmp_path: Path) -> None:
    ran = _suite(tmp_path, broken="def test_(:\n", plain="def test_lives(): pass\n")
    assert ran.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert ran.returncode == 1


def test_a_run_of_nothing_is_no_success(tmp_path: Path) -> None:
    assert _suite(tmp_path, empty="x = 1\n").returncode == 1


def _start(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path), "HOME": str(path)}
    start = str(SETUP / "start.sh")
    return subprocess.run(["/bin/sh", start, *words], env=environment, capture_output=True, text=True, check=False)


def _programs(folder: Path, **scripts: str) -> Path:
    folder.mkdir()
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    (folder / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
    return folder


OLD = 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac'


def test_a_python_too_old_is_named_and_the_way_out(tmp_path: Path) -> None:
    told = _start(_programs(tmp_path / "bin", python3=OLD))
    assert told.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13" in told.stderr
    assert "Python 3.9.2" in told.stderr


def test_a_fitting_python_beside_an_old_one_is_taken(tmp_path: Path) -> None:
    programs = _programs(tmp_path / "bin", python3=OLD)
    (programs / "python3.12").write_text('#!/bin/sh\n[ "$1" = -c ] || echo "taken $*"\n')
    (programs / "python3.12").chmod(0o755)
    told = _start(programs, "setup")
    assert told.returncode == 0
    assert "bootstrap.py setup" in told.stdout


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> dict:
    return runpy.run_path(str(SETUP / "debian.py"))


def test_packages_that_may_not_be_installed_are_named_in_one_line(
    debian: dict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(_programs(tmp_path / "bin", **{"apt-get": "exit 1"})))
    assert debian["install"](["xvfb", "xclip"], "the tests") is False
    assert "sudo apt-get install -y --no-install-recommends xvfb xclip" in capsys.readouterr().out


def test_packages_are_installed_with_a_sudo_that_asks_nothing(
    debian: dict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    said = tmp_path / "said"
    scripts = {"apt-get": "exit 1", "sudo": f'printf "%s\\n" "$*" >> {said}'}
    monkeypatch.setenv("PATH", str(_programs(tmp_path / "bin", **scripts)))
    assert debian["install"](["xvfb"], "the tests") is True
    assert said.read_text().splitlines() == [
        "-n true",
        "-n apt-get update -q",
        "-n apt-get install -y --no-install-recommends xvfb",
    ]


def test_only_what_is_missing_is_asked_for(debian: dict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(_programs(tmp_path / "bin", xclip="exit 0")))
    assert debian["missing_programs"]({"xclip": "xclip", "Xvfb": "xvfb"}) == ["xvfb"]
    assert debian["install"]([], "nothing") is True


def test_the_code_pack_is_made_anew_only_when_what_makes_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SETUP))
    bootstrap = importlib.import_module("bootstrap")
    data = tmp_path / "workstation" / "codebook" / "data"
    data.mkdir(parents=True)
    (data / "synonyms.txt").write_text("htn = hypertension\n")
    (tmp_path / "requirements.lock").write_text("")
    monkeypatch.setattr(bootstrap, "TOP", tmp_path)
    monkeypatch.setattr(bootstrap, "CODE_PACK", tmp_path / "codebook.db")
    monkeypatch.setattr(bootstrap, "PACK_STAMP", tmp_path / "codebook.stamp")
    built: list[str] = []

    def build(line: list[object]) -> int:
        built.append(str(line[-1]))
        Path(str(line[-1])).write_text("a pack")
        return 0

    monkeypatch.setattr(bootstrap, "_call", build)
    assert bootstrap._codesets()
    assert bootstrap._codesets()
    assert len(built) == 1
    (data / "synonyms.txt").write_text("htn = hypertension\nchf = heart failure\n")
    assert bootstrap._codesets()
    assert len(built) == 2
    assert (tmp_path / "codebook.db").read_text() == "a pack"


def test_what_a_fault_cost_is_added_up_into_a_table(tmp_path: Path) -> None:
    suite = runpy.run_path(str(SETUP / "suite.py"))
    assert suite["fault_table"](tmp_path) == []
    rows = [{"fault": "a cut", "tries": 3, "seen": 2, "losses": 0, "duplicates": 1}] * 2
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert suite["fault_table"](tmp_path)[1].split() == ["a", "cut", "6", "4", "0", "2"]
