"""`main.py recover`: the organisation saves unsent work from a cache whose password or device is lost, with its own key."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workstation.durable import write_whole
from workstation.errors import WorkstationError
from workstation.guard.shred import SEALED
from workstation.keys.derive import SealBroken, zero
from workstation.keys.recovery import open_with
from workstation.keys.vault import VaultIdentity
from workstation.sealed_db import Connection, open_sealed


def make_key(path: Path) -> int:
    """A new recovery key: the private half into `path`, the public half, for the policies, on the screen."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if path.exists():
        sys.stderr.write("There is a file of that name already; it is not overwritten.\n")
        return 2
    key = X25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, base64.b64encode(key.private_bytes_raw()))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    sys.stdout.write(f'"recovery_key": "{public}"\n')
    return 0


def run(home: Path, key_file: Path, out: Path) -> int:
    """0 when everything sealed was opened, 1 when something could not be, 2 when nothing could be tried."""
    try:
        private = base64.b64decode(key_file.read_bytes().strip(), validate=True)
    except (OSError, ValueError):
        sys.stderr.write(
            "The key file cannot be read: it is to hold 32 bytes in base64, as `recover --make-key` wrote it.\n"
        )
        return 2
    if len(private) != 32:
        sys.stderr.write("The key file does not hold a recovery key.\n")
        return 2
    saved, refused = [], 0
    for folder in sorted(home.glob(f"coders/*/{SEALED}*")):
        try:
            saved.append(_open(folder, private))
        except (SealBroken, WorkstationError, OSError, ValueError, KeyError):
            sys.stderr.write(f"{folder.parent.name}/{folder.name}: not sealed to this key, or damaged.\n")
            refused += 1
    if not saved and not refused:
        sys.stdout.write("Nothing is set aside here.\n")
        return 0
    if saved:
        write_whole(out, json.dumps({"saved": saved}, indent=1).encode())
        if os.name == "posix":
            out.chmod(0o600)
    letters = sum(len(one["letters"]) for one in saved)
    unfinished = sum(len(one["unfinished"]) for one in saved)
    sys.stdout.write(
        f"{len(saved)} caches opened: {letters} unsent letters, {unfinished} unfinished codings, written to {out.name}.\n"
        "The file is not encrypted and is protected health information: hand it on as such, and destroy it afterwards.\n"
    )
    return 1 if refused else 0


def _open(folder: Path, private: bytes) -> dict[str, Any]:
    vault = json.loads((folder / "vault.json").read_bytes())
    identity = VaultIdentity.from_json(vault)
    sealed = base64.b64decode(vault["recovery"], validate=True)
    key = open_with(private, sealed, identity.bound("recovery", int(vault["version"])))
    try:
        connection = open_sealed(folder / "cache.db", key)
    finally:
        zero(key)
    try:
        letters, unfinished = list(_letters(connection)), list(_unfinished(connection))
    finally:
        connection.close()
    return {"user": identity.user, "device": identity.device, "letters": letters, "unfinished": unfinished}


def _letters(connection: Connection) -> Iterator[dict[str, Any]]:
    """What was finalized, held or handed back and had not reached the server, in the order of its making."""
    query = (
        "select id, kind, encounter_id, task_id, body, created_at from outbox where state <> 'confirmed' order by seq"
    )
    for row in connection.execute(query):
        name, kind, encounter, task, body, made = row
        yield {"id": name, "kind": kind, "encounter": encounter, "task": task, "made": made, "body": json.loads(body)}


def _unfinished(connection: Connection) -> Iterator[dict[str, Any]]:
    """Coding under way that was never finalized."""
    query = (
        "select s.encounter_id, s.body, s.changed_at from summaries s left join work w using (encounter_id)"
        " where s.revision > 0 and coalesce(w.state, '') not in ('finalized', 'withdrawn')"
    )
    for encounter, body, changed in connection.execute(query):
        yield {"encounter": encounter, "changed": changed, "summary": json.loads(body)}
