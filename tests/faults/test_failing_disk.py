"""A disk that is full at the Nth write, read-only, failing or slow: the journal fails closed, and comes back by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Times
from tests.faults.tally import Row, counted

ROOT = Path(__file__).resolve().parents[2]
LITTLE = "3m"  # the disk

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        sys.platform != "linux", reason="NO LINUX: mount name spaces, strace and size limits are its own"
    ),
]


def own_disk(folder: Path) -> list[str]:
    """Run what follows in a mount name space of its own, FOLDER being a small disk; skips aloud where that is refused."""
    line = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
    line += [f'mount -t tmpfs -o size={LITTLE},mode=700 none "$0" && exec "$@"', str(folder)]
    if shutil.which("unshare") is None or subprocess.run([*line, "true"], capture_output=True, check=False).returncode:
        pytest.skip("NO MOUNT NAME SPACE: a small disk of our own needs root and unshare")
    return line


def strace(*injections: str) -> list[str]:
    if (
        shutil.which("strace") is None
        or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode
    ):
        pytest.skip("NO STRACE: the kernel's calls cannot be made to fail")
    calls = ",".join(injection.partition(":")[0] for injection in injections)
    line = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}"]
    return [*line, *(word for injection in injections for word in ("-e", f"inject={injection}"))]


def tried(around: list[str], how: str, folder: Path, count: int, row: Row) -> None:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [*around, sys.executable, "-m", "tests.faults.failing_disk", how, str(folder), str(count), "20261202"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for line in done.stdout.splitlines():
        told = json.loads(line)
        row.tries += 1
        row.seen += told["seen"]
        row.losses += told["lost"]
    assert row.tries >= count
    assert row.seen == row.tries


def test_a_disk_that_is_full_at_the_nth_write(tmp_path: Path, times: Times) -> None:
    (tmp_path / "disk").mkdir()
    around = own_disk(tmp_path / "disk")
    with counted("disk full at the Nth write") as row:
        tried(around, "full", tmp_path / "disk", times(40) + 3, row)


def test_a_file_that_may_not_grow(tmp_path: Path, times: Times) -> None:
    with counted("a write past the limit of a file's size") as row:
        tried([], "limit", tmp_path / "disk", times(20), row)


def test_a_disk_that_has_become_read_only(tmp_path: Path, times: Times) -> None:
    (tmp_path / "disk").mkdir()
    around = own_disk(tmp_path / "disk")
    with counted("read-only disk") as row:
        tried(around, "read-only", tmp_path / "disk", times(20), row)


def test_a_write_that_fails_in_the_midst(tmp_path: Path, times: Times) -> None:
    with counted("the Nth write or sync fails (read-only, I/O error)") as row:
        tried(strace("pwrite64:error=EROFS:when=90+41"), "injected", tmp_path / "write", times(20), row)
        tried(strace("fdatasync,fsync:error=EIO:when=9+7"), "injected", tmp_path / "sync", times(20), row)


def test_a_disk_that_is_slow_to_sync(tmp_path: Path, times: Times) -> None:
    with counted("slow sync") as row:
        tried(strace("fdatasync,fsync:delay_enter=400000:when=9+7"), "injected", tmp_path / "slow", times(20), row)
