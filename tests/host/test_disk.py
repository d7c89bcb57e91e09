"""Disk encryption decoded from what Linux, Windows and macOS say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workstation.host.disk import Seen, disk_encryption, linux_encryption, linux_swap, of_bitlocker, of_fdesetup


def device(root: Path, name: str, *, uuid: str = "", slaves: tuple[str, ...] = ()) -> Path:
    """A block device as sysfs shows it, stacked on others."""
    place = root / name
    place.mkdir(parents=True)
    if uuid:
        (place / "dm").mkdir()
        (place / "dm" / "uuid").write_text(uuid)
    for slave in slaves:
        (place / "slaves").mkdir(exist_ok=True)
        (place / "slaves" / slave).symlink_to(root / slave)
    return place


MOUNTS = """\
22 1 253:1 / / rw,relatime - ext4 /dev/mapper/root rw
23 22 8:2 / /boot rw - ext4 /dev/sda2 rw
24 22 0:30 / /run rw - tmpfs tmpfs rw
25 22 0:40 / /mnt/my\\040share rw - nfs4 server:/x rw
"""


def test_lvm_on_luks_is_seen_through_the_stack(tmp_path: Path) -> None:
    device(tmp_path, "8:3")
    device(tmp_path, "253:0", uuid="CRYPT-LUKS2-abc-cryptroot", slaves=("8:3",))
    device(tmp_path, "253:1", uuid="LVM-xyz", slaves=("253:0",))
    assert linux_encryption(MOUNTS, Path("/home/dana"), tmp_path) is Seen.ENCRYPTED


def test_lvm_on_a_bare_disk_is_not(tmp_path: Path) -> None:
    device(tmp_path, "8:3")
    device(tmp_path, "253:1", uuid="LVM-xyz", slaves=("8:3",))
    assert linux_encryption(MOUNTS, Path("/home/dana"), tmp_path) is Seen.NOT_SEEN


def test_the_deepest_mount_decides(tmp_path: Path) -> None:
    device(tmp_path, "253:1", uuid="CRYPT-LUKS2-abc")
    device(tmp_path, "8:2")
    assert linux_encryption(MOUNTS, Path("/boot/efi"), tmp_path) is Seen.NOT_SEEN
    assert linux_encryption(MOUNTS, Path("/bootstrap"), tmp_path) is Seen.ENCRYPTED


@pytest.mark.parametrize("folder", ["/run/user", "/mnt/my share/x"])
def test_memory_and_network_say_nothing_of_a_disk(tmp_path: Path, folder: str) -> None:
    assert linux_encryption(MOUNTS, Path(folder), tmp_path) is Seen.UNKNOWN


def test_a_table_nobody_can_read_is_unknown(tmp_path: Path) -> None:
    assert linux_encryption("nonsense\n1 2 3\n", Path("/"), tmp_path) is Seen.UNKNOWN


def test_swap_in_clear_is_seen_and_compressed_memory_is_not_a_disk(tmp_path: Path) -> None:
    device(tmp_path, "sda3")
    device(tmp_path, "dm-1", uuid="CRYPT-PLAIN-swap")
    head = "Filename Type Size Used Priority\n"
    assert linux_swap(head, tmp_path) is Seen.ENCRYPTED
    assert linux_swap(head + "/dev/zram0 partition 1 0 100\n", tmp_path) is Seen.ENCRYPTED
    assert linux_swap(head + "/dev/dm-1 partition 1 0 -2\n", tmp_path) is Seen.ENCRYPTED
    assert linux_swap(head + "/dev/dm-1 partition 1 0 -2\n/dev/sda3 partition 1 0 -3\n", tmp_path) is Seen.NOT_SEEN


def test_what_the_other_systems_answer() -> None:
    assert of_fdesetup("FileVault is On.\n") is Seen.ENCRYPTED
    assert of_fdesetup("FileVault is Off.\n") is Seen.NOT_SEEN
    assert of_fdesetup("") is Seen.UNKNOWN
    assert [of_bitlocker(f"{n}\r\n") for n in (1, 2, 3, 6)] == [
        Seen.ENCRYPTED, Seen.NOT_SEEN, Seen.ENCRYPTED, Seen.NOT_SEEN,
    ]  # fmt: skip
    assert of_bitlocker("") is Seen.UNKNOWN


def test_here_it_answers_and_never_raises(tmp_path: Path) -> None:
    assert disk_encryption(tmp_path) in Seen
    assert disk_encryption(tmp_path, "plan9") is Seen.UNKNOWN
