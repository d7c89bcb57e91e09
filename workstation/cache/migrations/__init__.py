"""The migrations of the cache, in order: added, never edited, each run in the transaction that records it."""

from __future__ import annotations

from workstation.cache.migrations import m0001_first_tables, m0002_queries, m0003_hand_overs
from workstation.errors import CacheTooNew
from workstation.sealed_db import Connection

STEPS: tuple[tuple[str, ...], ...] = (
    m0001_first_tables.STATEMENTS,
    m0002_queries.STATEMENTS,
    m0003_hand_overs.STATEMENTS,
)


def migrate(db: Connection) -> None:
    """Bring the cache up to date. Raises CacheTooNew when a newer program wrote it."""
    at = int(db.execute("pragma user_version").fetchone()[0])
    if at > len(STEPS):
        raise CacheTooNew
    for number, statements in enumerate(STEPS[at:], start=at + 1):
        db.execute("begin immediate")
        try:
            for statement in statements:
                db.execute(statement)
            db.execute(f"pragma user_version = {number}")
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            raise
