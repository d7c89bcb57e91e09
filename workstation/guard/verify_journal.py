"""`main.py verify-journal`: says in words whether this device's audit journal is whole."""

from __future__ import annotations

import sys
from pathlib import Path

from workstation.errors import WorkstationError
from workstation.host.clock import SystemClock
from workstation.host.paths import Home, default_root
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys


def run(home: str, file: Path | None) -> int:
    """0 when everything holds, 1 when something does not, 2 when it cannot be judged."""
    place = Home(Path(home) if home else default_root())
    try:
        keys = DeviceKeys.open(place.guard)
        path = file or place.journal(keys.device)
        if not path.exists():
            sys.stdout.write("There is no journal here: nobody has used this device yet.\n")
            return 2
        journal = Journal.open(path, keys, SystemClock())
    except WorkstationError as trouble:
        sys.stdout.write(f"{trouble} {trouble.remedy}\n")
        return 2
    try:
        verdict = journal.verify()
        waiting, acknowledged = journal.counts()
    finally:
        journal.close()
        keys.close()
    for finding in (*journal.findings, *verdict.findings):
        sys.stdout.write(f"- {finding}\n")
    if verdict and not journal.findings:
        sys.stdout.write(f"The journal is whole: {verdict.entries} entries, chain, codes and signatures hold.\n")
    else:
        sys.stdout.write("The journal is not whole. Keep this device as it is and tell your privacy officer.\n")
    sys.stdout.write(f"{acknowledged} events acknowledged by the server, {waiting} waiting.\n")
    return 0 if verdict and not journal.findings else 1
