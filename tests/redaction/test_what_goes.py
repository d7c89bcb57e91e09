"""One example and more of each kind that identifies someone, in the forms charts are written in."""

from __future__ import annotations

from datetime import date

import pytest

from tests.redaction.dictionaries import LEXICON
from workstation.domain.redaction.kinds import DateRule, Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.place_words import RESTRICTED_ZIP3
from workstation.domain.redaction.redactor import identifiers_in, in_own_words, redact

KNOWN = Known(
    patient=("Winifred Abigail Brandt",),
    relatives=("Ignacio Brandt",),
    providers=("Tobias Abernathy",),
    facilities=("Quarry Heights Medical Center",),
    addresses=("41 Osprey Lane",),
    cities=("Flint",),
    zips=("36602-1144",),
    phones=("(251) 555-0142",),
    emails=("winnie@example.org",),
    numbers=((Identifier.MRN, "E4471882"), (Identifier.ACCOUNT, "00981273")),
    birth_date=date(1958, 4, 9),
    encounter_dates=(date(2026, 5, 4), date(2026, 5, 9)),
)


def teaching(text: str, known: Known = KNOWN) -> str:
    return redact(text, known, Profile.TEACHING, LEXICON).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the patient, told by the demographics
        ("Seen with Winnie today.", "Seen with [NAME] today."),
        ("Ms. Brandt slept.", "Ms. [NAME] slept."),
        ("BRANDT, WINIFRED A. is here.", "[NAME]. is here."),
        ("pt W. Brandt is well", "pt [NAME] is well"),
        ("Signed,\nW.A.B.\n", "Signed,\n[NAME].\n"),
        ("Wini-\nfred was seen.", "[NAME] was seen."),
        ("W1nifred Brondt seen", "[NAME] seen"),
        # relatives
        ("His wife Ottoline came.", "His wife [RELATIVE] came."),
        ("Ifeoma Bright (daughter) is aware.", "[RELATIVE] (daughter) is aware."),
        ("née Wexford, widowed", "née [RELATIVE], widowed"),
        # providers
        ("Paged Dr. Vandersloot twice.", "Paged Dr. [PROVIDER] twice."),
        ("Seen by K. Oyelowo.", "Seen by [PROVIDER]."),
        ("Report from Marianne Quist, RN.", "Report from [PROVIDER], RN."),
        ("Attending: Bishop, Ann", "Attending: [PROVIDER]"),
        # places
        ("Transferred to Cedar Grove Hospital.", "Transferred to [FACILITY]."),
        ("Back to QHMC ED", "Back to [FACILITY] ED"),
        ("Works at Larkin & Sons Roofing.", "Works at [EMPLOYER]."),
        ("Retired from the Amberley paper mill.", "Retired from the [EMPLOYER]."),
        ("Lives at 12 Birch Street, Apt 3, Toledo, OH 43604.", "Lives at [ADDRESS], [CITY], OH [ZIP 436]."),
        ("Mail to PO Box 74.", "Mail to [ADDRESS]."),
        ("She lives in Flint with a cat.", "She lives in [CITY] with a cat."),
        # dates
        ("Fell on 3/14.", "Fell on [DATE]."),
        ("Admitted 03/14/2026.", "Admitted [DATE 2026]."),
        ("Since August he limps.", "Since [DATE] he limps."),
        ("dictated january the fifth twenty twenty six", "dictated [DATE]"),
        ("Seen over Christmas.", "Seen over [DATE]."),
        # ages over 89
        ("A 94-year-old man.", "A [AGE 90 or older]-year-old man."),
        ("AGE: 101", "AGE: [AGE 90 or older]"),
        # numbers
        ("Call 415-555-0163.", "Call [PHONE]."),
        ("Fax: (415) 555-0164", "Fax: [FAX]"),
        ("SSN 418-07-7712", "SSN [SSN]"),
        ("MR# 55-81-02", "MR# [MRN]"),
        ("Medicare 1EG4-TE5-MK73", "Medicare [PLAN]"),
        ("Acct 9913342", "Acct [ACCOUNT]"),
        ("NPI 1740299387", "NPI [LICENSE]"),
        ("plate 7KPD402", "plate [VEHICLE]"),
        ("VIN 1HGCM82633A004352", "VIN [VEHICLE]"),
        ("pacemaker S/N PJN448812H", "pacemaker S/N [DEVICE]"),
        ("accession SP-26-4471", "accession [ID]"),
        ("write to ann.lee@example.net", "write to [EMAIL]"),
        ("see https://portal.example.org/p/7", "see [URL]"),
        ("from 10.44.7.201", "from [IP]"),
        ("fingerprint FP-1290-77R", "fingerprint [BIOMETRIC]"),
        ("photo heel_left.jpg", "photo [PHOTO]"),
        ("PID|1||44718^^^QH||LEE^ANN||19600101|F", "PID|1||[MRN]^^^[FACILITY]||[NAME]^[NAME]||[DATE 1960]|F"),
    ],
)
def test_it_goes_and_all_around_it_stays(text: str, expected: str) -> None:
    assert teaching(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Murphy sign positive, Babinski down, Foley placed, Hickman removed.",
        "Crohn disease, Parkinson disease, Graves ophthalmopathy, Hashimoto thyroiditis.",
        "Strength 5/5, pain 2/10, murmur 3/6, apgar 8/9, L4-5, 6-8 wk, 1:320, EF 55-60%.",
        "BP 128/70, ABG 7.32/48/60, Na 131, WBC 18.4, plt 98, 50,000 IU, 250 mL/h.",
        "Takes Allegra, Jardiance, Yaz, Mirena, Lasix 40, Coumadin 2.5/5 mg.",
        "He is 89 years old; a 12-day-old; quit smoking in 1998; stage 4; NYHA III; grade 2/6.",
        "May need BiPAP. Will follow. Frank hematuria. Mark the site. Hope to discharge.",
        "ICD-10 I50.33, CPT 99223, LOINC 2345-7, NDC 0074-3041-13, rs429358, c.5946delT.",
        "Hepatitis B. Long-term therapy. Vitamin D. Follow-up labs. Lead V. Well-healed scar.",
        "POD 2 from laparoscopic cholecystectomy; CT abdomen; x3 doses q8h.",
    ],
)
def test_clinical_words_stay(text: str) -> None:
    assert teaching(text) == text


def test_a_name_that_is_a_word_goes_only_where_a_person_is_meant() -> None:
    known = Known(patient=("Grace May",), relatives=("Mark May",))
    text = "Grace walked. May need a walker; GRACE score 142. Mark of the needle. Ms. May and son Mark agree."
    redacted = redact(text, known, Profile.TEACHING, LEXICON).text
    assert redacted == (
        "[NAME] walked. May need a walker; GRACE score 142. Mark of the needle. Ms. [NAME] and son [RELATIVE] agree."
    )


def test_a_query_keeps_clinical_dates_and_ages_and_loses_the_birth_date() -> None:
    text = "DOB 4/9/1958. On 5/6 and 05/07/2026 Hgb fell; 94 y/o father well. Ms. Brandt bled."
    assert redact(text, KNOWN, Profile.QUERY, LEXICON).text == (
        "DOB [DATE]. On 5/6 and 05/07/2026 Hgb fell; 94 y/o father well. Ms. [NAME] bled."
    )


def test_dates_move_by_the_callers_days_all_alike() -> None:
    text = "Admitted 03/01/2026, discharged March 6, 2026, seen 3/9."
    shifted = redact(text, Known(), Profile.TEACHING, LEXICON, DateRule(-10))
    assert shifted.text == "Admitted [DATE 2026-02-19], discharged [DATE 2026-02-24], seen [DATE]."


def test_no_year_tells_that_someone_is_over_89() -> None:
    known = Known(birth_date=date(1932, 2, 3), encounter_dates=(date(2026, 5, 4),))
    assert teaching("Born 2/3/1932, married in 1955. Came 1932.", known) == "Born [DATE], married in 1955. Came [DATE]."


@pytest.mark.parametrize("prefix", sorted(RESTRICTED_ZIP3))
def test_a_small_zip_area_becomes_noughts(prefix: str) -> None:
    assert teaching(f"Lives in Reno, NV {prefix}12.") == "Lives in [CITY], NV [ZIP 000]."


def test_there_are_seventeen_small_zip_areas() -> None:
    assert len(RESTRICTED_ZIP3) == 17


def test_each_removal_says_why_in_a_short_sentence() -> None:
    text = "Ms. Brandt, MRN E4471882, saw Dr. Vandersloot on 5/6/2026."
    said = {text[one.start : one.end]: one.why for one in redact(text, KNOWN, Profile.TEACHING, LEXICON).removals}
    assert said == {
        "Brandt": "the patient's name",
        "E4471882": "this patient's number",
        "Vandersloot": "follows “Dr”",
        "5/6/2026": "a date",
    }


def test_a_doubt_the_coder_clears_stays_cleared_and_a_known_name_does_not() -> None:
    text = "Cleaned the Zorblax before closing. Ms. Brandt agreed."
    doubt = redact(text, KNOWN, Profile.QUERY, LEXICON).unsure[0]
    assert text[doubt.start : doubt.end] == "Zorblax"
    cleared = redact(text, KNOWN, Profile.QUERY, LEXICON, but_not=((doubt.start, doubt.end), (0, len(text))))
    assert cleared.unsure == ()
    assert cleared.text == "Cleaned the Zorblax before closing. Ms. [NAME] agreed."


def test_what_the_coder_marks_goes_too() -> None:
    text = "The man with the blue parrot."
    assert redact(text, Known(), Profile.QUERY, LEXICON, also=((17, 28),)).text == "The man with the [REMOVED]."


def test_while_typing_only_this_patients_identifiers_are_pointed_at() -> None:
    text = "Winnie and Dr. Vandersloot, E4471882, 251.555.0142, 4/9/58, Quarry Heights, 41 Osprey Lane"
    found = [text[one.start : one.end] for one in identifiers_in(text, KNOWN)]
    assert found == ["Winnie", "E4471882", "251.555.0142", "4/9/58", "Quarry Heights", "41 Osprey Lane"]


@pytest.mark.parametrize(
    "mark", ["\u00ad", "\u0301", "\u200b", "\u200d", "\u200f", "\u202e", "\u2060", "\ufeff", "\u200b\u200b"]
)
def test_a_mark_nobody_sees_hides_no_name(mark: str) -> None:
    text = f"Mr. Br{mark}andt was seen."
    assert redact(text, KNOWN, Profile.QUERY, LEXICON).text == "Mr. [NAME] was seen."
    assert [text[one.start : one.end] for one in identifiers_in(text, KNOWN)] == [f"Br{mark}andt"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Winnie was short of breath.", ["Winnie"]),
        ("The wife can be called at 415-555-0163 or ann.otis@mail.example.", ["415-555-0163", "ann.otis@mail.example"]),
        ("Compare with SSN 418-07-7712.", ["418-07-7712"]),
        ("Mr. Ostrander in the next bed has it too.", ["Ostrander"]),
        ("Dr. Vandersloot, can the heart failure be specified further?", []),
        ("Per Coding Clinic, may the type of heart failure be specified?", []),
        ("Potassium 2.9 mmol/L on 5/6/2026; can a diagnosis be documented?", []),
    ],
)
def test_a_coders_own_words_name_no_other_person_either(text: str, found: list[str]) -> None:
    surely, _ = in_own_words(text, KNOWN, LEXICON)
    assert [text[start:end] for start, end in surely] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rose: is there a diagnosis behind the hypoxia?", ["Rose"]),
        ("Is Crohn's sepsis due to the wound?", ["Crohn"]),
        ("Can crohn sit up?", ["crohn"]),
        ("The Crohn-Hale family asks.", ["Crohn-Hale"]),
        ("The creatinine rose to 2.4.", []),
    ],
)
def test_a_patients_name_that_is_a_word_is_asked_about_in_own_words(text: str, found: list[str]) -> None:
    surely, perhaps = in_own_words(text, Known(patient=("Rose Crohn",)), LEXICON)
    assert sorted(text[start:end] for start, end in (*surely, *perhaps)) == found


def test_a_number_of_the_patient_is_known_without_its_noughts_and_strokes() -> None:
    whose = Known(numbers=((Identifier.MRN, "00518843"),), birth_date=date(1958, 4, 9))
    text = "See 518843, born 04091958, potassium 2.9."
    surely, _ = in_own_words(text, whose, LEXICON)
    assert [text[start:end] for start, end in surely] == ["518843", "04091958"]
