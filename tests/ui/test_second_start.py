"""The program started twice: the first comes forward, the second ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ui.guard.second_start import Door, door_of, knock

ROOT = Path(__file__).resolve().parents[2]


def test_a_knock_is_heard_and_says_nothing(qtbot: QtBot, tmp_path: Path, qapp: object) -> None:
    heard: list[int] = []
    name = door_of(tmp_path / "instance.lock")
    door = Door(name, lambda: heard.append(1), qapp)  # type: ignore[arg-type]
    assert door.is_open
    assert knock(name)
    qtbot.waitUntil(lambda: heard == [1])
    door.close()
    assert not knock(name)


def test_a_door_a_crash_left_is_opened_again(qtbot: QtBot, tmp_path: Path, qapp: object) -> None:
    name = door_of(tmp_path / "instance.lock")
    Path(name).write_bytes(b"")
    door = Door(name, lambda: None, qapp)  # type: ignore[arg-type]
    assert door.is_open
    assert Path(name).stat().st_mode & 0o077 == 0
    door.close()


def test_a_long_home_has_a_door_too(qtbot: QtBot, tmp_path: Path, qapp: object) -> None:
    name = door_of(tmp_path / ("deep" * 40) / "instance.lock")
    door = Door(name, lambda: None, qapp)  # type: ignore[arg-type]
    assert door.is_open
    assert knock(name)
    door.close()


@pytest.mark.keyring
def test_the_second_start_raises_the_first_and_ends_well(tmp_path: Path) -> None:
    line = [sys.executable, "main.py", "--home", str(tmp_path / "data"), "--server", "http://127.0.0.1:9/fhir"]
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    first = subprocess.Popen(line, cwd=ROOT, env=surroundings, stderr=subprocess.DEVNULL)
    try:
        door = Path(door_of(tmp_path / "data" / "instance.lock"))
        end = time.monotonic() + 60
        while not door.exists():
            assert first.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        second = subprocess.run(
            line, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60, check=False
        )
        assert second.returncode == 0
        assert "comes forward" in second.stderr
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGTERM)
        first.wait(30)
