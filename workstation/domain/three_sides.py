"""A conflict side by side, in a coder's words: what was there before, what the server has, what is here, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from workstation.domain.coding import CodingSummary, Line, LineId, LineKind

PRINCIPAL, COMMENT = "principal", "comment"
ABSENT = "not there"


class Side(StrEnum):
    THEIRS = "theirs"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the two sides may say differently. Empty words: the side does not have it; None: it is not known."""

    key: str
    what: str
    before: str | None
    theirs: str
    mine: str

    @property
    def is_same(self) -> bool:
        return self.theirs == self.mine

    @property
    def suggestion(self) -> Side | None:
        """The side that alone changed it; None when both did, or nobody knows what was there before."""
        if self.is_same or self.before == self.theirs:
            return Side.MINE
        return Side.THEIRS if self.before == self.mine else None

    @property
    def told(self) -> str:
        """Who did what, in words."""
        if self.before is None:
            return "it differs"
        if self.suggestion is None:
            return "both changed it"
        who, now = ("you", self.mine) if self.suggestion is Side.MINE else ("the server", self.theirs)
        verb = "removed" if not now else "added" if not self.before else "changed"
        return f"{who} {verb} it"


@dataclass(frozen=True, slots=True)
class _Said:
    """One side: its lines under keys that are the same on all sides."""

    lines: Mapping[str, Line]
    principal: str
    comment: str


def rows(
    before: CodingSummary | None, theirs: CodingSummary, mine: CodingSummary, on: date | None = None
) -> tuple[Row, ...]:
    """Every line of either side, the principal and the comment. `on` is the date of service."""
    base, there, here = (None if before is None else _said(before)), _said(theirs), _said(mine)
    made = [
        Row(
            PRINCIPAL,
            "Principal diagnosis",
            None if base is None else base.principal,
            there.principal,
            here.principal,
        )
    ]
    keys = dict.fromkeys([*here.lines, *there.lines, *(base.lines if base else ())])
    for key in keys:
        was = None if base is None else _words(base.lines.get(key), on)
        line = here.lines.get(key) or there.lines.get(key)
        if line is not None:
            theirs_say, mine_says = _words(there.lines.get(key), on), _words(here.lines.get(key), on)
            made.append(Row(key, f"{line.code} {line.title}".strip(), was, theirs_say, mine_says))
    made.append(Row(COMMENT, "Comment", None if base is None else base.comment, there.comment, here.comment))
    return tuple(made)


def differing(found: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in found if not row.is_same)


def combined(
    theirs: CodingSummary, mine: CodingSummary, chosen: Mapping[str, Side], new_id: Callable[[], str]
) -> CodingSummary:
    """Mine with what was chosen of theirs, its lines under new ids. A line not chosen about stays as it is here.

    A principal whose line is not among those kept leaves none: the edits then ask for one.
    """
    here, there = _said(mine), _said(theirs)
    lines: list[Line] = []
    names: dict[str, LineId] = {}
    for key in dict.fromkeys([*here.lines, *there.lines]):
        own, other = here.lines.get(key), there.lines.get(key)
        line = own if chosen.get(key, Side.MINE) is Side.MINE else _adopted(other, own, new_id)
        if line is not None:
            names[str(line.code)] = names.get(str(line.code), line.id)
            lines.append(line)
    wanted = there.principal if chosen.get(PRINCIPAL) is Side.THEIRS else here.principal
    principal = names.get(wanted)
    if principal is not None:
        lines.sort(key=lambda line: line.id != principal)
    comment = theirs.comment if chosen.get(COMMENT) is Side.THEIRS else mine.comment
    return replace(mine, principal_id=principal, lines=tuple(lines), comment=comment, revision=mine.revision + 1)


def _adopted(other: Line | None, own: Line | None, new_id: Callable[[], str]) -> Line | None:
    """Their line under an id of this summary; what only this device knows of the code stays."""
    if other is None:
        return None
    if own is None:
        return replace(other, id=LineId(new_id()))
    return replace(other, id=own.id, title=own.title or other.title, overrides=own.overrides, ndc=own.ndc)


def _said(summary: CodingSummary) -> _Said:
    counts: dict[str, int] = {}
    lines: dict[str, Line] = {}
    for line in summary.lines:
        name = f"{line.kind.value}:{line.code}"
        counts[name] = counts.get(name, 0) + 1
        lines[name if counts[name] == 1 else f"{name}#{counts[name]}"] = line
    principal = summary.principal
    return _Said(lines, str(principal.code) if principal else "", summary.comment.strip())


def _words(line: Line | None, on: date | None) -> str:
    """What a line says beside its code; the same words for the same thing on each side."""
    if line is None:
        return ""
    said = ["coded"]
    if line.poa is not None:
        said.append(f"POA {line.poa.value}")
    performed = line.performed_on or (on if line.kind is LineKind.SERVICE else None)
    if performed is not None:
        said.append(f"on {performed:%b} {performed.day}")
    if line.modifiers:
        said.append(f"modifiers {' '.join(line.modifiers)}")
    if line.units != 1:
        said.append(f"{line.units} units")
    if line.evidence:
        places = sorted((p.document_id, p.start, p.end) for p in line.evidence)
        said.append(f"{len(places)} cited: {', '.join(f'{start}-{end}' for _, start, end in places)}")
    if line.rationale.strip():
        said.append(f"“{line.rationale.strip()}”")
    return ", ".join(said)
