"""The edits: every rule a coding summary is checked against, as findings of one type."""

from workstation.domain.edits.engine import EDITION, findings
from workstation.domain.edits.finding import Finding, Level, Reference, blocks
from workstation.domain.edits.identity import RULE as IDENTIFIER

__all__ = ["EDITION", "IDENTIFIER", "Finding", "Level", "Reference", "blocks", "findings"]
