"""`main.py verify-journal`: says in words whether an audit journal is whole, and changes nothing of it."""

from __future__ import annotations

import sys
from pathlib import Path

from workstation.errors import WorkstationError
from workstation.host.paths import Home
from workstation.journal.opening import mark_of
from workstation.journal.verify import Anchor, Progress, Verdict, verify
from workstation.keys.derive import zero
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed


def run(home: Home, file: Path | None) -> int:
    """0 when everything holds, 1 when something does not, 2 when it cannot be judged."""
    if not (home.root / "guard" / "device.json").exists():
        sys.stdout.write("There is no journal here: nobody has used this device yet.\n")
        return 2
    try:
        keys = DeviceKeys.existing(home.guard)
    except WorkstationError as trouble:
        sys.stdout.write(f"{trouble} {trouble.remedy}\n")
        return 2
    try:
        if not (file or home.journal(keys.device)).exists():
            sys.stdout.write("There is no such journal file.\n")
            return 2
        verdict, waiting, acknowledged = judge(home, keys, file)
    except WorkstationError as trouble:
        sys.stdout.write(f"{trouble.detail or trouble} It is damaged, or belongs to another device.\n")
        return 1
    finally:
        keys.close()
    for finding in verdict.findings:
        sys.stdout.write(f"- {finding}\n")
    if verdict:
        sys.stdout.write(f"The journal is whole: {verdict.entries} entries; chain, codes and signatures hold.\n")
    else:
        sys.stdout.write("The journal is not whole. Keep this device as it is and tell your privacy officer.\n")
    sys.stdout.write(f"{acknowledged} events acknowledged by the server, {waiting} waiting.\n")
    return 0 if verdict else 1


def judge(
    home: Home, keys: DeviceKeys, file: Path | None = None, progress: Progress | None = None
) -> tuple[Verdict, int, int]:
    """(verdict, events waiting, events acknowledged) of a journal, opened for reading alone.

    A file other than this device's own is not held against the marks of keyring and folder. Raises WorkstationError.
    """
    key, seed = keys.journal_key(), keys.ratchet_seed()
    path = file or home.journal(keys.device)
    anchor, mark = None, None
    try:
        if file is None:  # before the snapshot is taken: the program may be writing
            anchor, mark = Anchor.parse(keys.secret("journal")), Anchor(*mark_of(path, key).read())
        connection = open_sealed(path, key, read_only=True)
        try:
            connection.execute("begin")  # one state of it, whatever is written and pruned meanwhile
            verdict = verify(
                connection,
                device=keys.device,
                seed=seed,
                verify_key=keys.verify_key,
                anchor=anchor,
                mark=mark,
                progress=progress,
                another=lambda: open_sealed(path, key, read_only=True),
            )
            waiting, acknowledged = connection.execute(
                "select count(*) filter (where acknowledged_at is null), count(acknowledged_at) from uploads"
            ).fetchone()
        finally:
            connection.close()
    finally:
        zero(key)
        zero(seed)
    return verdict, waiting, acknowledged
