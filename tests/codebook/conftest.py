"""The real pack, built once when it is missing, and the official files when the machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workstation.codebook.book import CodeBook
from workstation.codebook.build import build

PACK = Path(__file__).parents[2] / "resources" / "codesets" / "codebook.db"


@pytest.fixture(scope="session")
def pack() -> Path:
    return PACK if PACK.exists() else build(PACK)


@pytest.fixture(scope="session")
def book(pack: Path) -> CodeBook:
    return CodeBook.open(pack)


@pytest.fixture(scope="session")
def official() -> Path:
    """The folder of official releases named by CODESETS_DIR."""
    folder = os.environ.get("CODESETS_DIR")
    if not folder:
        pytest.skip("CODESETS_DIR is not set: nothing is compared with the official files")
    return Path(folder)
