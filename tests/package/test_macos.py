"""The recipe for a Mac, as far as another system can hold it to its word: its steps, their order, and that it does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "packaging" / "macos" / "build.sh"


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1790000000"}
    return subprocess.run(["sh", str(RECIPE), *words], capture_output=True, text=True, check=False, env=environment)


def test_it_says_each_step_and_does_none() -> None:
    before = set((ROOT / "build").iterdir()) if (ROOT / "build").exists() else set()
    said = _run("--dry-run", "Developer ID Application: A 'quoted' house", "profile")
    assert said.returncode == 0, said.stderr
    steps = [
        "PyInstaller",
        "'find'",
        "'codesign' '--force'",
        "'--verify'",
        "'hdiutil'",
        "notarytool",
        "stapler",
        "spctl",
    ]
    places = [said.stdout.index(step) for step in steps]
    assert places == sorted(places)
    assert "PySide6.QtPrintSupport" in said.stdout
    assert (set((ROOT / "build").iterdir()) if (ROOT / "build").exists() else set()) == before


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac would build")
def test_elsewhere_it_refuses_to_build_and_without_a_signer_anywhere() -> None:
    assert _run("Developer ID Application: T", "profile").returncode == 2
    assert _run().returncode == 2
