"""What tests of screens share: notices that are kept, and the code book where it is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from workstation.codebook.book import CodeBook

PACK = Path(__file__).resolve().parents[2] / "resources/codesets/codebook.db"


class Notices:
    """Stands where the strip under the header does: `said` holds every notice with its tone."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str, tone: str = "info", *, passing: bool = False) -> None:
        self.said.append(f"{tone}: {text}")

    def trouble(self, error: Exception) -> None:
        self.said.append(f"trouble: {error}")


def the_book() -> CodeBook:
    """The built code pack; skips the test aloud where there is none."""
    if not PACK.exists():
        pytest.skip("the code pack is not built: make codesets")
    return CodeBook.open(PACK)
