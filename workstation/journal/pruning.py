"""Retention: what the server confirmed long ago is deleted from the beginning of a chain, under a signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from workstation.journal import chain as links
from workstation.sealed_db import Connection

AT_ONCE = 200  # entries in one transaction: appends wait no longer than that takes


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first entries of a chain that may go: up to which, how many, and whose events they were."""

    chain: int
    seq: int
    h: bytes
    entries: int
    ids: tuple[str, ...]


def beginning(connection: Connection, device: str, confirmed_before: float, most: int = AT_ONCE) -> Beginning | None:
    """What may go now; None when nothing may.

    Passed over is nothing: the first entry of a chain that waits, is open, was confirmed too lately, or does not
    follow from the one before it ends the beginning. So damage is never signed away. The last entry stays in any
    case: the chain goes on from it.
    """
    newest = connection.execute("select max(position) from entries").fetchone()[0]
    chains = connection.execute("select chain, pruned_to, pruned_h from chains order by chain").fetchall()
    for chain, pruned_to, pruned_h in chains:
        h = bytes(pruned_h) if pruned_to and pruned_h else links.genesis(device, chain)
        seq, ids = pruned_to, dict[str, None]()
        rows = connection.execute(
            "select e.seq, e.id, cast(e.body as blob), e.h, e.position, u.acknowledged_at from entries e "
            "left join uploads u on u.id = e.id where e.chain = ? and e.seq > ? order by e.seq limit ?",
            (chain, pruned_to, most),
        ).fetchall()
        for here, entry_id, body, said, position, confirmed_at in rows:
            follows = here == seq + 1 and links.link(h, here, sha256(body).digest()) == said
            if position == newest or confirmed_at is None or confirmed_at >= confirmed_before or not follows:
                break
            seq, h = here, bytes(said)
            ids[entry_id] = None
        if seq > pruned_to:
            return Beginning(chain, seq, h, seq - pruned_to, tuple(ids))
    return None


def delete(connection: Connection, device: str, gone: Beginning, sign: Callable[[bytes], bytes]) -> None:
    """Inside a transaction."""
    said = links.pruned_part(device, gone.chain, gone.seq, gone.h)
    connection.execute(
        "update chains set pruned_to = ?, pruned_h = ?, pruned_signature = ? where chain = ?",
        (gone.seq, gone.h, sign(said), gone.chain),
    )
    connection.execute(
        "delete from trail where (user, position) in (select user, position from entries where chain = ? and seq <= ?)",
        (gone.chain, gone.seq),
    )
    connection.execute("delete from entries where chain = ? and seq <= ?", (gone.chain, gone.seq))
    connection.execute("delete from checkpoints where chain = ? and size <= ?", (gone.chain, gone.seq))
    _forget_uploads(connection, gone.ids, "entries")


def delete_salvaged(connection: Connection, confirmed_before: float, most: int = AT_ONCE) -> int:
    """Inside a transaction: what came from a journal set aside goes by the same rule."""
    ids = tuple(
        row[0]
        for row in connection.execute(
            "select id from uploads where id in (select id from salvaged where phase = 'intent') "
            "and acknowledged_at < ? limit ?",
            (confirmed_before, most),
        )
    )
    for entry_id in ids:
        connection.execute("delete from salvaged where id = ?", (entry_id,))
    _forget_uploads(connection, ids, "salvaged")
    return len(ids)


def _forget_uploads(connection: Connection, ids: tuple[str, ...], table: str) -> None:
    """An act's receipt stays until both its entries are gone."""
    gone = 0
    for entry_id in ids:
        gone += connection.execute(
            f"delete from uploads where id = ?1 and not exists (select 1 from {table} where id = ?1)",  # noqa: S608
            (entry_id,),
        ).rowcount
    connection.execute(  # a receipt goes with the last event it was for
        "delete from receipts where number < coalesce((select min(proof) from uploads where proof is not null), 1 << 62)"
    )
    connection.execute("update totals set acknowledged = acknowledged - ?", (gone,))
