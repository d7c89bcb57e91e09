"""The receipts kept here, held against the journal: whether each still says what it was kept for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workstation.errors import BadReceipt
from workstation.fhir.receipts import Receipt, read_receipt
from workstation.journal import reading
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Proofs:
    """How many receipts are kept, and how many do not hold. Without a key of the server's nothing was checked."""

    kept: int = 0
    bad: int = 0
    checked: bool = True


def proofs_of(connection: Connection, device: str, keys: Iterable[bytes]) -> Proofs:
    """Each receipt: its signature, its device, the events it is kept for, and the hash of the chain it names."""
    if connection.execute("select count(*) from sqlite_master where name = 'receipts'").fetchone()[0] == 0:
        return Proofs()
    known = tuple(keys)
    rows = connection.execute("select number, jws from receipts order by number")
    kept = bad = 0
    for number, jws in rows:
        kept += 1
        if known and not _holds(connection, device, number, jws, known):
            bad += 1
    return Proofs(kept, bad, checked=bool(known))


def _holds(connection: Connection, device: str, number: int, jws: str, keys: tuple[bytes, ...]) -> bool:
    try:
        receipt = read_receipt(jws, keys)
    except BadReceipt:
        return False
    return receipt.device == device and _names_all(connection, number, receipt) and _is_this_chain(connection, receipt)


def _names_all(connection: Connection, number: int, receipt: Receipt) -> bool:
    rows = connection.cursor().execute("select id from uploads where proof = ?", (number,))
    return all(row[0] in receipt.ids for row in rows)


def _is_this_chain(connection: Connection, receipt: Receipt) -> bool:
    """What the server worked out is what stands here; an entry deleted by retention cannot be compared."""
    own = ((one, reading.hash_at(connection, one.chain, one.whole_to)) for one in receipt.chains)
    return all(h is None or h == one.h for one, h in own)
