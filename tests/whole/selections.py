"""The three selections of X11, read and filled as other programs do, and hands that try to get words into them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable

import pytest

from tests.whole.screen import Keyboard

NAMES = ("primary", "secondary", "clipboard")
COPIES = ("ctrl+a", "ctrl+c", "ctrl+Insert", "shift+Delete", "ctrl+x")
OTHERS = ("ctrl+p", "ctrl+s", "ctrl+shift+s", "Print", "Menu", "shift+F10", "shift+Insert", "ctrl+v")
FOREIGN = "words of another program"


def needs_selections() -> None:
    """Skips, loudly, where nothing can read a selection."""
    missing = [name for name in ("xclip", "xsel") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: whether a screen leaks into a clipboard is NOT tested")


class Selections:
    """xclip and xsel on the screen of a keyboard."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard
        self._owners: list[subprocess.Popen[str]] = []

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            words, env=self._keyboard.environment, capture_output=True, text=True, timeout=10, check=False
        )
        return done.stdout

    def fill(self) -> None:
        """Another program puts its words into all of them, and lives as long as it owns them."""
        self.close()
        for name in NAMES:
            words = ["xclip", "-quiet", "-i", "-selection", name]
            quiet = subprocess.DEVNULL
            owner = subprocess.Popen(
                words, env=self._keyboard.environment, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, text=True
            )
            assert owner.stdin is not None
            owner.stdin.write(FOREIGN)
            owner.stdin.close()
            self._owners.append(owner)
        while self.held() != {name: {FOREIGN} for name in NAMES}:
            pass  # each look takes its time; a test has a limit

    def close(self) -> None:
        """The other program ends."""
        for owner in self._owners:
            owner.kill()
            owner.wait()
        self._owners.clear()

    def held(self) -> dict[str, set[str]]:
        """What each holds, as both programs read it."""
        return {
            name: {self._run("xclip", "-o", "-selection", name), self._run("xsel", "-o", f"--{name}")} - {""}
            for name in NAMES
        }

    def leaked(self) -> dict[str, set[str]]:
        """What stands in them that the other program did not put there."""
        return {name: words - {FOREIGN} for name, words in self.held().items() if words - {FOREIGN}}

    def try_everything(self, at: tuple[int, int], size: tuple[int, int], *, opens: bool = False) -> None:
        """Every gesture a person could get words out of an area with; `opens` leaves out the double click."""
        self.act([*self._clicks(at, size, opens=opens), *self._keys([*COPIES, *OTHERS])])

    def copy(self, at: tuple[int, int], size: tuple[int, int]) -> None:
        """A click, all of it marked, and copied."""
        self.act([*self._to(at[0] + size[0] // 2, at[1] + min(size[1] // 2, 40)), "click", "1"])
        self.act(self._keys(["ctrl+a", "ctrl+c"]))

    def act(self, words: Iterable[str]) -> None:
        self._run("xdotool", *words)

    @staticmethod
    def _to(x: int, y: int) -> list[str]:
        return ["mousemove", str(x), str(y)]

    @staticmethod
    def _keys(keys: Iterable[str]) -> list[str]:
        return ["key", "--clearmodifiers", "--delay", "15", *keys]

    def _clicks(self, at: tuple[int, int], size: tuple[int, int], *, opens: bool) -> list[str]:
        (left, top), (wide, high) = at, size
        x, y = left + min(wide // 2, 120), top + min(high // 2, 60)
        words = [*self._to(left + 4, y), "mousedown", "1", *self._to(x, y), *self._to(left + wide - 6, y)]
        words += ["mouseup", "1"]  # over all its words
        words += [*self._to(x, y), "mousedown", "1", *self._to(x, 2), *self._to(1, 1), "mouseup", "1"]  # and out of it
        words += [*self._to(x, y), "click", "2", "click", "3"]
        if not opens:
            words += ["click", "--repeat", "2", "--delay", "30", "1", "click", "--repeat", "3", "--delay", "30", "1"]
        return [*words, "click", "1"]
