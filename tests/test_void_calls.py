"""Ten thousand void Qt calls in a bare interpreter: PySide6 6.12 lost a reference to None at each of them."""

from __future__ import annotations

import os
import subprocess
import sys

# A test process holds so many references to None that the loss goes unseen there; a bare one dies of it.
CALLS = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
before = sys.getrefcount(None)
for _ in range(10_000):
    label.update()
    label.setText("")
    app.processEvents()
lost = before - sys.getrefcount(None)
assert lost < 100, f"{lost} references to None were lost"
print("whole")
"""


def test_ten_thousand_void_calls_lose_no_reference() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    run = subprocess.run(
        [sys.executable, "-I", "-c", CALLS], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout) == (0, "whole\n"), run.stderr
