"""Whether the disk under a folder is encrypted, as far as this account can see, decoded by pure functions."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

_LIMIT = 5.0  # seconds a system tool may take


class Seen(StrEnum):
    """`NOT_SEEN` is no proof of the contrary: a virtual disk may be encrypted underneath."""

    ENCRYPTED = "encrypted"
    NOT_SEEN = "not seen"
    UNKNOWN = "unknown"


def disk_encryption(folder: Path, platform: str = sys.platform) -> Seen:
    """Of the disk that holds `folder`. Reads, or asks a system tool that needs no rights; never raises."""
    try:
        if platform == "linux":
            mounts = Path("/proc/self/mountinfo").read_text("utf-8", "replace")
            return linux_encryption(mounts, folder.resolve(), Path("/sys/dev/block"))
        if platform == "darwin":
            return of_fdesetup(_ask(["/usr/bin/fdesetup", "status"]))
        if platform == "win32":
            drive = folder.resolve().drive or "C:"
            script = (
                "(New-Object -ComObject Shell.Application).NameSpace('" + drive + "').Self"
                ".ExtendedProperty('System.Volume.BitLockerProtection')"
            )
            return of_bitlocker(_ask(["powershell", "-NoProfile", "-NonInteractive", "-Command", script]))
    except (OSError, subprocess.SubprocessError, ValueError):
        pass
    return Seen.UNKNOWN


def linux_encryption(mountinfo: str, folder: Path, devices: Path) -> Seen:
    """dm-crypt somewhere between the mount of `folder` and the disk, by the device mapper's UUIDs in sysfs.

    `mountinfo` as proc(5) has it: id, parent, major:minor, root, mount point, ...
    """
    best, number, kind = -1, "", ""
    for line in mountinfo.splitlines():
        fields = line.split()
        if len(fields) < 9 or " - " not in line:
            continue
        point = Path(fields[4].replace("\\040", " "))
        if (folder == point or point in folder.parents) and len(point.parts) >= best:
            best, number, kind = len(point.parts), fields[2], line.split(" - ", 1)[1].split()[0]
    if kind in ("tmpfs", "ramfs"):
        return Seen.UNKNOWN  # memory: there is no disk to speak of
    if kind in ("ecryptfs", "fuse.gocryptfs", "fuse.encfs"):
        return Seen.ENCRYPTED
    if not number or number.startswith("0:"):
        return Seen.UNKNOWN  # a network, overlay or sub-volume file system hides its disk
    return Seen.ENCRYPTED if _has_crypt(devices / number) else Seen.NOT_SEEN


def _has_crypt(device: Path, depth: int = 0) -> bool:
    """Whether the block device or one it is stacked on is dm-crypt."""
    uuid = device / "dm" / "uuid"
    if uuid.is_file() and uuid.read_text("ascii", "replace").startswith("CRYPT-"):
        return True
    below = device / "slaves"
    return depth < 8 and below.is_dir() and any(_has_crypt(one, depth + 1) for one in below.iterdir())


def linux_swap(swaps: str, devices: Path = Path("/sys/class/block")) -> Seen:
    """Whether memory can reach a disk in clear: /proc/swaps as proc(5) has it. No swap counts as encrypted."""
    names = [line.split()[0] for line in swaps.splitlines()[1:] if line.split()]
    on_disk = [name for name in names if not Path(name).name.startswith("zram")]
    if not on_disk:
        return Seen.ENCRYPTED
    return Seen.ENCRYPTED if all(_has_crypt(devices / Path(name).name) for name in on_disk) else Seen.NOT_SEEN


def swap_encryption(platform: str = sys.platform) -> Seen:
    """macOS always encrypts its swap; Windows' page file lies on the disk above."""
    if platform == "darwin":
        return Seen.ENCRYPTED
    if platform != "linux":
        return Seen.UNKNOWN
    try:
        return linux_swap(Path("/proc/swaps").read_text("ascii", "replace"))
    except OSError:
        return Seen.UNKNOWN


def of_fdesetup(answer: str) -> Seen:
    """`FileVault is On.`"""
    if "FileVault is On" in answer:
        return Seen.ENCRYPTED
    return Seen.NOT_SEEN if "FileVault is Off" in answer else Seen.UNKNOWN


def of_bitlocker(answer: str) -> Seen:
    """The shell property System.Volume.BitLockerProtection: 1, 3 and 5 protected, 2, 4 and 6 not."""
    word = answer.strip()
    if word in ("1", "3", "5"):
        return Seen.ENCRYPTED
    return Seen.NOT_SEEN if word in ("2", "4", "6") else Seen.UNKNOWN


def _ask(command: list[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_LIMIT, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout
