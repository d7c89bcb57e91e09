"""`main.py export-journal`: this device's journal for an investigator, signed, recorded as an act of its own."""

from __future__ import annotations

import base64
import os
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workstation.domain.audit import Act, Intent, Outcome
from workstation.durable import sync_folder
from workstation.errors import DiskTrouble, ExportTrouble, WorkstationError
from workstation.guard.telling import telling
from workstation.host.clock import SystemClock
from workstation.host.instance import Instance
from workstation.host.paths import Home
from workstation.journal.export import Exporter, Wanted, bound_key, write_export
from workstation.journal.store import Journal
from workstation.keys.derive import random_key, zero
from workstation.keys.device import DeviceKeys
from workstation.keys.recovery import seal_to
from workstation.sealed_db import open_sealed


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    out: Path
    since: str = ""
    until: str = ""
    force: bool = False


def run(home: Home, asked: Asked, recovery_key: Callable[[], str]) -> int:
    """0 when it is written, 2 when it could not be; the words say why and what to do."""
    try:
        wanted = Wanted(_moment(asked.since, "--from"), _moment(asked.until, "--to", end=True))
        _demand_free(asked)
        recovery = base64.b64decode(recovery_key())
        entries, signatures = _export(home, asked, wanted, recovery)
    except WorkstationError as trouble:
        sys.stderr.write(f"{trouble} {trouble.remedy}\n")
        return 2
    sys.stdout.write(
        f"{entries:,} entries and {signatures:,} signatures, written to {asked.out.name}, signed by this device.\n"
        "Patients and encounters stand there under names of this export alone. "
        + (
            "The full texts are sealed to the organisation's recovery key: `verify-journal FILE --open-with KEY` opens "
            "them.\n"
            if recovery
            else "No recovery key is set up here, so the full texts are not in it and nobody can turn the names back.\n"
        )
        + "Give the investigator this device's public key by another way: `doctor --jwk`.\n"
    )
    return 0


def _export(home: Home, asked: Asked, wanted: Wanted, recovery: bytes) -> tuple[int, int]:
    if not (home.root / "guard" / "device.json").exists():
        raise ExportTrouble(
            "There is no journal here: nobody has used this device yet.", remedy="Say --home for another home."
        )
    instance = Instance(home.lock_file)
    if not instance.claim():
        raise ExportTrouble("The program is running and writes the journal.", remedy="End it first.")
    try:
        keys = DeviceKeys.existing(home.guard)
        try:
            return _recorded(home, keys, asked, wanted, recovery)
        finally:
            keys.close()
    finally:
        instance.release()


def _recorded(home: Home, keys: DeviceKeys, asked: Asked, wanted: Wanted, recovery: bytes) -> tuple[int, int]:
    """The intent first, so that the export holds its own beginning; then how it ended."""
    path = home.journal(keys.device)
    if not path.exists():
        raise ExportTrouble("There is no journal here.", remedy="Ask your IT support where it went.")
    journal = Journal.open(path, keys, SystemClock())
    try:
        reason = f"from {asked.since or 'the beginning'} to {asked.until or 'now'}"
        act = journal.append(Intent(Act.EXPORT, reason=reason), user="")
        journal.checkpoint()
        try:
            written = _write(path, keys, asked, wanted, recovery)
        except BaseException:
            journal.outcome(act.id, Outcome.FAILED, "not written")
            raise
        journal.outcome(act.id, Outcome.DONE, f"{written[0]} entries")
        return written
    finally:
        journal.close()


def _write(path: Path, keys: DeviceKeys, asked: Asked, wanted: Wanted, recovery: bytes) -> tuple[int, int]:
    content_key, key = random_key(), keys.journal_key()
    sealed = seal_to(recovery, content_key, bound_key(keys.device)) if recovery else b""
    whose = Exporter(keys.device, keys.verify_key, keys.sign_checkpoint, content_key, sealed, recovery, time.time())
    beside = asked.out.with_name(f"{asked.out.name}.{secrets.token_hex(4)}.new")
    connection = open_sealed(path, key, read_only=True)
    try:
        connection.execute("begin")  # one state of it
        with telling("entries") as progress, open(beside, "xb", opener=_private) as file:
            written = write_export(connection, file, whose, wanted, progress or (lambda done, of: None))
            file.flush()
            os.fsync(file.fileno())
        _demand_free(asked)  # a file that came there meanwhile is not written over either
        os.replace(beside, asked.out)
        sync_folder(asked.out.parent)
        return written
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None
    finally:
        connection.close()
        zero(content_key)
        zero(key)
        beside.unlink(missing_ok=True)


def _demand_free(asked: Asked) -> None:
    if asked.out.exists() and not asked.force:
        raise ExportTrouble("There is a file of that name already.", remedy="Choose another, or say --force.")
    if not asked.out.parent.is_dir():
        raise ExportTrouble("The folder for the export does not exist.", remedy="Make it first.")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _moment(text: str, name: str, *, end: bool = False) -> float | None:
    """A day or a moment, in this computer's zone where none is said; the end of a day for `--to`."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ExportTrouble(f"{name} is no day.", remedy="Write it as 2026-11-30, or 2026-11-30T14:00.") from None
    seconds = (moment if moment.tzinfo else moment.astimezone()).timestamp()
    return seconds + 24 * 3600 if end and len(text) == len("2026-11-30") else seconds
