"""Who holds a home's lock: never a stranger whose file has the same number on another disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workstation.host import running
from workstation.host.running import holder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's list of locks is Linux's")
HOLD = "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,fcntl.LOCK_EX); print('held',flush=True); sys.stdin.read()"


@pytest.fixture
def stranger(tmp_path: Path):
    lock = tmp_path / "stranger.lock"
    child = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdin is not None
    child.stdout.readline()
    yield child.pid, lock
    child.stdin.close()
    child.wait()
    child.stdout.close()


def test_whoever_has_the_file_open_and_locked_is_its_holder(stranger: tuple[int, Path]) -> None:
    pid, lock = stranger
    assert [one.pid for one in holder(lock)] == [pid]


def test_a_file_that_nobody_holds_has_no_holder_whatever_number_it_has(
    stranger: tuple[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, _ = stranger
    mine = tmp_path / "instance.lock"
    mine.touch()
    monkeypatch.setattr(running, "_holders", lambda lines: [(pid, str(mine.stat().st_ino))])
    assert holder(mine) == []
