"""Reading a name behind a cue, the same for every cue."""

from __future__ import annotations

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier


def take(finding: Finding, first: int, strength: int, kind: Identifier, why: str, *, comma: bool = False) -> bool:
    """Claim the name that begins at token `first`; False when none does."""
    end = finding.name_end(first, strength, comma=comma)
    if end == first:
        return False
    finding.claim_person(first, end - 1, kind, why)
    return True


def follows(finding: Finding, i: int, mark: str = "") -> str:
    return f"follows “{finding.note.raw[i]}{mark}”"
