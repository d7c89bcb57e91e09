"""A virtual screen with a window manager, and a keyboard to type on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NEEDED = ("Xvfb", "openbox", "xdotool")


@contextmanager
def screen(folder: Path, size: str = "1366x768") -> Iterator[Keyboard]:
    """Skips the test, loudly, where no virtual screen can be had."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: what only a real screen shows is NOT tested")
    read, write = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-noreset", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:  # to the end of the line: a pipe closed earlier kills Xvfb
        number = told.readline().strip()
    environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    manager = subprocess.Popen(
        ["openbox", "--sm-disable"],
        env={**environment, "HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Keyboard(environment)
    finally:
        for process in (manager, xvfb):
            process.terminate()
            process.wait(10)


class Keyboard:
    """xdotool, as a person at the keyboard of this screen."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def _do(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def press(self, *keys: str) -> None:
        for key in keys:
            self._do("key", "--clearmodifiers", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        self._do("type", "--delay", "12", text)
        time.sleep(0.1)

    def title(self) -> str:
        return self._do("getactivewindow", "getwindowname")

    def window_pid(self) -> int:
        """Whose window has the keyboard."""
        found = self._do("getactivewindow", "getwindowpid")
        return int(found) if found.isdigit() else 0
