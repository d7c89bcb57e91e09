"""`quit`: the running program locks and ends within seconds, and one that does not answer is ended all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.harness import processes
from ui.guard.second_start import QUIT, Door, door_of, knock
from workstation.guard.leaving import NOBODY_RUNS
from workstation.guard.leaving import run as leave
from workstation.host import running
from workstation.host.instance import is_held
from workstation.host.paths import Home

ROOT = Path(__file__).resolve().parents[2]
LINE = [sys.executable, "main.py"]


@contextmanager
def program(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A guard of its own process, as far as its door."""
    line = [*LINE, "--home", str(data), "--server", "http://127.0.0.1:9/fhir"]
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    before = processes.children()
    started = subprocess.Popen(line, cwd=ROOT, env=surroundings, stderr=subprocess.DEVNULL)
    try:
        door, end = Path(door_of(data / "instance.lock")), time.monotonic() + 60
        while not door.exists():
            assert started.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait(30)
        for orphan in processes.children() - before:  # a desk ends with its guard by itself; somebody has to reap it
            os.waitpid(orphan, 0)


def _hears(pid: int, number: signal.Signals) -> bool:
    """Whether a process has its own answer to a signal."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def asked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINE, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_word_through_the_door_ends_and_a_knock_raises(qtbot: QtBot, tmp_path: Path, qapp: object) -> None:
    heard: list[str] = []
    name = door_of(tmp_path / "instance.lock")
    door = Door(name, lambda: heard.append("raise"), qapp, lambda: heard.append("quit"))  # type: ignore[arg-type]
    assert knock(name)
    qtbot.waitUntil(lambda: heard == ["raise"])
    line = (
        "from ui.guard.second_start import knock\nfrom PySide6.QtCore import QCoreApplication\nQCoreApplication([])\n"
    )
    line += f"knock({name!r}, %r)"
    for word, what in ((QUIT, "quit"), (b"quite another\n", "raise"), (b"x" * 40, "raise")):
        heard.clear()
        visitor = subprocess.Popen([sys.executable, "-c", line % word], cwd=ROOT)
        qtbot.waitUntil(lambda what=what: heard == [what], timeout=20_000)
        qtbot.waitUntil(lambda visitor=visitor: visitor.poll() is not None, timeout=20_000)
    door.close()


@pytest.mark.keyring
def test_a_running_program_ends_when_it_is_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with program(data) as first:
        assert [one.pid for one in running.holder(data / "instance.lock")] == [first.pid]
        begun = time.monotonic()
        done = asked("quit", "--home", str(data))
        assert (done.returncode, "1 ended." in done.stdout) == (NOBODY_RUNS, True), done
        assert time.monotonic() - begun < running.PATIENCE
        assert first.wait(10) == 0
        assert not is_held(data / "instance.lock")
    again = asked("quit", "--home", str(data))
    assert (again.returncode, again.stdout) == (0, "Coder Workstation is not running.\n")


def test_a_program_that_could_open_nothing_ends_when_it_is_asked(tmp_path: Path) -> None:
    """No server is set up: the window says so, and an update must not wait for it."""
    data = tmp_path / "data"
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    started = subprocess.Popen([*LINE, "--home", str(data)], cwd=ROOT, env=surroundings, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while not _hears(started.pid, signal.SIGTERM):
            assert started.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
        assert asked("quit", "--home", str(data)).stdout.startswith("1 ended. ")
        assert started.wait(10) == 0
    finally:
        if started.poll() is None:
            started.kill()
        started.wait(30)


@pytest.mark.keyring
def test_one_that_does_not_answer_is_ended_hard(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with program(data) as first:
        first.send_signal(signal.SIGSTOP)
        assert running.end(running.holder(data / "instance.lock"), patience=0.5) == (0, 1)
        assert first.wait(10) == -signal.SIGKILL
        assert not is_held(data / "instance.lock")


@pytest.mark.keyring
@pytest.mark.skipif(os.getuid() != 0, reason="only root sees the programs of every account")
def test_root_finds_programs_by_what_runs_and_not_by_what_they_say(tmp_path: Path) -> None:
    """A program of somebody's that calls itself ours, and holds a lock, is not ended."""
    lying = "import fcntl, sys, time\nf = open(sys.argv[2], 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\ntime.sleep(600)\n"
    shadow = tmp_path / "main.py"
    shadow.write_text(lying)
    liar = subprocess.Popen([sys.executable, str(shadow), "--home", str(tmp_path / "lock")], stdout=subprocess.PIPE)
    with program(tmp_path / "data") as first:
        try:
            found = {one.pid for one in running.everybody((str(Path(sys.executable).resolve()), str(ROOT / "main.py")))}
            assert first.pid in found
            assert liar.pid not in found
        finally:
            liar.kill()
            liar.wait()
            if liar.stdout is not None:
                liar.stdout.close()


def test_other_accounts_are_not_for_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert leave(Home(tmp_path), all_users=True, ask=lambda door: True, door="") == 2
