from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workstation.durable import destroy, read_whole, write_whole
from workstation.errors import DiskTrouble
from workstation.host.clock import SetClock, SystemClock
from workstation.host.instance import Instance
from workstation.host.paths import Home, default_root, opaque


def test_every_folder_is_its_owners_alone_and_names_nobody(tmp_path: Path) -> None:
    home = Home(tmp_path / "root")
    folder = home.coder("lakemere", "dana")
    for path in (home.root, home.guard, home.logs, folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert "dana" not in str(folder)
    assert home.coders() == (folder,)
    assert home.coder("lakemere", "miguel") != folder
    assert opaque("a", "bc") != opaque("ab", "c")


def test_a_folder_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "guard").mkdir(mode=0o755)
    (tmp_path / "guard").chmod(0o755)
    assert stat.S_IMODE(Home(tmp_path).guard.stat().st_mode) == 0o700


def test_the_home_is_local_on_each_platform() -> None:
    assert default_root("linux", {"XDG_DATA_HOME": "/data"}) == Path("/data/coder-workstation")
    assert default_root("linux", {"XDG_DATA_HOME": "relative"}).is_absolute()
    assert "Local" in str(default_root("win32", {"LOCALAPPDATA": "D:/Profiles/x/AppData/Local"}))
    assert "Application Support" in str(default_root("darwin", {}))


def test_only_one_instance_holds_a_home_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import sys, pathlib, time\n"
        "from workstation.host.instance import Instance\n"
        "held = Instance(pathlib.Path(sys.argv[1]))\n"
        "print(held.claim(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "True\n"
        with Instance(lock) as second:
            assert not second.claim()
        child.kill()
        child.wait()
    with Instance(lock) as second:
        assert second.claim()


def test_a_hardened_process_dumps_nothing_and_writes_private_files(tmp_path: Path) -> None:
    program = (
        "import pathlib, resource, sys\n"
        "from workstation.host.hardening import harden\n"
        "print(harden())\n"
        "pathlib.Path(sys.argv[1]).write_text('x')\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))\n"
    )
    file = tmp_path / "file"
    said = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[0] == "('private-files', 'no-core-dumps', 'not-readable-by-others')"
    assert said[1] == "(0, 0)"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_desk_dies_with_its_guard() -> None:
    desk = (
        "import sys, time\n"
        "from workstation.host.hardening import die_with_parent\n"
        "die_with_parent(int(sys.argv[1]))\n"
        "print('armed', flush=True)\n"
        "time.sleep(60)\n"
    )
    guard = (
        "import os, subprocess, sys, time\n"
        "command = [sys.executable, '-c', sys.argv[1], str(os.getpid())]\n"
        "desk = subprocess.Popen(command, stdout=subprocess.PIPE)\n"
        "desk.stdout.readline()\n"
        "print(desk.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", guard, desk], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert os.path.exists(f"/proc/{pid}")
        process.kill()
    _, status = os.waitpid(pid, 0)  # the harness adopts orphans
    assert os.WTERMSIG(status) == signal.SIGKILL


def test_the_boot_clock_runs_and_names_its_boot() -> None:
    clock = SystemClock()
    first = clock.boot()
    assert clock.boot() >= first > 0
    assert clock.boot_id() == clock.boot_id() != ""
    assert abs(clock.wall() - time.time()) < 60


def test_a_set_clock_stands_until_it_is_moved() -> None:
    clock = SetClock()
    before = clock.wall(), clock.boot()
    clock.advance(5)
    assert (clock.wall(), clock.boot()) == (before[0] + 5, before[1] + 5)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "lease"
    assert read_whole(file) is None
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert read_whole(file) == b"two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(DiskTrouble):
        write_whole(tmp_path / "missing" / "lease", b"x")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["lease"]


def test_a_destroyed_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "wrap"
    write_whole(file, b"secret" * 100)
    with file.open("rb") as still_open:
        destroy(file)
        left = still_open.read()
    assert len(left) == 600
    assert b"secret" not in left
    assert not file.exists()
    destroy(file)
