"""From process start to the first paint of the sign-in window, beside a bare PySide6 window, alternating."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))

from benchmarks.figures import show

ROUNDS = 9
SAY = "import os, time; os.write(1, b'%f\\n' % time.monotonic())"
BARE = f"""
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
class Window(QWidget):
    def paintEvent(self, event):
        {SAY}; os._exit(0)
window = Window(); window.resize(1180, 720); window.show(); app.exec()
"""
OURS = f"""
import sys; sys.path.insert(0, {str(TOP)!r}); sys.argv = ["main.py"]
from ui.guard.window import GuardWindow
def painted(self, event):
    {SAY}; os._exit(0)
GuardWindow.paintEvent = painted
import main
main.main([])
"""


def first_paint(program: str) -> float:
    """Milliseconds."""
    with tempfile.TemporaryDirectory() as home:
        platform = os.environ.get("QT_QPA_PLATFORM", "offscreen")
        environment = {**os.environ, "QT_QPA_PLATFORM": platform, "XDG_DATA_HOME": home}
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=False,
        )
        return (float(done.stdout.split()[0]) - began) * 1000


def main() -> None:
    first_paint(BARE), first_paint(OURS)  # bytecode and page cache
    floors, values = [], []
    for _ in range(ROUNDS):
        floors.append(first_paint(BARE))
        values.append(first_paint(OURS))
    show("start_to_first_paint", values, floors)


if __name__ == "__main__":
    main()
