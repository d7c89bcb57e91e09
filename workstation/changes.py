"""What a write changed, so that each page reloads only what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.domain.encounter import EncounterId


@dataclass(frozen=True, slots=True)
class Changes:
    """The answer of every write; merged with `|`."""

    worklist: bool = False
    encounters: frozenset[EncounterId] = frozenset()
    outbox: bool = False
    queries: bool = False  # a query moved on: sent, seen, answered, reviewed
    teaching: bool = False  # a request for a teaching copy, or a copy
    handed: bool = False  # something was handed to a lead, or a lead moved on with it

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.worklist or other.worklist,
            self.encounters | other.encounters,
            self.outbox or other.outbox,
            self.queries or other.queries,
            self.teaching or other.teaching,
            self.handed or other.handed,
        )

    def __bool__(self) -> bool:
        own = self.worklist or self.outbox or self.queries or self.teaching or self.handed
        return own or bool(self.encounters)
