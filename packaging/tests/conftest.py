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
