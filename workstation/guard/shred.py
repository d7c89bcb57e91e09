"""Crypto-shred: a coder's folder made unreadable by destroying what opens it, then removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from workstation.durable import destroy, read_whole, write_whole
from workstation.keys.device import DeviceKeys

#: What opens or continues something; overwritten one by one before the folder goes.
SMALL = ("vault.json", "profile", "session", "lease.json", "step-up.json", "throttle.json", "only-here")


SEALED = "sealed-"  # folders of what only the organisation's recovery key opens


def set_aside(folder: Path, now: float) -> bool:
    """A vault nobody can open any more leaves its place; whether the organisation can still save the work in it.

    With a recovery seal the cache is kept beside that seal alone: password wrap and step-up seed are destroyed.
    Without one nobody will ever open it: it is destroyed too.
    """
    parts = [folder / f"cache.db{end}" for end in ("", "-wal", "-shm")]
    try:
        vault = json.loads(read_whole(folder / "vault.json") or b"{}")
    except ValueError:
        vault = {}
    sealed = isinstance(vault, dict) and bool(vault.get("recovery")) and parts[0].exists()
    if sealed:
        aside = folder / f"{SEALED}{int(now)}"
        aside.mkdir(mode=0o700, exist_ok=True)
        kept = {name: vault.get(name) for name in ("version", "tenant", "user", "device", "epoch", "recovery")}
        write_whole(aside / "vault.json", json.dumps(kept).encode())
        for part in parts:
            if part.exists():
                part.replace(aside / part.name)
    else:
        for part in parts:
            destroy(part)
    destroy(folder / "vault.json")
    return sealed


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
