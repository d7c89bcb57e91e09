"""Diagnoses are recognised in running text, told from findings and devices, and counted only where a provider states them."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queries.corpus import context, encounter
from workstation.codebook.diagnosis_terms import DiagnosisTrie
from workstation.domain.encounter import DocumentId
from workstation.domain.queries.diagnoses import Basis, documented
from workstation.domain.queries.standing import Standing, standing


def families(terms: DiagnosisTrie, text: str) -> set[str]:
    return {each.family for each in terms.mentions(text)}


@pytest.mark.parametrize(
    "names",
    [
        ("acute kidney injury", "AKI", "acute renal failure", "acute kidney failure", "ATN"),
        ("CHF", "heart failure", "HFpEF", "acute on chronic systolic heart failure", "decompensated CHF", "HFrEF"),
        ("pneumonia", "PNA", "aspiration pneumonia", "community-acquired pneumonia", "pneumonias"),
        ("COPD", "chronic obstructive pulmonary disease", "AECOPD", "emphysema"),
        ("DM2", "type 2 diabetes mellitus", "T2DM", "diabetic", "Type II diabetes"),
        ("UTI", "urinary tract infection", "CAUTI", "pyelonephritis", "UTIs"),
        ("acute respiratory failure", "acute hypoxic respiratory failure", "respiratory failure"),
        ("acute blood loss anemia", "anemia", "anaemia", "iron deficiency anemia"),
        ("pressure ulcer", "pressure injury", "decubitus ulcer"),
        ("metabolic encephalopathy", "toxic encephalopathy", "encephalopathy"),
        ("severe protein-calorie malnutrition", "malnutrition", "moderate malnutrition"),
        ("myocardial infarction", "NSTEMI", "heart attack", "type 2 MI"),
        ("morbid obesity", "obese", "class 3 obesity"),
    ],
)
def test_names_of_one_disease_are_one_family(terms: DiagnosisTrie, names: tuple[str, ...]) -> None:
    found = [families(terms, name) for name in names]
    assert found == [found[0]] * len(names)
    assert len(found[0]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine 2.4, fever, cough and leukocytosis.",
        "Foley catheter, Swan-Ganz catheter, Hickman line, pacemaker in place.",
        "Left lower lobe, right breast, aortic arch and cerebral hemisphere.",
        "All were awake; the PT walked with him in the hall at 2 L of oxygen.",
        "ECG with ST depression. Adhesive tape allergy. RA sat 92 %. PE: lungs clear.",
        "The patient had chest pain, shortness of breath, edema and hypoxia.",
        "The heart, the kidney and the lung were seen.",
        "Mr. Pruitt and Ms. Lee use a hearing aid now, for ten days; grave news, hit his head.",
        "A sacral wound with drainage, 1 PPD smoker, cup of tea at the bedside.",
    ],
)
def test_findings_places_devices_and_words_are_no_diagnoses(terms: DiagnosisTrie, text: str) -> None:
    assert terms.mentions(text) == ()


def test_a_mention_says_where_it_stands(terms: DiagnosisTrie) -> None:
    text = "He has ACUTE\n  KIDNEY injury, and CHF."
    first, second = terms.mentions(text)
    assert text[first.start : first.end] == "ACUTE\n  KIDNEY injury"
    assert first.term == "ACUTE KIDNEY injury"
    assert text[second.start : second.end] == "CHF"


def test_a_comma_or_a_sentence_parts_two_diseases(terms: DiagnosisTrie) -> None:
    assert families(terms, "hypertension, heart failure") == {"hypertension", "heart failure"}
    assert families(terms, "Acute. Kidney injury precautions") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CHF exacerbation.", Standing.STATED),
        ("Acute kidney injury, resolved.", Standing.STATED),
        ("No evidence of pneumonia.", Standing.RULED_OUT),
        ("He denies chest pain, syncope or asthma.", Standing.RULED_OUT),
        ("Negative for pulmonary embolism.", Standing.RULED_OUT),
        ("Sepsis was ruled out.", Standing.RULED_OUT),
        ("No fever, night sweats, cough, or pneumonia.", Standing.RULED_OUT),
        ("Ruled out: stroke, pneumonia", Standing.RULED_OUT),
        ("Influenza and RSV were negative.", Standing.RULED_OUT),
        ("Possible pneumonia.", Standing.UNCERTAIN),
        ("Pneumonia? Will follow.", Standing.UNCERTAIN),
        ("Rule out sepsis.", Standing.UNCERTAIN),
        ("Asthma versus COPD.", Standing.UNCERTAIN),
        ("DVT prophylaxis with heparin.", Standing.UNCERTAIN),
        ("Sepsis was considered on arrival.", Standing.UNCERTAIN),
        ("Family history of stroke.", Standing.FAMILY),
        ("Mother had diabetes.", Standing.FAMILY),
        ("History of pneumonia in 2019.", Standing.HISTORY),
        ("No chest pain today. Pneumonia improving.", Standing.STATED),
        ("No fever but pneumonia on the film.", Standing.STATED),
    ],
)
def test_what_a_writer_says_of_a_diagnosis(terms: DiagnosisTrie, text: str, expected: Standing) -> None:
    for each in terms.mentions(text):
        assert standing(text, each) is expected


def test_only_a_providers_words_are_documentation(terms: DiagnosisTrie) -> None:
    found = {(each.family, each.basis) for each in context("heart", terms).documented}
    assert ("heart failure", Basis.PROVIDER) in found
    assert ("I27", Basis.PROVIDER) not in found
    assert ("pulmonary hypertension", Basis.REPORT) in found  # the echocardiogram's reader
    named = {family for family, _ in found}
    assert "malnutrition" not in named  # the dietitian's
    assert "pressure injury" not in named  # the nurse's
    assert not {"pneumonia", "venous thromboembolism", "stroke", "C34"} & named  # possible, none, the family's


def test_another_encounter_documents_nothing_here(terms: DiagnosisTrie) -> None:
    stay = encounter("heart")
    others = tuple(replace(each, encounter_id=stay.documents[-1].encounter_id) for each in stay.documents)
    texts = {each.id: "Heart failure." for each in others}
    assert documented(replace(stay, documents=others), texts, terms) == ()


def test_what_is_documented_says_where(terms: DiagnosisTrie) -> None:
    told = context("sepsis", terms)
    first = next(each for each in told.documented if each.family == "sepsis")
    assert told.texts[first.document_id][first.start : first.end] == "Sepsis"
    assert first.document_id == DocumentId("hp")


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    terms = DiagnosisTrie([("heart failure", "heart failure"), ("aki", "kidney injury")])
    found = terms.mentions(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(isinstance(standing(text, each), Standing) for each in found)


@settings(max_examples=5, deadline=None)
@given(st.sampled_from(["acute on chronic ", "no (heart ", "CHF, no CHF; ", "\n \n- ", "history of of of "]))
def test_reading_stays_linear(terms: DiagnosisTrie, piece: str) -> None:
    def seconds(times: int) -> float:
        text = piece * times
        begun = time.perf_counter()
        for each in terms.mentions(text):
            standing(text, each)
        return time.perf_counter() - begun

    seconds(100)
    # Forty times the text: 40 when linear, 1600 when quadratic; the machine may be busy.
    assert min(seconds(8000) for _ in range(3)) < 300 * max(min(seconds(200) for _ in range(3)), 0.0005)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("heart failure", set()),
        ("acute on chronic diastolic heart failure", {"acute", "chronic", "diastolic"}),
        ("CHF exacerbation", {"acute"}),
        ("severe acute pancreatitis", {"severe", "acute"}),
        ("stage 3 pressure injury", {"stage 3"}),
        ("chronic kidney disease stage 3b", {"chronic", "stage 3b"}),
        ("acute or chronic osteomyelitis", set()),
        ("severe. Pneumonia", set()),
        ("AKI", {"acute"}),
    ],
)
def test_acuity_severity_type_and_stage_are_read_with_the_name(terms: DiagnosisTrie, text: str, said: set[str]) -> None:
    (found,) = terms.mentions(text)
    assert found.qualifiers == said


def test_what_several_notes_say_of_a_disease_adds_up(terms: DiagnosisTrie) -> None:
    heart = next(each for each in context("heart", terms).documented if each.family == "heart failure")
    assert {"acute", "diastolic"} <= heart.qualifiers
    assert "systolic" not in heart.qualifiers
