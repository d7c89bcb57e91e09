"""A diagnosis named in a text, and who knows such names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mention:
    """A diagnosis named in a text. Two mentions of one `family` are about the same disease.

    `qualifiers` are what the text says of its acuity, severity, type or stage, in one wording each; `lead` is how many
    characters before `start` some of them take.
    """

    start: int
    end: int
    term: str
    family: str
    qualifiers: frozenset[str] = frozenset()
    lead: int = 0


class DiagnosisTerms(Protocol):
    """The diagnosis names the program knows."""

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """In order, without overlaps; the longest name wins."""
