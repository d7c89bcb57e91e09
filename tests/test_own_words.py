"""What says who the patient is in a coder's own words is found; what only looks like it is let be."""

from __future__ import annotations

import itertools
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.domain.encounter import Patient, PatientId
from workstation.domain.own_words import INSTEAD, finder, nobody, taken_out

PATIENT = Patient(
    PatientId("p1"), "Brannigan", ("Harold", "James"), "male", date(1952, 3, 14), "00482913", ("330-555-0117",),
    ("88 Tannery Row, Lakemere",), ("Anna Brannigan",),
)  # fmt: skip
FIND = finder(PATIENT, "2611090417")


def mended(text: str) -> str:
    for named in reversed(FIND(text)):
        text = text[: named[0]] + taken_out(text, named) + text[named[1] :]
    return text


@pytest.mark.parametrize(
    ("typed", "kind", "instead"),
    [
        ("EF of Brannigan is 20", "patient's name", "EF of the patient is 20"),
        ("Mr. Brannigan's EF is 20", "patient's name", "The patient's EF is 20"),
        ("seen: Harold J. Brannigan again", "patient's name", "seen: the patient again"),
        ("fell. harold stood up", "patient's name", "fell. The patient stood up"),
        ("Brannigan, Harold fell", "patient's name", "The patient fell"),
        ("see MRN 00482913", "record number", "see MRN the record number"),
        ("acct 2611090417 twice", "account number", "acct the account number twice"),
        ("born 3/14/1952 here", "date of birth", "born the date of birth here"),
        ("call (330) 555-0117 first", "phone number", "call a phone number first"),
        ("lives at 88 Tannery Row now", "address", "lives at the address now"),
        ("says Anna is the proxy", "relative's name", "says a relative is the proxy"),
        ("says Anna Brannigan is the proxy", "relative's name", "says a relative is the proxy"),
    ],
)
def test_each_identifier_is_found_named_and_taken_out(typed: str, kind: str, instead: str) -> None:
    assert {found for _, _, found in FIND(typed)} == {kind}
    assert mended(typed) == instead


@pytest.mark.parametrize(
    "typed", ["", "Dr. Ortiz notes an EF of 20", "Branniganite 004829130", "K. pneumoniae on 3/14/2026", "the patient"]
)
def test_what_only_looks_like_it_is_let_be(typed: str) -> None:
    assert FIND(typed) == ()


WHITE = finder(Patient(PatientId("p2"), "White", ("May",), "female", None, "1"), "")


@pytest.mark.parametrize(
    "typed", ["white count of 18", "White count of 18", "fell. White matter disease", "may be coded"]
)
def test_a_name_that_is_a_word_too_may_be_the_word(typed: str) -> None:
    assert WHITE(typed) == ()


@pytest.mark.parametrize("typed", ["per Mrs. White", "mrs white says", "told White to", "when May returned"])
def test_and_may_be_the_name(typed: str) -> None:
    assert [kind for _, _, kind in WHITE(typed)] == ["patient's name"]


@given(
    st.lists(
        st.sampled_from(["Harold", "Brannigan's", "mr.", "00482913", "3/14/1952", "EF 20", "😀", "\n", ",", "("]),
        max_size=12,
    ).map(" ".join)
)
def test_what_was_taken_out_leaves_nothing_to_find(text: str) -> None:
    found = FIND(text)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
    assert FIND(mended(text)) == ()


def test_the_words_to_say_instead_say_nothing() -> None:
    assert all(FIND(words) == () for words in INSTEAD.values())
    assert nobody("Harold Brannigan") == ()


def test_five_hundred_characters_cost_less_than_two_milliseconds() -> None:
    text = ("acute on chronic heart failure, Mr. Brannigan, EF 20 percent; " * 9)[:500]
    FIND(text)
    best = min(_seconds(text) for _ in range(20))
    assert best < 0.002


def _seconds(text: str) -> float:
    began = time.perf_counter()
    FIND(text)
    return time.perf_counter() - began
