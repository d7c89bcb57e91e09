"""A diagnosis named in a text, and who knows such names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mention:
    """A diagnosis named in a text. Two mentions of one `family` are about the same disease."""

    start: int
    end: int
    term: str
    family: str


class DiagnosisTerms(Protocol):
    """The diagnosis names the program knows."""

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """In order, without overlaps; the longest name wins."""
