"""One read-only connection per thread to the pack."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from workstation.codebook.schema import FORMAT
from workstation.errors import WorkstationError


class CodeBookUnusable(WorkstationError):
    what = "The code book cannot be opened."
    remedy = "Ask your IT support to repair the installation. Nothing of your work is lost."


class PackReader:
    """Opens the pack lazily in each thread that asks; the file never changes under it."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        try:
            found = self.db.execute("select value from facts where name = 'format'").fetchone()
        except sqlite3.Error as trouble:
            raise CodeBookUnusable(f"({type(trouble).__name__})") from trouble
        if found is None or found[0] != str(FORMAT):
            raise CodeBookUnusable("(it was made by another version)")

    @property
    def db(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._uri, uri=True, isolation_level=None)
            connection.execute("pragma query_only = on")
            connection.execute("pragma mmap_size = 134217728")
            self._local.connection = connection
        return connection
