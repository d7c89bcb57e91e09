"""Known identifiers are covered wherever the chart repeats them, and nothing moves."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.domain.encounter import Patient, PatientId
from workstation.domain.redaction.cover import COVER, covered, identifiers, spans

PATIENT = Patient(
    PatientId("p1"),
    "Okonkwo-Reyes",
    ("Adaeze", "M."),
    "female",
    date(1948, 3, 7),
    "00731946",
    ("330-555-0117",),
    ("88 Tannery Row, Lakemere",),
    ("Tobias Reyes",),
)
KNOWN = identifiers(PATIENT, "2611080031")


@pytest.mark.parametrize(
    "written",
    [
        "Adaeze", "OKONKWO-REYES", "okonkwo-reyes's", "00731946", "007-319-46", "(330) 555-0117", "330.555.0117",
        "3/7/1948", "03/07/1948", "03/07/48", "1948-03-07", "March 7, 1948", "7 Mar 1948", "2611080031", "Tobias",
        "88  Tannery\nRow",
    ],
)  # fmt: skip
def test_each_form_of_an_identifier_is_covered(written: str) -> None:
    text = f"Seen today: {written}, resting."
    shown = covered(text, spans(text, KNOWN))
    assert shown.startswith("Seen today: ")
    assert shown.endswith(", resting.")
    middle = shown[len("Seen today: ") : -len(", resting.")]
    assert not any(letter.isalnum() and letter != "s" for letter in middle.replace(COVER, ""))


@pytest.mark.parametrize("word", ["Adaezes", "1007319460", "Reyesian", "13/7/1948x", "creatinine 3.7"])
def test_what_only_resembles_an_identifier_stays(word: str) -> None:
    text = f"Note {word} here"
    assert covered(text, spans(text, KNOWN)) == text


@given(st.lists(st.sampled_from([*KNOWN, "İstanbul", "\n", "•", "ﬁ", "and", "1.2"]), max_size=40).map(" ".join))
def test_covering_never_moves_a_character(text: str) -> None:
    shown = covered(text, spans(text, KNOWN))
    assert len(shown) == len(text)
    assert [at for at, letter in enumerate(shown) if letter == "\n"] == [
        at for at, letter in enumerate(text) if letter == "\n"
    ]
