"""`main.py quit`: the running program locks, commits and ends, for an update or an uninstall; unsent work stays where it is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from workstation.host.instance import is_held
from workstation.host.paths import Home
from workstation.host.running import PATIENCE, end, everybody, holder

_PLATFORM: str = sys.platform
NOBODY_RUNS, STILL_RUNS, NOT_ALLOWED = 0, 3, 2


def run(home: Home, *, all_users: bool, ask: Callable[[str], bool], door: str) -> int:
    """0 when nobody runs any more, 2 where others cannot be asked, 3 when somebody still runs."""
    if all_users:
        return _everybody()
    if _PLATFORM == "linux":
        counts = end(holder(home.root / "instance.lock"))
        if _runs(home):
            sys.stderr.write("Coder Workstation still runs, where this account cannot end it.\n")
            return STILL_RUNS
        return _told(*counts)
    if not _runs(home):
        return _told(0, 0)
    ask(door)
    until = time.monotonic() + PATIENCE
    while _runs(home) and time.monotonic() < until:
        time.sleep(0.1)
    if _runs(home):
        sys.stderr.write("Coder Workstation still runs in this session and does not answer.\n")
        return STILL_RUNS
    return _told(1, 0)


def _everybody() -> int:
    if _PLATFORM != "linux" or os.getuid() != 0:
        sys.stderr.write("Programs of other accounts are ended by root alone, and on Linux alone.\n")
        return NOT_ALLOWED
    ended, killed = end(everybody())
    left = everybody()
    if left:
        sys.stderr.write(f"{len(left)} still run.\n")
        return STILL_RUNS
    return _told(ended, killed)


def _told(ended: int, killed: int) -> int:
    if not ended + killed:
        sys.stdout.write("Coder Workstation is not running.\n")
    else:
        hard = f", {killed} of them hard, after {PATIENCE:.0f} s" if killed else ""
        sys.stdout.write(f"{ended + killed} ended{hard}. What was not sent is kept and sent at the next sign-in.\n")
    return NOBODY_RUNS


def _runs(home: Home) -> bool:
    return is_held(home.root / "instance.lock")
