"""The tour: the whole flow of the real program against the practice hospital, step by step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(600)]


def test_every_step_of_a_coders_day_shows_what_it_should(tmp_path: Path) -> None:
    out = tmp_path / "tour"
    done = subprocess.run(
        [sys.executable, "main.py", "tour", "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    report = json.loads((out / "tour.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, report["failed"] + done.stderr[-2000:]
    steps = [step["step"] for step in report["steps"]]
    assert len(steps) >= 14
    assert {
        "worklist",
        "chart",
        "evidence",
        "finding",
        "finalize",
        "cover",
        "same-place",
        "another-coder",
        "shared-sign-out",
    } <= set(steps)
    for step in report["steps"]:
        assert step["asserted"]
        assert (out / step["picture"]).stat().st_size > 5_000
