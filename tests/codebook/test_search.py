"""The search answers what coders type, and never with a code that is not in force."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codebook.conftest import PACK
from workstation.codebook.book import CodeBook
from workstation.codebook.build import build
from workstation.codebook.defaults import default_terms
from workstation.codebook.spelling import distance, repair, skeleton
from workstation.codebook.synonyms import synonym_rows
from workstation.codebook.words import range_numbers, stem, words
from workstation.domain.codes import Code, CodeState, CodeSystem

TODAY = date(2026, 11, 24)
CM, PCS, HCPCS = CodeSystem.ICD10CM, CodeSystem.ICD10PCS, CodeSystem.HCPCS


def first(book: CodeBook, text: str, system: CodeSystem = CM, on: date = TODAY) -> str:
    found = book.search(text, on, (system,), 5)
    return str(found[0].code) if found else ""


def test_every_default_code_of_our_own_tables_is_valid_today(book: CodeBook) -> None:
    wrong = [
        (system, bare, phrase)
        for system, phrase, bare in default_terms()
        if book.look_up(Code.parse(CodeSystem(system), bare), TODAY).state is not CodeState.VALID
    ]
    assert wrong == []


def test_every_word_our_own_terms_ask_for_begins_a_word_of_some_title(book: CodeBook) -> None:
    lost = [
        (phrase, word)
        for system, phrase, _, meaning in synonym_rows()
        for word in meaning.replace("?", "").split()
        if len(word) > 2 and not book.search(word, TODAY, (CodeSystem(system),), 1)
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("htn", "I10"), ("esrd on hemodialysis", "N18.6"), ("unstable angina", "I20.0"), ("mrsa sepsis", "A41.02"),
        ("right hip fracture", "S72.001A"), ("bmi 35", "Z68.35"), ("bmi 52", "Z68.43"),
        ("32 weeks gestation", "Z3A.32"),
        ("benzo overdose intentional", "T42.4X2A"), ("lung cancer right upper lobe", "C34.11"),
        ("hypokalemia", "E87.6"), ("stroke", "I63.9"), ("kidney stone", "N20.0"), ("dog bite", "W54.0XXA"),
    ],
)  # fmt: skip
def test_everyday_words_find_the_default_code(book: CodeBook, text: str, code: str) -> None:
    assert first(book, text) == code


@pytest.mark.parametrize(
    ("text", "code"), [("pnuemonia", "J18.9"), ("nuemonia", "J18.9"), ("hemmorhoids", "K64.9"), ("diarhea", "R19.7")]
)
def test_a_misspelt_word_is_mended(book: CodeBook, text: str, code: str) -> None:
    assert first(book, text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("laparoscopic appendectomy", "0DTJ4ZZ"), ("open chole", "0FT40ZZ"), ("left heart cath", "4A023N7"),
        ("total knee replacement right cemented", "0SRC0J9"), ("colonoscopy with biopsy ascending colon", "0DBK8ZX"),
        ("thoracentesis left", "0W9B3ZZ"), ("carotid endarterectomy right", "03CK0ZZ"),
    ],
)  # fmt: skip
def test_a_procedure_is_found_by_its_clinical_name(book: CodeBook, text: str, code: str) -> None:
    assert first(book, text, PCS) == code


def test_a_drug_by_its_brand_finds_the_supply_code(book: CodeBook) -> None:
    assert first(book, "toradol injection", HCPCS) == "J1885"
    assert first(book, "hospital bed semi electric", HCPCS) == "E0260"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("diastolic chf acute", "acute diastolic chf"), ("dvt of the right leg", "right leg dvt"),
        ("colon ca family hx", "family history of colon cancer"), ("gallstone pancreatitis", "pancreatitis, gallstone"),
        ("neuropathy type 2 diabetic", "type 2 diabetic neuropathy"), ("i480", "I48.0"), ("S72001a", "s72.001A"),
    ],
)  # fmt: skip
def test_words_may_come_in_any_order_and_codes_in_any_case(book: CodeBook, one: str, other: str) -> None:
    assert first(book, one) == first(book, other) != ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # an everyday term never hides the words it is made of
        ("newborn sepsis", "P36.9"), ("facial droop", "R29.810"), ("underdosing of insulin", "T38.3X6A"),
        # what is taken every day, and what went wrong with it
        ("on eliquis", "Z79.01"), ("warfarin adverse effect", "T45.515A"), ("on ozempic", "Z79.85"),
        # short forms with more than one meaning
        ("ms", "G35.D"), ("hep a", "B15.9"), ("hepatitis", "K75.9"),
        # what a title denies is what is meant when nobody speaks of it
        ("type 1 diabetic retinopathy", "E10.319"), ("tension headache", "G44.209"),
        # side and encounter choose the child
        ("left intertrochanteric fx", "S72.142A"), ("left distal radius fx subsequent", "S52.502D"),
        ("ear wax left", "H61.22"), ("right bka status", "Z89.511"),
        # numbers
        ("bmi 27.5", "Z68.27"), ("39 wks", "Z3A.39"), ("nihss 12", "R29.712"), ("ckd 3b", "N18.32"),
        # lay words and what happened
        ("nosebleed", "R04.0"), ("ringing in ears", "H93.19"), ("fell off a ladder", "W11.XXXA"),
    ],
)  # fmt: skip
def test_the_language_of_the_field_is_understood(book: CodeBook, text: str, code: str) -> None:
    assert first(book, text) == code


def test_two_things_in_one_line_have_two_codes(book: CodeBook) -> None:
    def found(text: str) -> set[str]:
        return {str(m.code) for m in book.search(text, TODAY, (CM,), 5)}

    assert {"I25.10", "Z95.5"} <= found("cad s/p stent")
    assert {"O48.0", "Z3A.41"} <= found("postterm 41 weeks")


@pytest.mark.parametrize("text", ["mor", "dia", "lap", "hyp", "fra", "str"])
def test_three_letters_are_enough_to_be_shown_something(book: CodeBook, text: str) -> None:
    assert book.search(text, TODAY, (CM, PCS), 10)


@pytest.mark.parametrize(("typed", "code"), [("cop", "J44.9"), ("afi", "I48.91"), ("nst", "I21.4"), ("bph", "N40.0")])
def test_a_short_form_half_typed_is_known_by_its_beginning(book: CodeBook, typed: str, code: str) -> None:
    assert first(book, typed) == code


def test_what_coders_say_in_many_ways_comes_before_its_neighbours(book: CodeBook) -> None:
    assert "I10" in [str(m.code) for m in book.search("hyp", TODAY, (CM,), 5)]


def test_words_no_title_holds_do_not_empty_the_answer(book: CodeBook) -> None:
    assert first(book, "pneumonia xyzzyx") == "J18.9"
    assert book.search("xyzzyx qwvvw", TODAY, (CM, PCS)) == ()


def test_no_default_names_the_other_side(book: CodeBook) -> None:
    wrong: list[tuple[str, str]] = []
    for system, phrase, bare in default_terms():
        title = book.look_up(Code.parse(CodeSystem(system), bare), TODAY).title.lower().split()
        for side, other in (("left", "right"), ("right", "left")):
            if side in phrase.lower().split() and other in title and side not in title:
                wrong.append((bare, phrase))
    assert wrong == []


def test_every_everyday_term_finds_something(book: CodeBook) -> None:
    lost = [
        (system, phrase)
        for system, phrase, _, meaning in synonym_rows()
        if meaning and not book.search(phrase, TODAY, (CodeSystem(system),), 1)
    ]
    assert lost == []


def test_anatomy_is_known_by_the_names_of_the_procedure_index(book: CodeBook) -> None:
    assert "Vocal Cord" in book.search("excision vocal fold", TODAY, (PCS,), 1)[0].title


def test_code_shaped_input_walks_the_code_and_says_what_is_billable(book: CodeBook) -> None:
    found = book.search("i50.3", TODAY, (CM,), 10)
    assert [str(m.code) for m in found] == ["I50.3", "I50.30", "I50.31", "I50.32", "I50.33"]
    assert [m.billable for m in found] == [False, True, True, True, True]
    assert "0FT44ZZ" in [str(m.code) for m in book.search("0ft44", TODAY, (PCS,))]
    assert first(book, "t2dm") == "E11.9"


def test_a_retired_code_is_found_for_an_old_date_only(book: CodeBook) -> None:
    assert "I42.0" in [str(m.code) for m in book.search("dilated cardiomyopathy", date(2026, 9, 30), (CM,))]
    assert "I42.0" not in [str(m.code) for m in book.search("dilated cardiomyopathy", TODAY, (CM,))]


def test_the_answer_says_which_words_brought_it(book: CodeBook) -> None:
    found = next(m for m in book.search("cardiac asthma", TODAY, (CM,)) if str(m.code) == "I50.1")
    assert found.why == "inclusion term: Cardiac asthma"


def test_nothing_typed_finds_nothing(book: CodeBook) -> None:
    assert book.search("", TODAY) == ()
    assert book.search("  ?!", TODAY) == ()
    assert book.search('" OR * NEAR(', TODAY, (CM, PCS)) is not None


_TYPED = st.one_of(
    st.text(max_size=24),
    st.lists(
        st.sampled_from(
            [
                "chf",
                "acute",
                "left",
                "fx",
                "I50",
                "S72.0",
                "0FT",
                "g35",
                "dilated",
                "cardiomyopathy",
                "retired",
                "heart",
                "hip",
                "of",
                "initial",
                "42",
                "bmi",
                "stage",
                "3",
                "excision",
                "knee",
                "walker",
                "injection",
                "diabtes",
                "organic",
                "solvents",
                "sprain",
                "platelet",
                "arrhythmia",
                "lipodystrophy",
            ]
        ),
        max_size=6,
    ).map(" ".join),
)


@settings(max_examples=150, deadline=None)
@given(
    text=_TYPED,
    days=st.integers(0, 4_200),
    systems=st.lists(st.sampled_from([CM, PCS, HCPCS, CodeSystem.CPT]), min_size=1, max_size=3, unique=True),
)
def test_no_answer_is_ever_invalid_on_the_date_asked(text: str, days: int, systems: list[CodeSystem]) -> None:
    book = CodeBook.open(PACK if PACK.exists() else build(PACK))
    on = date(2015, 10, 1) + timedelta(days=days)
    found = book.search(text, on, systems, 40)
    assert len({m.code for m in found}) == len(found) <= 40
    for match in found:
        state = book.look_up(match.code, on).state
        assert state is (CodeState.VALID if match.billable else CodeState.HEADER)


@given(st.text(alphabet="abcdefghij", max_size=9), st.text(alphabet="abcdefghij", max_size=9))
def test_edit_distance_is_symmetric_and_zero_only_for_equals(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) is (one == other)
    assert distance(one, other) <= max(len(one), len(other))


@given(st.text(max_size=40))
def test_a_stem_begins_its_word(text: str) -> None:
    for word in words(text):
        assert word.startswith(stem(word))
        assert len(stem(word)) >= min(4, len(word))


def test_words_drop_apostrophes_accents_and_open_ranges() -> None:
    assert words("Alzheimer's & Sjögren syndrome") == ("alzheimers", "sjogren", "syndrome")
    assert "42" in range_numbers("Body mass index [BMI] 40.0-44.9, adult")
    assert skeleton("pneumonia") == skeleton("pnuemonia")


def test_short_words_and_numbers_are_never_mended(book: CodeBook) -> None:
    assert repair(book._reader.db, "xqz") is None
    assert repair(book._reader.db, "12345") is None
