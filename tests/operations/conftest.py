"""A bench with one chart on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desks import Bench, open_bench, put_chart


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = open_bench(tmp_path / "cache.db")
    put_chart(made)
    yield made
    made.desk.db.close()
