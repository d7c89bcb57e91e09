"""Programs of ours that run now, found by the lock each one holds, and ended within seconds: for updates (Linux)."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workstation.host.instance import is_held

PATIENCE = 10.0  # seconds a program has to lock, commit and end; what it had committed before needs none of them
_LOCKS = Path("/proc/locks")
_GONE = " (deleted)"  # the program's file was replaced by a newer one


@dataclass(frozen=True, slots=True)
class Running:
    """One guard: its process and the account it runs under."""

    pid: int
    uid: int


def holder(lock_file: Path) -> list[Running]:
    """Who of this account holds the lock of one home: at most one, and nobody where that cannot be told for certain.

    A file of another disk may have the same number, and the kernel's list names some disks by another number than
    `stat` does: so the file itself is asked whether it is held, and the process whether it has it open.
    """
    if not is_held(lock_file):
        return []
    try:
        wanted = lock_file.stat()
    except OSError:
        return []
    found = [pid for pid, at in _holders(_lines()) if at == str(wanted.st_ino) and _uid(pid) == os.getuid()]
    return [Running(pid, os.getuid()) for pid in found if _has_open(pid, wanted) or _is_called_like_us(pid)]


def _is_called_like_us(pid: int) -> bool:
    """For a guard, which closes the rest of /proc to its own account; enough to tell two holders of one number apart."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return Path(own_program()[-1]).name in [Path(word).name for word in words[:4]]


def _has_open(pid: int, wanted: os.stat_result) -> bool:
    """Whether a process has that very file open; False where it closes its descriptors to others."""
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            there = os.stat(f"/proc/{pid}/fd/{name}")
            if (there.st_dev, there.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    except OSError:
        return False
    return False


def everybody(program: tuple[str, ...] | None = None) -> list[Running]:
    """Guards of all accounts, whatever home each has; only root can see what others run."""
    wanted = program or own_program()
    found = {}
    for pid, _ in _holders(_lines()):
        uid = _uid(pid)
        try:
            if uid is not None and pid != os.getpid() and _is_ours(pid, wanted):
                found[pid] = Running(pid, uid)
        except OSError:
            continue  # ended meanwhile
    return list(found.values())


def own_program() -> tuple[str, ...]:
    """What the command line of a guard begins with: the frozen program, or the interpreter and main.py."""
    if getattr(sys, "frozen", False):
        return (str(Path(sys.executable).resolve()),)
    return (str(Path(sys.executable).resolve()), str(Path(__file__).resolve().parents[2] / "main.py"))


def end(programs: Iterable[Running], patience: float = PATIENCE) -> tuple[int, int]:
    """(ended by themselves, killed). Each is asked first; nothing committed is lost by a kill."""
    waiting = list(programs)
    asked = len(waiting)
    for one in waiting:
        _signal(one.pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while waiting and time.monotonic() < until:
        time.sleep(0.05)
        waiting = [one for one in waiting if _lives(one)]
    for one in waiting:
        _signal(one.pid, signal.SIGKILL)
    until = time.monotonic() + 2.0
    while any(_lives(one) for one in waiting) and time.monotonic() < until:
        time.sleep(0.02)
    return asked - len(waiting), len(waiting)


def _lines() -> list[str]:
    """What the kernel says of locks: no file of an account can forge it."""
    try:
        return _LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return []


def _holders(lines: Iterable[str]) -> list[tuple[int, str]]:
    """(process, inode) of each write lock on a whole file; `3: FLOCK ADVISORY WRITE 812 fd:01:2621 0 EOF`."""
    found = []
    for line in lines:
        words = line.split()
        if len(words) >= 6 and words[1] == "FLOCK" and words[3] == "WRITE" and words[4].isdigit() and words[4] != "0":
            found.append((int(words[4]), words[5].rpartition(":")[2]))
    return found


def _uid(pid: int) -> int | None:
    """The account of a process, also of one that closes the rest of /proc to others."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("Uid:")), "")
    return int(line.split()[1]) if line else None


def _is_ours(pid: int, program: tuple[str, ...]) -> bool:
    """The very file that runs, as the kernel has it; a command line can say anything."""
    if os.readlink(f"/proc/{pid}/exe").removesuffix(_GONE) != program[0]:
        return False
    line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    if len(program) == 1:
        return True
    folder = Path(os.readlink(f"/proc/{pid}/cwd"))
    return len(line) > 1 and str((folder / line[1]).resolve()) == program[1]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _lives(one: Running) -> bool:
    try:
        state = (
            Path(f"/proc/{one.pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        )
        return state != "Z" and _uid(one.pid) == one.uid
    except (OSError, IndexError):
        return False
