"""Invented notes of many kinds and noises: what goes, what stays, and the figures the redactor must not fall under."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.redaction.dictionaries import LEXICON
from tests.redaction.marked import MarkedNote, damaged, notes, survivors
from workstation.domain.redaction.kinds import Profile
from workstation.domain.redaction.redactor import redact

CORPORA = Path(os.environ.get("CORPORA_DIR", ""))


def small(text: str) -> str:
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


def large(text: str) -> str:
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)


def wrapped(text: str) -> str:
    """Lines of about sixty letters, broken wherever a space is, inside names and dates too."""
    letters, column = [], 0
    for letter in text:
        breaks = letter == " " and column > 58
        column = 0 if breaks or letter == "\n" else column + 1
        letters.append("\n" if breaks else letter)
    return "".join(letters)


def scanned(text: str) -> str:
    """Every fortieth letter a scanner confuses is confused."""
    confused = {"e": "c", "o": "0", "l": "1", "i": "l", "S": "5", "B": "8", "O": "0", "h": "n"}
    seen = 0
    letters = []
    for letter in text:
        seen += letter in confused
        letters.append(confused[letter] if letter in confused and seen % 40 == 0 else letter)
    return "".join(letters)


def spans(note: MarkedNote) -> list[tuple[int, int]]:
    redacted = redact(note.text, note.known, Profile.TEACHING, LEXICON)
    return [(removal.start, removal.end) for removal in redacted.removals]


@pytest.mark.parametrize(
    ("noise", "least_recall", "most_damage"),
    [(str, 0.985, 0.01), (small, 0.94, 0.01), (large, 0.94, 0.01), (wrapped, 0.985, 0.01), (scanned, 0.97, 0.01)],
    ids=["as written", "small letters", "capitals", "wrapped", "scanned"],
)
def test_the_marked_identifiers_of_invented_notes_go_and_the_marked_clinical_words_stay(
    noise: Callable[[str], str], least_recall: float, most_damage: float
) -> None:
    marked = left = kept = hit = 0
    for note in notes():
        noisy = replace(note, text=noise(note.text))
        removed = spans(noisy)
        marked += len(note.gone)
        left += len({span[:2] for span in survivors(noisy, removed)})
        kept += len(note.kept)
        hit += len(damaged(noisy, removed))
    assert 1 - left / marked >= least_recall
    assert hit / kept <= most_damage


def test_a_coder_is_asked_little_about_a_note() -> None:
    asked = [len(redact(note.text, note.known, Profile.QUERY, LEXICON).unsure) for note in notes()]
    assert sum(asked) / len(asked) < 1
    assert max(asked) <= 3


def test_an_excerpt_of_two_hundred_letters_asks_at_most_two_questions() -> None:
    for note in notes():
        for start in range(0, len(note.text) - 200, 150):
            excerpt = note.text[start : start + 200]
            assert len(redact(excerpt, note.known, Profile.QUERY, LEXICON).unsure) <= 2, excerpt


@pytest.mark.skipif(not (CORPORA / "phi_dev.jsonl").is_file(), reason="CORPORA_DIR names no folder with phi_dev.jsonl")
def test_the_development_set_is_redacted_as_well_as_it_was() -> None:
    sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "benchmarks")]
    from redaction import known_of  # type: ignore[import-not-found]

    found: Counter[str] = Counter()
    for line in (CORPORA / "phi_dev.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        text = record["text"]
        gone = redact(text, known_of(record["demographics"]), Profile.TEACHING, LEXICON).removals
        covered = bytearray(len(text))
        for removal in gone:
            covered[removal.start : removal.end] = b"\1" * (removal.end - removal.start)
        whole = [
            all(covered[i] for i in range(span["start"], span["end"]) if text[i].isalnum()) for span in record["spans"]
        ]
        identifying = {i for span in record["spans"] for i in range(span["start"], span["end"])}
        found["spans"] += len(whole)
        found["removed"] += sum(whole)
        found["clean"] += all(whole)
        found["notes"] += 1
        found["kept"] += len(record["keep"])
        found["damaged"] += sum(
            any(covered[i] and text[i].isalnum() and i not in identifying for i in range(keep["start"], keep["end"]))
            for keep in record["keep"]
        )
    assert found["removed"] / found["spans"] >= 0.985
    assert found["clean"] / found["notes"] >= 0.82
    assert found["damaged"] / found["kept"] <= 0.01
