"""What a chart's own structure tells of the patient, and the dictionary that is read beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from tests.redaction.dictionaries import PACK
from workstation.codebook.lexicon import read_lexicon
from workstation.domain.encounter import (
    Encounter,
    EncounterClass,
    EncounterId,
    Patient,
    PatientId,
    Provider,
    ProviderId,
    TaskId,
)
from workstation.domain.redaction.kinds import Identifier, Profile
from workstation.domain.redaction.known import known_of
from workstation.domain.redaction.redactor import redact

PATIENT = Patient(
    PatientId("p1"),
    "Villaflor",
    ("Rosalind", "Ann"),
    "female",
    date(1957, 3, 4),
    "E4471882",
    phones=("(415) 555-0132", "rosalind@example.org"),
    addresses=("12 Birch Street, Apt 3, Toledo, OH 43604", "PO Box 9, Reno NV 89501-2210"),
    relatives=("Ignatius Villaflor, husband, 415-555-0177", "Ottoline Brandvold"),
)
ENCOUNTER = Encounter(
    EncounterId("enc-1"),
    TaskId("t1"),
    "A-0098123",
    PATIENT,
    EncounterClass.INPATIENT,
    datetime(2026, 5, 4, 7, tzinfo=UTC),
    datetime(2026, 5, 9, 12, tzinfo=UTC),
    "",
    "01",
    "Quarry Heights Medical Center",
    "",
    "",
    "",
    False,
    providers=(Provider(ProviderId("d1"), "Chidi Okafor", "MD", "attending"),),
)


def test_the_chart_tells_who_to_look_for() -> None:
    known = known_of(ENCOUNTER, ("Soren Lindgaard",))
    assert known.patient == ("Rosalind Ann Villaflor",)
    assert known.relatives == ("Ignatius Villaflor", "Ottoline Brandvold")
    assert known.providers == ("Chidi Okafor", "Soren Lindgaard")
    assert known.addresses == ("12 Birch Street", "Apt 3", "PO Box 9")
    assert known.cities == ("Toledo", "Reno")
    assert known.zips == ("43604", "89501-2210")
    assert known.phones == ("(415) 555-0132", "415-555-0177")
    assert known.emails == ("rosalind@example.org",)
    assert (Identifier.MRN, "E4471882") in known.numbers
    assert (Identifier.ACCOUNT, "A-0098123") in known.numbers
    assert known.encounter_dates == (date(2026, 5, 4), date(2026, 5, 9))


def test_all_of_it_goes_from_a_query() -> None:
    text = (
        "Rosalind Villaflor (E4471882, acct A0098123) of Quarry Heights, 12 Birch Street, Toledo; Ignatius at 4155550177; "
        "b. 3/4/57; Dr. Okafor: Na 121 on 5/6."
    )
    assert redact(text, known_of(ENCOUNTER), Profile.QUERY, read_lexicon(PACK)).text == (
        "[NAME] ([MRN], acct [ACCOUNT]) of [FACILITY], [ADDRESS], [CITY]; [RELATIVE] at [PHONE]; b. [DATE]; "
        "Dr. [PROVIDER]: Na 121 on 5/6."
    )


def test_the_dictionary_knows_names_words_and_medicine() -> None:
    lexicon = read_lexicon(PACK)
    assert {"margaret", "aaliyah"} <= lexicon.given
    assert {"okonkwo", "smith"} & lexicon.surnames
    assert "therefore" in lexicon.words
    assert "cholecystitis" in lexicon.clinical
    assert not lexicon.is_word("brandvold")


def test_without_a_pack_the_lists_of_the_repository_serve(tmp_path: Path) -> None:
    lexicon = read_lexicon(tmp_path / "none.db")
    assert lexicon.clinical == frozenset()
    assert "margaret" in lexicon.given
