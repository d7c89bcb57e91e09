"""Each real process of the program, attacked by another one of the same account that has no privilege."""

from __future__ import annotations

import ctypes
import os
import resource
import selectors
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ATTACK = str(Path(__file__).with_name("attack.py"))
PR_CAPBSET_DROP = 24

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and prctl are Linux's")


def without_privilege() -> None:
    """Before exec: no capability, whoever runs the tests; and as many core dumps as anyone likes."""
    system = ctypes.CDLL(None)
    for capability in range(64):
        system.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused without root, which has none to drop
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)


def attacked(pid: int) -> set[str]:
    said = subprocess.run(
        [sys.executable, ATTACK, str(pid)],
        preexec_fn=without_privilege,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    return set(said.split())


class Started:
    """A process of ours, past its first lines."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.folder = folder
        self.child = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "MARKER_OF_THE_TEST": "1", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=without_privilege,  # noqa: PLW1509  no thread of the test runs yet
        )

    def speaks(self) -> None:
        """Its first word on stdout comes long after its first lines."""
        assert self.child.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self.child.stdout, selectors.EVENT_READ)
            assert ready.select(60), "it said nothing"
        assert self.child.stdout.read1(1), self.child.stderr.read() if self.child.stderr else ""

    def aborts(self) -> int:
        self.child.send_signal(signal.SIGABRT)
        _, status = os.waitpid(self.child.pid, 0)
        self.child.returncode = -signal.SIGABRT
        return status

    def end(self) -> None:
        if self.child.returncode is None:
            self.child.kill()
            self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture(params=["guard", "desk", "practice"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Started]:
    main = str(ROOT / "main.py")
    if request.param == "guard":
        home = str(tmp_path / "data")
        started = Started(tmp_path, "-c", _GUARD.format(main=main, home=home))
    elif request.param == "desk":
        started = Started(tmp_path, main, "--desk")
    else:
        started = Started(tmp_path, main, "practice-server", "--port", "0", "--data", str(tmp_path), "--watch-stdin")
    try:
        started.speaks()
        yield started
    finally:
        started.end()


#: The guard says nothing on stdout: a timer of Qt does, once its window is up and its event loop runs.
_GUARD = """
import sys
sys.argv = [{main!r}, "--server", "http://127.0.0.1:9/fhir", "--home", {home!r}]
import runpy
from PySide6.QtWidgets import QApplication
run = QApplication.exec
def speak_then_run(*_):
    print("r", flush=True)
    return run()
QApplication.exec = speak_then_run
runpy.run_path({main!r}, run_name="__main__")
"""


def test_an_open_process_can_be_read_by_its_neighbour(tmp_path: Path) -> None:
    """The attack works where nothing is hardened: what the tests below deny is worth denying."""
    started = Started(tmp_path, "-c", "import time; print('r', flush=True); time.sleep(60)")
    try:
        started.speaks()
        assert {"mem", "environ", "maps", "fd"} <= attacked(started.child.pid)
    finally:
        started.end()


def test_no_neighbour_reads_memory_environment_or_files_or_attaches(target: Started) -> None:
    assert attacked(target.child.pid) == set()


@pytest.mark.skipif(
    os.name != "posix" or os.getuid() != 0 or not Path("/usr/bin/python3").exists(),
    reason="only root can become another account",
)
def test_no_other_account_reads_it_either(target: Started) -> None:
    """The attacker is another user; it reads the attack from its standard input, for it may not see our files."""
    done = subprocess.run(
        ["/usr/bin/python3", "-", str(target.child.pid)],
        input=Path(ATTACK).read_text(encoding="utf-8"),
        user=65534,
        group=65534,
        extra_groups=(),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == ""


def test_an_abort_leaves_no_core(target: Started) -> None:
    limits = Path(f"/proc/{target.child.pid}/limits").read_text().splitlines()
    core = next(line.split() for line in limits if line.startswith("Max core file size"))
    assert core[4:6] == ["0", "0"]
    status = target.aborts()
    assert os.WIFSIGNALED(status)
    # the report of the crash reads the stacks of threads that still run, and may fault over one: an end all the same
    assert os.WTERMSIG(status) in (signal.SIGABRT, signal.SIGSEGV)
    assert not os.WCOREDUMP(status)
    assert [path.name for path in target.folder.rglob("core*")] == []


def test_every_file_it_wrote_is_its_owners_alone(target: Started) -> None:
    written = [path for path in target.folder.rglob("*") if path.name != "home" and not path.is_symlink()]
    assert [path.name for path in written if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []
