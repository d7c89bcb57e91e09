"""How often a fault is repeated: a few times among the tests, as the design counts in `make faults`, ten times that thorough."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers import practice

__all__ = ["practice", "times"]

Times = Callable[[int], int]


@pytest.fixture
def times(pytestconfig: pytest.Config) -> Times:
    """`times(200)`: how often to break it now, when the design says 200."""
    how = str(pytestconfig.getoption("--faults"))

    def counted(full: int) -> int:
        return {"few": max(1, full // 20), "all": full, "thorough": full * 10}[how]

    return counted


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hundreds of repetitions take longer than one test may; the limit is read before any fixture runs."""
    if config.getoption("--faults") != "few":
        for test in items:
            if Path(__file__).parent in test.path.parents:
                test.add_marker(pytest.mark.timeout(3600), append=False)
