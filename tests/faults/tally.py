"""How often a fault was tried and what it cost: each row of the fault table prints its tries, losses and duplicates."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

TABLE = "FAULT_TABLE"  # the folder the suite gathers its rows from


@dataclass
class Row:
    """One fault. `losses` and `duplicates` have to be zero; `seen` is how often the fault was noticed and said."""

    fault: str
    tries: int = 0
    seen: int = 0
    losses: int = 0
    duplicates: int = 0

    def line(self) -> str:
        return f"fault={self.fault!r} tries={self.tries} seen={self.seen} losses={self.losses} dup={self.duplicates}"


@contextmanager
def counted(fault: str) -> Iterator[Row]:
    """Count within; the row is kept also when the test fails, and losses or duplicates fail it."""
    row = Row(fault)
    try:
        yield row
    finally:
        print(row.line())  # noqa: T201  the figures are the point
        folder = os.environ.get(TABLE)
        if folder:
            with (Path(folder) / "rows.jsonl").open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(row)) + "\n")
    assert row.tries > 0
    assert (row.losses, row.duplicates) == (0, 0), row.line()
