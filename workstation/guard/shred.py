"""Crypto-shred: a coder's folder made unreadable by destroying what opens it, then removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from workstation.durable import destroy
from workstation.keys.device import DeviceKeys

#: What opens or continues something; overwritten one by one before the folder goes.
SMALL = ("vault.json", "profile", "session", "lease.json", "step-up.json", "throttle.json", "only-here")


def shred(keys: DeviceKeys, folder: Path) -> None:
    """Keys before files: from the first stroke on nothing opens, whatever happens to the rest. Safe to repeat.

    The lease secret lies in the keyring alone. Without it the device half of the coder's key cannot be made again
    (NIST SP 800-88: cryptographic erase), however much of the files an SSD keeps. Raises KeyringTrouble.
    """
    keys.destroy_lease_secret(folder.name)
    keys.clear_mark(f"time-code/{folder.name}")
    for name in SMALL:
        destroy(folder / name)
    shutil.rmtree(folder, ignore_errors=True)
