"""After a lock nothing clinical, no password and no key is left in any process of ours, nor in any file."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyotp
import pytest

from tests.faults.conftest import Times
from tests.peers import Peer
from tests.whole import memory
from tests.whole.screen import Keyboard, screen
from workstation.host.paths import Home
from workstation.keys.derive import zero
from workstation.keys.device import DeviceKeys
from workstation.keys.vault import WrappedRecord, open_vault

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "kelp orbit walnut fifty"
MARKERS = 500
PATIENCE = 8.0  # seconds a browser or a new window may take to answer a key

pytestmark = [pytest.mark.keyring, pytest.mark.xcb, pytest.mark.timeout(300)]


def chart_markers(count: int) -> list[str]:
    """Distinct stretches of the practice notes."""
    lines: set[str] = set()
    for note in sorted((ROOT / "workstation/practice/charts").glob("*/*.txt")):
        for line in note.read_text(encoding="utf-8").splitlines():
            for at in range(0, max(0, len(line) - 32), 40):
                piece = line[at : at + 28]
                if len(set(piece)) > 9 and piece.isascii() and piece.isprintable():
                    lines.add(piece)
    return random.Random(7).sample(sorted(lines), count)


def wait(check: Callable[[], object], what: str, seconds: float = 60) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


class Program:
    """`main.py` as a coder starts it, and the processes it has become."""

    def __init__(self, base: str, home: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "main.py", "--server", base, "--home", str(home)], cwd=ROOT, env=environment
        )

    def ours(self) -> list[int]:
        pid = self.process.pid
        return [pid, *(child for child in memory.children(pid) if "practice" not in memory.command(child))]

    def desks(self) -> list[int]:
        return [pid for pid in self.ours() if "--desk" in memory.command(pid)]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def step_up_code(program: Program) -> str:
    """An administrator can read the secret out of the enrolling process; the picture on the screen shows no less."""

    def find() -> str:
        for pid in program.desks():
            for piece in memory.pieces(pid):
                match = re.search(rb"otpauth://totp/[^\s\0]{0,120}?secret=([A-Z2-7]{32})", piece)
                if match:
                    return match.group(1).decode()
        return ""

    return pyotp.TOTP(str(wait(find, "the step-up secret"))).now()


def data_key(home: Path, tenant: str, user: str) -> dict[str, bytes]:
    """The key of the cache, as password and device open it together."""
    place = Home(home)
    keys = DeviceKeys.open(place.guard)
    folder = place.coder(tenant, user)
    record = WrappedRecord.from_json(json.loads((folder / "vault.json").read_text()))
    secret = keys.lease_secret(folder.name)
    assert secret is not None
    half = keys.device_half(secret, record.identity)
    vault = open_vault(record, bytearray(PASSWORD.encode()), half)
    raw = bytes(vault.dek)
    vault.close()
    zero(half)
    keys.close()
    return {"key": raw, "key in hex": raw.hex().encode(), "key in HEX": raw.hex().upper().encode()}


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def press_until(keyboard: Keyboard, key: str, check: Callable[[], object], what: str) -> None:
    """A window that has just come may not have the keyboard yet: a key that was not heard is pressed again."""
    pressed = 0.0

    def heard() -> object:
        nonlocal pressed
        found = check()
        if not found and time.monotonic() - pressed > PATIENCE:
            pressed = time.monotonic()
            keyboard.press(key)
        return found

    wait(heard, what)


def read_charts(keyboard: Keyboard, desk: int, markers: list[str]) -> None:
    """Open an encounter and step through its documents until the desk demonstrably holds what they say."""

    def read() -> bool:
        keyboard.press("Return", "ctrl+Down")
        return len(memory.found_in(desk, markers)) >= 20

    wait(read, "charts in the desk, so that this test could find them")


def unlock(program: Program, keyboard: Keyboard, folder: Path) -> None:
    """Enter on the cover, the password, and the cache is in use: only the one who is let in opens its log."""
    press_until(keyboard, "Return", lambda: keyboard.window_pid() in program.desks(), "the unlock window")
    desk = keyboard.window_pid()
    keyboard.type(PASSWORD)
    keyboard.press("Return")
    wait(lambda: memory.has_open(desk, folder / "cache.db"), "the open cache")


def test_a_lock_leaves_no_password_key_or_chart_in_memory_or_on_disk(
    practice: Peer, tmp_path: Path, times: Times
) -> None:
    locks = max(2, times(20))
    home, temp = tmp_path / "data", tmp_path / "temp"
    temp.mkdir()
    person = next(one for one in practice.about["people"] if one["user"] == "dana")
    markers = chart_markers(MARKERS)
    with screen(tmp_path) as keyboard:
        environment = {
            **keyboard.environment,
            "TMPDIR": str(temp),
            "BROWSER": f"{sys.executable} {ROOT / 'tests/whole/browser.py'} %s",
            "PRACTICE_USER": person["user"],
            "PRACTICE_PASSWORD": person["password"],
            "PRACTICE_SECRET": person["totp_secret"],
        }
        program = Program(practice.base, home, environment)
        try:
            wait(lambda: keyboard.window_pid() == program.process.pid and program.desks(), "the sign-in window")
            press_until(keyboard, "Return", lambda: keyboard.window_pid() in program.desks(), "the enrolment")
            keyboard.type(PASSWORD)
            keyboard.press("Tab")
            keyboard.type(PASSWORD)
            keyboard.press("Return")
            keyboard.type(step_up_code(program))
            keyboard.press("Return")
            folder = Home(home).coder(practice.base, "dana")
            wait(lambda: sum(p.stat().st_size for p in folder.glob("cache.db*")) > 400_000, "the first charts", 90)
            for cycle in range(locks):
                desk = keyboard.window_pid()
                assert desk in program.desks()
                read_charts(keyboard, desk, markers)
                keyboard.press("ctrl+l")
                wait(partial(is_gone, desk), "the desk to die", 10)
                keys = data_key(home, practice.base, "dana")
                for pid in program.ours():
                    left = memory.found_in(pid, [*markers, PASSWORD], keys)
                    assert left == [], f"{memory.command(pid)} still holds {left[:5]} in cycle {cycle}"
                if cycle < locks - 1:
                    unlock(program, keyboard, folder)
        finally:
            program.end()
    for folder in (home, temp):
        assert memory.files_with(folder, [*markers, PASSWORD]) == {}
