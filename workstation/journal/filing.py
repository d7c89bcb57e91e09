"""Filing: what waits to be sent, and whose trail an entry belongs to, noted for many entries at once behind the appends.

An append then writes the entry and the ratchet alone. What is not filed yet is seen from the entries themselves, so a
crash in between loses nothing: the next opening files it.
"""

from __future__ import annotations

from workstation.sealed_db import Connection


def file_entries(connection: Connection) -> None:
    """Inside a transaction: each event that is complete waits to be sent; each entry is on its coder's trail."""
    connection.execute(
        "insert or ignore into uploads(id, position) "
        "select id, coalesce((select i.position from entries i where i.id = e.id and i.phase = 'intent'), min(position)) "
        "from entries e where position > (select filed from ratchet) and id not in (select id from open_intents) "
        "group by id"
    )
    connection.execute(
        "insert or ignore into trail(user, position) "
        "select user, position from entries where position > (select filed from ratchet)"
    )
    connection.execute("update ratchet set filed = coalesce((select max(position) from entries), 0)")


def filed_to(connection: Connection) -> int:
    row = connection.execute("select filed from ratchet").fetchone()
    return int(row[0]) if row else 0


def unfiled(connection: Connection) -> int:
    """Complete events that are not filed, of a journal that is only read."""
    if "filed" not in {row[1] for row in connection.execute("pragma table_info(ratchet)")}:
        return 0
    row = connection.execute(
        "select count(distinct id) from entries where position > coalesce((select filed from ratchet), 0) "
        "and id not in (select id from open_intents)"
    ).fetchone()
    return int(row[0])
