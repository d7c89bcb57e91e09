"""From process start to the window on an X server: the packaged program beside `python main.py`, alternating."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))

from benchmarks.figures import show

ROUNDS = 9
PACKAGED = TOP / "build" / "package" / "linux" / "coder-workstation" / "coder-workstation"
SOURCE = (sys.executable, str(TOP / "main.py"))
LOOK = ("xdotool", "search", "--onlyvisible", "--name", "Coder Workstation")


def to_window(program: Sequence[str], display: str) -> float:
    """Milliseconds until a window of the program is on the screen."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_DATA_HOME": home, "HOME": home}
        began = time.monotonic()
        started = subprocess.Popen(
            program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            while subprocess.run(LOOK, capture_output=True, env=environment, check=False).returncode != 0:
                if time.monotonic() - began > 60 or started.poll() is not None:
                    raise SystemExit(f"{program[0]} shows no window")
            return (time.monotonic() - began) * 1000
        finally:
            started.kill()
            started.wait()


def main() -> None:
    if not PACKAGED.exists() or shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        print("left out: needs the packaged program (`make package`), Xvfb and xdotool", flush=True)
        return
    reading, writing = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-noreset"], pass_fds=[writing], stderr=-3
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        display = ":" + told.readline().strip()
    try:
        to_window(SOURCE, display), to_window([str(PACKAGED)], display)  # bytecode and page cache
        floors, values = [], []
        for _ in range(ROUNDS):
            floors.append(to_window(SOURCE, display))
            values.append(to_window([str(PACKAGED)], display))
        show("packaged_start_to_window", values, floors)
    finally:
        screen.terminate()
        screen.wait()


if __name__ == "__main__":
    main()
