"""Does what the coder wrote say who the patient is? The reviewer needs the reason, never the name."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.domain.coding import CodingSummary, LineId
from workstation.domain.edits.finding import Finding, Level
from workstation.domain.encounter import Encounter
from workstation.domain.own_words import INSTEAD, Find, finder

RULE = "identifier-in-text"
_SOURCE = "45 CFR 164.502(b), minimum necessary"


def whole(summary: CodingSummary, encounter: Encounter) -> Iterator[Finding]:
    """One finding for each field with an identifier of this patient; it names the field and never the identifier."""
    written = [(f"The rationale of {line.code}", line.rationale, line.id) for line in summary.lines if line.rationale]
    fields: list[tuple[str, str, LineId | None]] = [*written]
    if summary.comment:
        fields.append(("The comment for the reviewer", summary.comment, None))
    if fields:
        find = finder(encounter.patient, encounter.account_number)
        for name, text, line_id in fields:
            yield from _in_field(find, name, text, line_id)


def _in_field(find: Find, name: str, text: str, line_id: LineId | None) -> Iterator[Finding]:
    kinds = sorted({kind for _, _, kind in find(text)})
    if kinds:
        held = " and the ".join(kinds)
        instead = "” and “".join(INSTEAD[kind] for kind in kinds)
        yield Finding(RULE, Level.ERROR, f"{name} holds the {held}.", f"Say “{instead}” instead.", _SOURCE, line_id)
