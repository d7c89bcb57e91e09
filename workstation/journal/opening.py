"""Opening the journal: what is found wrong begins a new chain, a file that cannot be read is set aside and salvaged."""

from __future__ import annotations

from pathlib import Path

from workstation.errors import CacheDamaged
from workstation.high_water import HighWater
from workstation.journal.needs import JournalKeys
from workstation.journal.verdict import Anchor, Fault, JournalFinding
from workstation.journal.verify import verify
from workstation.sealed_db import Connection

CHECKED_AT_OPEN = 2_000  # entries; the whole journal is read by `verify`
PAGES_AT_OPEN = 32 * 1024 * 1024  # bytes: of a larger file every page is read later, in the background
_PARTS = ("", "-wal", "-shm")


def mark_of(path: Path | None, key: bytes | bytearray) -> HighWater:
    """The mark beside a journal."""
    return HighWater(None if path is None else path.with_suffix(".mark"), key)


def newest_faults(
    connection: Connection, path: Path | None, keys: JournalKeys, anchor: Anchor, mark: Anchor
) -> tuple[JournalFinding, ...]:
    """What the newest entries of each chain, the signatures and the marks say; of a small file also all its pages."""
    since = {}
    for (chain,) in connection.execute("select chain from chains"):
        last = connection.execute("select max(seq) from entries where chain = ?", (chain,)).fetchone()[0]
        since[chain] = max((last or 0) - CHECKED_AT_OPEN, 0)
    seed = keys.ratchet_seed()
    try:
        return verify(
            connection,
            device=keys.device,
            seed=seed,
            verify_key=keys.verify_key,
            anchor=anchor,
            mark=mark,
            since=since,
            pages=path is None or path.stat().st_size <= PAGES_AT_OPEN,
        ).findings
    finally:
        seed[:] = bytes(len(seed))


def last_chain(connection: Connection) -> int | None:
    """The chain in force; None in a new journal. Raises CacheDamaged when its key is not there."""
    chain, keyed = connection.execute("select (select max(chain) from chains), (select chain from ratchet)").fetchone()
    if chain != keyed:
        raise CacheDamaged
    return None if chain is None else int(chain)


def gone(anchor: Anchor, mark: Anchor) -> tuple[JournalFinding, ...]:
    """A journal that begins anew although one was kept before: its file was taken away."""
    last = max(anchor, mark)
    return (JournalFinding(Fault.TAIL_MISSING, last.chain, last.seq),) if last.chain else ()


def keyring_is_older(connection: Connection, anchor: Anchor) -> str:
    """The keyring was put back to an earlier state: no fault of the journal, which knows what was kept there."""
    row = connection.execute("select chain, seq from anchored").fetchone()
    if row is None or anchor >= Anchor(*row):
        return ""
    return f"keyring-older (chain {row[0]}, entry {row[1]})"


def set_aside(path: Path) -> None:
    """Keep a file that cannot be read under another name: for the auditor, and for what can be salvaged."""
    number = 1
    while path.with_name(f"{path.name}.damaged-{number}").exists():
        number += 1
    for suffix in _PARTS:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{path.name}.damaged-{number}{suffix}"))


def tidy(path: Path) -> None:
    """A log without its database was left by a crash while both were set aside: a new journal must not take it up."""
    log = path.with_name(path.name + "-wal")
    if path.exists() or not log.exists():
        return
    last = files_aside(path)[-1:]
    theirs = path.with_name(f"{last[0].name if last else path.name + '.damaged-0'}-wal")
    if theirs.exists():
        theirs = theirs.with_name(f"{theirs.name}-again")
    log.replace(theirs)


def files_aside(path: Path) -> tuple[Path, ...]:
    """Every journal set aside here, the oldest first."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return tuple(sorted((one for one in found if one.name.rpartition("-")[2].isdigit()), key=_number))


def _number(path: Path) -> int:
    return int(path.name.rpartition("-")[2])
