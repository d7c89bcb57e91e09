"""Invented notes with their identifiers marked: `⟦P:Ann Lee⟧` must go, `{5/5}` must stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import Known

NOTES = sorted(Path(__file__).parent.glob("notes*.txt"))
_MARK = re.compile(r"⟦(?P<kind>[A-Z]):(?P<gone>[^⟧]*)⟧|(?<![|^]\{)\{(?P<kept>[^{}]*)\}")

_WORD = re.compile(r"[^\W_]+")
# Of themselves these tell nothing; whether they go with the name beside them is no matter.
_NEUTRAL = frozenset(
    [
        "dr",
        "drs",
        "mr",
        "mrs",
        "ms",
        "md",
        "do",
        "np",
        "rn",
        "pa",
        "dpm",
        "od",
        "rdcs",
        "pharmd",
        "faaos",
        "jr",
        "ofc",
        "nurse",
        "sister",
        "uncle",
        "rev",
        "the",
        "and",
        "of",
        "on",
        "y",
        "o",
        "yr",
        "old",
        "m",
        "f",
        "t",
        "fax",
        "vin",
        "sn",
        "mrn",
        "ext",
        "x",
        "wed",
        "friday",
        "tuesday",
        "yesterday",
        "tomorrow",
        "medicare",
        "bia",
        "ssg",
        "cpt",
        "ph",
        "policy",
        "g",
    ]
)


@dataclass(frozen=True)
class MarkedNote:
    title: str
    text: str
    known: Known
    gone: tuple[tuple[int, int, str], ...]
    kept: tuple[tuple[int, int], ...]


def parsed(title: str, facts: dict[str, str], marked: str) -> MarkedNote:
    parts: list[str] = []
    gone: list[tuple[int, int, str]] = []
    kept: list[tuple[int, int]] = []
    at = length = 0
    for match in _MARK.finditer(marked):
        before = marked[at : match.start()]
        inner = match["gone"] if match["gone"] is not None else match["kept"]
        start = length + len(before)
        length = start + len(inner)
        parts += [before, inner]
        at = match.end()
        if match["kind"]:
            gone.append((start, length, match["kind"]))
        else:
            kept.append((start, length))
    return MarkedNote(title, "".join((*parts, marked[at:])), _known(facts), tuple(gone), tuple(kept))


def _known(facts: dict[str, str]) -> Known:
    def names(key: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in facts.get(key, "").split(",") if part.strip())

    return Known(
        patient=names("patient"),
        relatives=names("relatives"),
        providers=names("providers"),
        facilities=names("facilities"),
        cities=names("city"),
        numbers=tuple((Identifier.MRN, value) for value in names("mrn")),
        birth_date=date.fromisoformat(facts["born"]) if "born" in facts else None,
        encounter_dates=tuple(date.fromisoformat(day) for day in names("days")),
    )


def notes(files: list[Path] = NOTES) -> list[MarkedNote]:
    found = []
    for block in [block for file in files for block in file.read_text("utf-8").split("## ")[1:]]:
        head, marked = block.split("\n", 1)
        title, _, told = head.partition(" | ")
        facts = dict(part.strip().split("=", 1) for part in told.split(";") if "=" in part)
        found.append(parsed(title.strip(), facts, marked.rstrip("\n") + "\n"))
    return found


def survivors(note: MarkedNote, removed: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Marked identifiers of which a letter or figure is left."""
    covered = _covered(len(note.text), removed)
    return [
        (start, end, kind)
        for start, end, kind in note.gone
        for word in _WORD.finditer(note.text, start, end)
        if word.group().lower() not in _NEUTRAL and not all(covered[word.start() : word.end()])
    ]


def damaged(note: MarkedNote, removed: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Marked clinical words of which a letter or figure is gone."""
    covered = _covered(len(note.text), removed)
    return [span for span in note.kept if any(note.text[i].isalnum() and covered[i] for i in range(*span))]


def _covered(length: int, removed: list[tuple[int, int]]) -> bytearray:
    covered = bytearray(length)
    for start, end in removed:
        covered[start:end] = b"\1" * (end - start)
    return covered
