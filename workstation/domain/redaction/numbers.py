"""Numbers and codes that belong to one person or thing: this patient's own, then by their label, then by their shape."""

from __future__ import annotations

import re

from workstation.domain.redaction import things
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.folding import folded
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.number_labels import label_before, take_labelled
from workstation.domain.redaction.number_shapes import shape_of

_CANDIDATE = re.compile(r"[^\W_]+(?:[-./:_–][^\W_]+)*")
_SHORTEST_IN_PIECES = 6
_SLACK = 3  # marks between two letters of a number in pieces
_READ_AS = {"0": "0oO", "1": "1lI"}


def find(finding: Finding) -> None:
    text = finding.note.text
    things.find(finding)
    for match in _CANDIDATE.finditer(text):
        value = match.group()
        if value.isalpha():
            continue
        digits = sum(map(str.isdigit, value))
        if digits > 1 or (digits and len(value) > 7):
            _candidate(finding, value, digits, match.start(), match.end())
    _known_in_pieces(finding)


def _candidate(finding: Finding, value: str, digits: int, start: int, end: int) -> None:
    text = finding.note.text
    known = finding.index.numbers.get(folded(value))
    if known is not None:
        finding.claim(start, end, known, "this patient's number", known=True)
        return
    label = label_before(finding, start)
    if label is not None and take_labelled(finding, label, value, start, end):
        return
    if digits >= 5 and text[max(0, start - 2) : start].rstrip(" ").endswith("#"):
        finding.claim(start, end, Identifier.OTHER, "follows “#”")
        return
    kind = shape_of(value, digits, text[max(0, start - 1) : start], text[end : end + 12], finding.is_word)
    if kind is not None:
        finding.claim(start, end, kind, "shaped as an identifying number")


def find_known(finding: Finding) -> None:
    """This patient's own numbers and nothing else."""
    for match in _CANDIDATE.finditer(finding.note.text):
        kind = finding.index.numbers.get(folded(match.group()))
        if kind is not None:
            finding.claim(match.start(), match.end(), kind, "this patient's number", known=True)
    _known_in_pieces(finding)


def _known_in_pieces(finding: Finding) -> None:
    """Known numbers however they are punctuated, over a line's end too."""
    text = finding.note.lower
    for number, kind in finding.index.numbers.items():
        if len(number) < _SHORTEST_IN_PIECES:
            continue
        for first in _READ_AS.get(number[0], number[0]).lower():
            at = text.find(first)
            while at >= 0:
                end = 0 if at and text[at - 1].isalnum() else _spelt(text, at, number)
                if end and not (end < len(text) and text[end].isalnum()):
                    finding.claim(at, end, kind, "this patient's number", known=True)
                at = text.find(first, at + 1)


def _spelt(text: str, at: int, wanted: str) -> int:
    """Where `wanted` ends when it is written from `at` on with some marks between its letters; 0 when it is not."""
    for letter in wanted:
        slack = 0
        while at < len(text) and slack < _SLACK and not text[at].isalnum():
            at += 1
            slack += 1
        if at >= len(text) or text[at] not in _READ_AS.get(letter, letter):
            return 0
        at += 1
    return at
