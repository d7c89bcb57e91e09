"""In the practice charts: what the answer key codes without a query is documented, and what it needs a query for is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workstation.codebook.diagnosis_terms import DiagnosisTrie, OwnWords
from workstation.domain.encounter import (
    Document,
    DocumentId,
    Encounter,
    EncounterClass,
    EncounterId,
    Patient,
    PatientId,
    TaskId,
)
from workstation.domain.mirror import may_diagnose
from workstation.domain.queries.diagnoses import Basis, documented
from workstation.practice.charts import Chart, document_name, load_charts

# Findings, statuses and circumstances are not diagnoses; neither are cuts, which a note tells in other words.
_LEFT_OUT = ("Z", "V", "W", "X", "Y", "R", "O", "S61")


@pytest.fixture(scope="session")
def practice() -> tuple[Chart, ...]:
    return load_charts()


def families(chart: Chart, terms: DiagnosisTrie) -> frozenset[str]:
    """Of what providers documented, by their plain text notes."""
    kind = EncounterClass(chart.encounter["class"])
    credentials = {each["id"]: each["credential"] for each in chart.providers}
    documents, texts = [], {}
    for each in chart.documents:
        if each["media"] != "text/plain" or "file" not in each:
            continue
        name = DocumentId(document_name(each))
        texts[name] = chart.contents[name].decode()
        documents.append(
            Document(
                name, EncounterId("stay"), "1", each["type"], each["title"], each["title"], each["author"],
                may_diagnose(credentials.get(each["author"], ""), each["type"], kind), None, "text/plain", 1, "final",
            )
        )  # fmt: skip
    stay = Encounter(
        EncounterId("stay"), TaskId("task"), "1", Patient(PatientId("p"), "Example", (), "unknown", None, "1"), kind,
        None, None, "", "", "", "", "", "", False, documents=tuple(documents),
    )  # fmt: skip
    return frozenset(each.family for each in documented(stay, texts, terms) if each.basis is Basis.PROVIDER)


def coded(chart: Chart) -> Iterator[tuple[str, bool]]:
    """Each diagnosis of the key, and whether it needs a query first."""
    principal = chart.key.get("principal") or chart.key.get("first_listed")
    if isinstance(principal, str):
        yield principal, False
    for each in chart.key.get("secondary", ()):
        yield each["code"], bool(each.get("query"))


def test_what_is_coded_from_the_notes_is_documented(practice: tuple[Chart, ...], terms: DiagnosisTrie) -> None:
    own, missed, seen = OwnWords.read(), [], 0
    for chart in practice:
        known = families(chart, terms)
        for code, needs_query in coded(chart):
            if needs_query or code.startswith(_LEFT_OUT):
                continue
            seen += 1
            if own.family(code.replace(".", "")) not in known:
                missed.append((chart.slug, code))
    assert seen >= 50
    assert missed == []


def test_what_a_query_must_ask_for_is_not_documented(practice: tuple[Chart, ...], terms: DiagnosisTrie) -> None:
    own = OwnWords.read()
    asked = {
        (chart.slug, code): own.family(code.replace(".", "")) in families(chart, terms)
        for chart in practice
        for code, needs_query in coded(chart)
        if needs_query
    }
    new = [name for name, there in asked.items() if not there]
    assert {("hf-ckd-hypoxia", "J96.01"), ("sepsis-e-coli-uti", "G93.41"), ("dka-type-1", "N17.9")} <= set(new)
    # The others ask for detail of what is there: its type, its stage, its cause.
    assert len(new) >= 7


def test_what_is_of_the_family_or_ruled_out_is_not_documented(
    practice: tuple[Chart, ...], terms: DiagnosisTrie
) -> None:
    chart = next(each for each in practice if each.slug == "hf-ckd-hypoxia")
    assert not {"COPD", "stroke", "myocardial infarction", "C34", "pneumonia", "venous thromboembolism"} & families(
        chart, terms
    )
