"""Tests of the packages as they were built: `make package-test`. Not part of `make test`: they take many minutes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
for place in (TOP, TOP / "packaging" / "make", TOP / "packaging" / "tests"):
    sys.path.insert(0, str(place))

import builder
import tree as maker


@pytest.fixture(scope="session")
def tree() -> Path:
    """The frozen program; `make package` makes it."""
    if not (maker.TREE / "MANIFEST.sha256").is_file():
        pytest.fail(f"{maker.TREE.relative_to(TOP)} is not built: run `make package` first")
    return maker.TREE


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """On the same disk as the packages, so that a tree is copied by links; emptied afterwards."""
    yield tmp_path
    builder.sweep(tmp_path)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A package that was not tried is not tested: what is skipped for want of a tool or of root ends the run in red."""
    told = session.config.pluginmanager.get_plugin("terminalreporter")
    if told is not None and told.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
