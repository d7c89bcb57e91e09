"""How far the server has confirmed a journal, by which kind of receipt, and what retention has deleted: reading alone."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.journal.filing import unfiled
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of events; `pruned` are entries deleted from the beginning of each chain, under the device's signature."""

    waiting: int = 0
    signed: int = 0  # by a receipt the server signed, kept here
    read_back: int = 0  # the server's copy was read and says the same
    answered: int = 0  # by the server's answer alone
    under_way: int = 0  # acts without an outcome
    chains: int = 0
    pruned: tuple[tuple[int, int], ...] = ()  # (chain, up to which entry)

    @property
    def acknowledged(self) -> int:
        return self.signed + self.read_back + self.answered


def standing_of(connection: Connection) -> Standing:
    """Of a journal of this release or an earlier one, which kept no signed receipts."""
    waiting, acknowledged, read = connection.execute(
        "select count(*) filter (where acknowledged_at is null), count(acknowledged_at), "
        "count(*) filter (where acknowledged_at is not null and (receipt like '%read back%' "
        "or receipt like '%found by its tag%' or receipt like '%the same in the answer%')) from uploads"
    ).fetchone()
    signed = 0
    if "proof" in {row[1] for row in connection.execute("pragma table_info(uploads)")}:
        signed = connection.execute("select count(proof) from uploads where proof is not null").fetchone()[0]
    waiting += unfiled(connection)
    under_way = connection.execute("select count(*) from open_intents").fetchone()[0]
    chains = connection.execute("select chain, pruned_to from chains order by chain").fetchall()
    pruned = tuple((chain, to) for chain, to in chains if to)
    return Standing(waiting, signed, read, acknowledged - signed - read, under_way, len(chains), pruned)
