"""The migrations of the cache, in order: added, never edited, each run in the transaction that records it."""

from __future__ import annotations

from workstation.cache.migrations import m0001_first_tables, m0002_queries, m0003_hand_overs
from workstation.sealed_db import Connection
from workstation.sealed_db import migrate as run_steps

STEPS: tuple[tuple[str, ...], ...] = (
    m0001_first_tables.STATEMENTS,
    m0002_queries.STATEMENTS,
    m0003_hand_overs.STATEMENTS,
)


def migrate(db: Connection) -> None:
    """Bring the cache up to date. Raises CacheTooNew when a newer program wrote it."""
    run_steps(db, STEPS)
