"""What holds for every text: nothing known survives, nothing grows, nothing but identifiers changes."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.redaction.dictionaries import LEXICON
from workstation.domain.redaction.folding import folded
from workstation.domain.redaction.kinds import DateRule, Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.redactor import identifiers_in, redact

GIVEN = (
    "Thaddeus",
    "Marguerite",
    "Siobhan",
    "Ngozi",
    "José",
    "Anh-Thu",
    "Rose",
    "Mark",
    "Grace",
    "Wen",
    "Hope",
    "D'Andre",
)
FAMILY = (
    "Villaflor",
    "O'Halloran",
    "Okonjo-Reyes",
    "Nguyễn",
    "Brandvold",
    "Young",
    "Price",
    "Bishop",
    "Li",
    "de la Peña",
)
MIDDLE = ("", "Quentin", "T")
SENTENCES = (
    "Seen today: {}. Pain {}, strength 5/5.",
    "Per nursing, {} slept poorly; BP {}.",
    "HPI: the patient, {}, presents with dyspnea {}.",
    "Discussed with {} at length. EF {}.",
)
CLINICAL = ("2/10", "128/70", "55-60%", "3+/5", "L4-5", "x3", "1:320", "7.32/48/60")

names = st.tuples(st.sampled_from(GIVEN), st.sampled_from(MIDDLE), st.sampled_from(FAMILY))


def forms(given_name: str, middle: str, family: str) -> list[str]:
    """The forms in which docs/redaction.md says a known name is found, standing alone or among other words."""
    return [
        f"{given_name} {family}",
        f"{family}, {given_name}",
        f"{family.upper()}, {given_name.upper()}",
        f"{given_name.lower()} {family.lower()}",
        f"{given_name}\n{family}",
        f"{given_name} {middle[:1] or 'Q'}. {family}",
        f"{family}, {given_name} {middle[:1] or 'Q'}.",
        f"Mr. {family}",
        f"MS. {family.upper()}",
        f"{given_name[0]}. {family}",
        f"{family.upper()}^{given_name.upper()}",
        f"{given_name}\r\n    {family}",
        f"{given_name}\n> {family}",
    ]


def words(text: str) -> list[str]:
    return [folded(word) for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)]


@given(names, st.integers(0, 12), st.sampled_from(SENTENCES), st.sampled_from(CLINICAL), st.sampled_from(list(Profile)))
@settings(max_examples=300, deadline=None)
def test_the_patients_name_survives_in_no_claimed_form(name, form, sentence, clinical, profile):
    given_name, middle, family = name
    known = Known(patient=(" ".join(part for part in name if part),))
    text = sentence.format(forms(given_name, middle, family)[form], clinical)
    redacted = redact(text, known, profile, LEXICON)
    left = words(redacted.text)
    gone = [folded(part) for part in family.split() if part not in ("de", "la")]
    assert not any(part in left for part in gone), redacted.text
    if form not in (7, 8, 9):
        assert folded(given_name) not in left, redacted.text
    assert clinical in redacted.text


ORDINARY = ("Rose", "Grace", "Hope", "Dean", "Faith", "Carol")
SAID_OF_SOMEBODY = (
    "{} reports no pain.", "{}'s pain is better.", "{} and husband agree.", "Called {} with results.", "Spoke with {}.",
    "Family says {} fell at home.", "Thank you for seeing {}.", "Ask {} to call.", "{} is sleeping.", "Goals per {}: home.",
)  # fmt: skip


@given(
    st.sampled_from(ORDINARY),
    st.sampled_from(SAID_OF_SOMEBODY),
    st.sampled_from([str, str.upper, str.lower]),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_known_name_that_is_also_a_word_goes_where_somebody_is_spoken_of(name, sentence, case, is_patient):
    full = f"{name} Tarkowski"
    known = Known(patient=(full,)) if is_patient else Known(patient=("Zebulon Ek",), relatives=(full,))
    text = case(
        f"Admitted for cough, doing well on antibiotics.\n{sentence.format(name)}\nContinue the plan as before."
    )
    assert folded(name) not in words(redact(text, known, Profile.QUERY, LEXICON).text)


@given(
    st.from_regex(r"[A-Z]?[1-9][0-9]{6,8}", fullmatch=True),
    st.sampled_from(["{}", "MRN: {}", "(#{})", "record {} of", "MRN\n{}", "mrn {}"]),
    st.sampled_from(["", "-", " ", "."]),
    st.sampled_from(list(Profile)),
)
@settings(max_examples=200, deadline=None)
def test_a_known_number_survives_in_no_punctuation(number, where, mark, profile):
    known = Known(numbers=((Identifier.MRN, number),))
    written = mark.join((number[:2], number[2:5], number[5:]))
    redacted = redact(f"Chart reviewed, {where.format(written)} on file. WBC 12.4.", known, profile, LEXICON)
    assert number not in re.sub(r"[^A-Za-z0-9]", "", redacted.text)
    assert "WBC 12.4" in redacted.text


DATES = (
    "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y", "%d%b%Y", "%d%b%y",
    "%m.%d.%Y", "%Y%m%d", "%B\n%d, %Y", "%d %b %y", "%b. %d, %Y",
)  # fmt: skip


@given(
    st.dates(date(1925, 1, 1), date(2025, 12, 31)),
    st.sampled_from(DATES),
    st.sampled_from(list(Profile)),
    st.sampled_from([str, str.upper, str.lower]),
)
@settings(max_examples=300, deadline=None)
def test_the_birth_date_survives_in_no_form_and_no_profile(born, form, profile, case):
    written = case(born.strftime(form))
    text = f"The patient ({written}) was seen. K 4.1, pain 3/10."
    redacted = redact(text, Known(birth_date=born), profile, LEXICON)
    assert written not in redacted.text
    assert "K 4.1, pain 3/10" in redacted.text


@given(st.dates(date(1990, 1, 1), date(2026, 12, 31)), st.sampled_from(DATES))
@settings(max_examples=200, deadline=None)
def test_a_clinical_date_goes_from_a_teaching_copy_and_stays_in_a_query(day, form):
    written = day.strftime(form)
    text = f"Transfused on {written} for Hgb 6.8."
    assert written not in redact(text, Known(), Profile.TEACHING, LEXICON).text
    assert redact(text, Known(), Profile.QUERY, LEXICON).text == text


PIECES = st.one_of(
    st.sampled_from(
        [
            "Dr. Okafor", "Mr. Villaflor", "wife Rose", "MRN 7740912", "(415) 555-0132", "03/04/2026", "St. Odile Hospital",
            "BP 128/70", "pain 2/10", "Murphy sign", "Crohn disease", "May need BiPAP.", "Lasix 40 mg", "aged 94",
            "88 Linden Street, Reno, NV 89501", "jane@example.org", "https://portal.example.org/x", "\n", "  ", ":", "(", ")",
            ",", "[NAME]", "[DATE 2026]", "x3", "Discharged", "she", "works at Korbel Dairy", "SSN 418-07-7712", "Rose",
            "Hope", "L4-5", "|", "^",
        ]
    ),
    st.text(alphabet="abcdeRS019 .,-/:'\n", max_size=12),
)  # fmt: skip
texts = st.lists(PIECES, max_size=14).map(" ".join)
KNOWN = Known(
    patient=("Rose Marguerite Villaflor",),
    relatives=("Hope Villaflor",),
    providers=("Chidi Okafor",),
    facilities=("St. Odile Hospital",),
    numbers=((Identifier.MRN, "7740912"),),
    birth_date=date(1957, 3, 4),
    encounter_dates=(date(2026, 3, 1), date(2026, 3, 6)),
)


@given(texts, st.sampled_from(list(Profile)), st.sampled_from([DateRule(), DateRule(-17)]))
@settings(max_examples=300, deadline=None)
def test_a_redacted_text_is_its_source_apart_from_placeholders(text, profile, rule):
    redacted = redact(text, KNOWN, profile, LEXICON, rule)
    rebuilt, at = [], 0
    for removal in redacted.removals:
        assert at <= removal.start < removal.end <= len(text)
        assert removal.why
        assert re.fullmatch(r"\[[A-Z]+(?: [^\]]+)?\]", removal.shown)
        rebuilt += [text[at : removal.start], removal.shown]
        at = removal.end
    assert "".join((*rebuilt, text[at:])) == redacted.text
    for doubt in redacted.unsure:
        assert text[doubt.start : doubt.end].strip()
        assert not any(doubt.start < one.end and one.start < doubt.end for one in redacted.removals)


@given(texts, st.sampled_from(list(Profile)))
@settings(max_examples=300, deadline=None)
def test_a_known_identifier_is_never_left_behind_in_a_redacted_text(text, profile):
    redacted = redact(text, KNOWN, profile, LEXICON)
    assert identifiers_in(redacted.text, KNOWN) == ()


@given(texts, st.sampled_from(list(Profile)))
@settings(max_examples=100, deadline=None)
def test_placeholders_are_never_taken_for_identifiers(text, profile):
    redacted = redact(text, KNOWN, profile, LEXICON)
    again = redact(redacted.text, KNOWN, profile, LEXICON)
    for match in re.finditer(r"\[[A-Z]+(?: [^\]\n]+)?\]", redacted.text):
        assert not any(one.start < match.end() and match.start() < one.end for one in again.removals)


@given(texts, st.sampled_from(list(Profile)))
@settings(max_examples=100, deadline=None)
def test_the_same_text_is_always_redacted_the_same(text, profile):
    assert redact(text, KNOWN, profile, LEXICON) == redact(text, KNOWN, profile, LEXICON)


@given(texts)
@settings(max_examples=100, deadline=None)
def test_what_the_coder_adds_goes_and_what_is_known_never_comes_back(text):
    everything = [(0, len(text))] if text else []
    assert re.fullmatch(r"(\[[A-Z]+\])?", redact(text, KNOWN, Profile.QUERY, LEXICON, also=everything).text)
    allowed = redact(text, KNOWN, Profile.QUERY, LEXICON, but_not=everything)
    assert identifiers_in(allowed.text, KNOWN) == ()
    assert allowed.unsure == ()
