"""`main.py verify-journal`: says in words whether an audit journal is whole, and changes nothing of it."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workstation.errors import ExportTrouble, WorkstationError
from workstation.guard.journal_facts import KEEP, facts_of, facts_of_export, in_lines
from workstation.guard.notary import kept_keys
from workstation.guard.proofs import Proofs, proofs_of
from workstation.guard.telling import telling
from workstation.host.paths import Home
from workstation.journal.exported import public_key_from, read_export
from workstation.journal.opening import mark_of
from workstation.journal.standing import Standing, standing_of
from workstation.journal.verdict import Anchor, Fault, Verdict
from workstation.journal.verify import Progress, verify
from workstation.keys.derive import zero
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed


def run(home: Home, file: Path | None, pinned: tuple[bytes, ...] = ()) -> int:
    """0 when everything holds, 1 when something does not, 2 when it cannot be judged.

    `pinned` is the receipt key of the policies in force; else the one first learnt counts.
    """
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
        with telling("entries") as progress:
            verdict, standing, proofs = judge(home, keys, file, progress, pinned)
    except WorkstationError as trouble:
        sys.stdout.write(f"{trouble.detail or trouble} It is damaged, or belongs to another device.\n-> {KEEP}\n")
        return 1
    finally:
        keys.close()
    sys.stdout.write(in_lines(facts_of(verdict, standing, proofs)))
    return 1 if not verdict or proofs.bad else 0


def run_export(file: Path, public_key: Path | None, private_key: Path | None, out: Path | None) -> int:
    """The same of an export, on any computer: no keyring, no home; with the private recovery key its texts too."""
    try:
        given = public_key_from(_text_of(public_key)) if public_key else b""
        private = _private(private_key) if private_key else b""
        with telling("bytes") as progress, _opened_texts(out if private else None) as tell:
            found = read_export(
                file, public_key=given, private_key=private, tell=tell, progress=progress or (lambda done, of: None)
            )
    except (WorkstationError, OSError) as trouble:
        remedy = (
            trouble.remedy if isinstance(trouble, WorkstationError) else "Check the file's name and who may read it."
        )
        what = str(trouble) if isinstance(trouble, WorkstationError) else "The file cannot be read."
        sys.stdout.write(f"{what} {remedy}\n")
        return 2
    sys.stdout.write(in_lines(facts_of_export(found, given=given, opened_to=out.name if out and private else "")))
    return 1 if found.findings else 0


@contextmanager
def _opened_texts(out: Path | None) -> Iterator[Callable[[dict[str, Any]], object]]:
    """Where the opened texts go: a new file, its owner's alone."""
    if out is None:
        yield lambda one: None
        return
    if out.exists():
        raise ExportTrouble("There is a file of that name already.", remedy="Choose another for the opened texts.")
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        yield lambda one: file.write(f"{json.dumps(one)}\n")


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _private(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ExportTrouble(
            "The key file does not hold a private recovery key.", remedy="`recover --make-key` wrote it."
        )
    return key


def judge(
    home: Home,
    keys: DeviceKeys,
    file: Path | None = None,
    progress: Progress | None = None,
    receipt_keys: tuple[bytes, ...] = (),
    *,
    gently: bool = False,
) -> tuple[Verdict, Standing, Proofs]:
    """What holds of a journal and how far the server has it; opened for reading alone.

    `gently` takes one processor and not two: for a reading nobody waits for.
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
                another=None if gently else lambda: open_sealed(path, key, read_only=True),
            )
            standing, proofs = Standing(), Proofs()
            if _has_tables(verdict):
                standing = standing_of(connection)
                proofs = proofs_of(connection, keys.device, receipt_keys or kept_keys(home.guard / "receipts.json")[1])
        finally:
            connection.close()
    finally:
        zero(key)
        zero(seed)
    return verdict, standing, proofs


def _has_tables(verdict: Verdict) -> bool:
    return verdict.entries > 0 or not any(one.fault is Fault.UNREADABLE for one in verdict.findings)
