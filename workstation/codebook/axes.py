"""Build: a PCS title taken apart into what each character says, and put together again for codes without one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

_JOINTS = re.compile(r"(?=(?:, | of | using | with | into | on | in | to | from | as | for | - | at | through | by ))")

# A piece of a title: where its character's words stand, where it stands itself, its words with the joint before them.
Piece = tuple[float, float, str]


# The characters that bring a piece, with their values: one, or two that only do so together.
Key = tuple[tuple[int, str], ...]

_SLOTS = [(at,) for at in range(3, 7)] + list(combinations(range(3, 7), 2))


@dataclass(frozen=True)
class Table:
    """One PCS table: what its characters bring to a title. The empty key stands in every title."""

    pieces: Mapping[Key, tuple[Piece, ...]]
    values: frozenset[tuple[int, str]]

    def compose(self, code: str) -> str | None:
        """The title, or None when a character of the code was never seen in this table."""
        if any((at, code[at]) not in self.values for at in range(3, 7)):
            return None
        keys: list[Key] = [(), *(tuple((at, code[at]) for at in slot) for slot in _SLOTS)]
        found = sorted(piece for key in keys for piece in self.pieces.get(key, ()))
        return "".join(text for *_, text in found).strip(" ,")


def learn(titles: Mapping[str, str]) -> dict[str, Table]:
    """Tables by their first three characters, from the titles of some of their codes."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for code in sorted(titles):
        by_table[code[:3]].append(code)
    return {prefix: _learn_table(codes, titles) for prefix, codes in by_table.items()}


def _learn_table(codes: Sequence[str], titles: Mapping[str, str]) -> Table:
    holders: dict[str, set[str]] = defaultdict(set)
    places: dict[str, list[float]] = defaultdict(list)
    for code in codes:
        split = _JOINTS.split(titles[code])
        for place, piece in enumerate(split):
            holders[piece].add(code)
            places[piece].append(place / len(split))
    explained: dict[str, list[Key]] = {}
    for piece, having in sorted(holders.items()):
        explained[piece] = [()] if len(having) == len(codes) else _explain(codes, having)
    slot_places: dict[tuple[int, ...], list[float]] = defaultdict(list)
    for piece, keys in explained.items():
        for key in keys[:1]:
            slot_places[tuple(at for at, _ in key)].extend(places[piece])
    pieces: dict[Key, list[Piece]] = defaultdict(list)
    for piece, keys in explained.items():
        own = sum(places[piece]) / len(places[piece])
        for key in keys:
            slot = slot_places[tuple(at for at, _ in key)]
            pieces[key].append((_place(piece, sum(slot) / len(slot) if key else own), round(own, 3), piece))
    values = frozenset((at, code[at]) for code in codes for at in range(3, 7))
    return Table({key: tuple(sorted(p)) for key, p in pieces.items()}, values)


def _place(piece: str, mean: float) -> float:
    """Where a piece stands; the approach and the technology group close every title."""
    if piece.startswith(", New Technology Group"):
        return 3.0
    return 2.0 if piece.endswith(" Approach") or piece.startswith(", Via ") else round(mean, 3)


def _explain(codes: Sequence[str], having: set[str]) -> list[Key]:
    """The values of the fewest characters that alone decide whether a piece is there; none when nothing does."""
    for slot in _SLOTS:
        groups: dict[Key, set[str]] = defaultdict(set)
        for code in codes:
            groups[tuple((at, code[at]) for at in slot)].add(code)
        bringing = [key for key, group in sorted(groups.items()) if group <= having]
        if bringing and sum(len(groups[key]) for key in bringing) == len(having):
            return bringing
    return []


def write_tables(tables: Mapping[str, Table]) -> str:
    """The tables as text, one piece a line: table, characters, values that bring it, places, words."""
    lines: list[str] = []
    for prefix, table in sorted(tables.items()):
        bringing: dict[tuple[str, Piece], list[str]] = defaultdict(list)
        for key, pieces in sorted(table.pieces.items()):
            for piece in pieces:
                slot = "".join(str(at + 1) for at, _ in key)
                bringing[slot, piece].append("".join(value for _, value in key))
        for (slot, (first, second, text)), values in sorted(bringing.items()):
            lines.append(f"{prefix}|{slot}|{' '.join(values)}|{first:g}|{second:g}|{text}")
        seen = " ".join(f"{at + 1}{value}" for at, value in sorted(table.values))
        lines.append(f"{prefix}|seen|{seen}")
    return "\n".join(lines) + "\n"


def read_tables(text: str) -> dict[str, Table]:
    """The tables `write_tables` wrote; lines that begin with # are notes."""
    pieces: dict[str, dict[Key, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    tables: dict[str, Table] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        prefix, slot, rest = line.split("|", 2)
        if slot == "seen":
            values = frozenset((int(v[0]) - 1, v[1]) for v in rest.split())
            tables[prefix] = Table({k: tuple(sorted(p)) for k, p in pieces.pop(prefix, {}).items()}, values)
            continue
        bringing, first, second, words = rest.split("|", 3)
        for value in bringing.split(" "):
            key = tuple((int(at) - 1, v) for at, v in zip(slot, value, strict=True))
            pieces[prefix][key].append((float(first), float(second), words))
    return tables
