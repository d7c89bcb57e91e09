"""Chart folders become sound FHIR R4, always the same, and a mistake in one is named where it stands."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fhirkit
import pytest

from tests.practice.builders import chart_folder
from workstation.fhir.charts import ChartParts, chart
from workstation.practice.chart_resources import resources
from workstation.practice.charts import CHARTS, BadChart, load_chart, load_charts
from workstation.practice.flowsheet import flowsheet
from workstation.practice.seed import seed
from workstation.practice.store import Store
from workstation.practice.validate import sound

REAL = sorted(path.parent for path in CHARTS.glob("*/chart.toml"))


def of(kind: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [resource for resource in found if resource["resourceType"] == kind]


@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_every_shipped_chart_is_sound_fhir_by_two_judges(folder: Path) -> None:
    found = list(resources(load_chart(folder)))
    names = {(resource["resourceType"], resource["id"]) for resource in found}
    assert len(names) == len(found) - duplicates_of_staff(found)
    for resource in found:
        sound(resource)
        assert [issue for issue in fhirkit.validate(json.dumps(resource)) if is_error(issue)] == []


def duplicates_of_staff(found: list[dict[str, Any]]) -> int:
    staff = [resource["id"] for resource in of("Practitioner", found)]
    return len(staff) - len(set(staff))


def is_error(issue: object) -> bool:
    return "error" in repr(issue) or "fatal" in repr(issue)


def test_what_the_hospital_seeds_is_sound_by_two_judges(tmp_path: Path) -> None:
    store = Store(tmp_path / "practice.db", lambda: datetime.now(UTC))
    try:
        chart_folder(tmp_path / "charts", "one")
        seed(store, load_charts(tmp_path / "charts"), datetime.now(UTC))
        for kind in ("Organization", "Practitioner", "PractitionerRole", "Basic", "Task"):
            held = store.find(kind)
            assert held, kind
            for one in held:
                sound(one.body)
                assert [i for i in fhirkit.validate(json.dumps(one.body)) if is_error(i)] == []
    finally:
        store.close()


def test_a_chart_reads_back_as_the_workstation_sees_it(tmp_path: Path) -> None:
    found = list(resources(load_chart(chart_folder(tmp_path, "one"))))
    [encounter] = of("Encounter", found)
    parts = ChartParts(encounter, "task")  # type: ignore[arg-type]
    parts.others = {f"{r['resourceType']}/{r['id']}": r for r in found}
    parts.documents = of("DocumentReference", found)
    parts.observations = of("Observation", found)
    parts.requests = of("MedicationRequest", found)
    parts.administrations = of("MedicationAdministration", found)
    parts.conditions = of("Condition", found)
    parts.coverages = of("Coverage", found)
    seen = chart(parts).encounter
    assert (seen.patient.family, seen.patient.mrn, seen.account_number) == ("Example", "000001", "261109001")
    assert seen.admitting_diagnosis.startswith("R06.02")
    assert [(r.name, r.value, r.unit, r.flag, r.panel) for r in seen.labs] == [
        ("Blood culture", "No growth", "", "", ""),
        ("Creatinine", "1.9", "mg/dL", "H", "Basic metabolic panel"),
    ]
    assert [(r.name, r.value) for r in seen.vitals] == [("Oxygen saturation", "84")]
    [drug] = seen.medications
    assert (drug.name, drug.dose, drug.route, drug.frequency, len(drug.given_at)) == (
        *("Furosemide", "40 mg", "IV", "twice daily"),
        2,
    )
    assert [(p.text, p.onset) for p in seen.problems] == [("Heart failure", "2021")]
    first, addendum, sheet = seen.documents
    assert addendum.appends == first.id
    assert first.author == "Elena Ortiz, MD"
    assert first.author_is_provider
    assert sheet.size > 290_000
    assert seen.coverage == "Medicare Part A"
    assert [(p.role, p.name) for p in seen.providers] == [("attending", "Elena Ortiz")]


def test_a_documents_hash_and_size_are_those_of_its_bytes(tmp_path: Path) -> None:
    found = list(resources(load_chart(chart_folder(tmp_path, "one"))))
    binaries = {f"Binary/{b['id']}": base64.b64decode(b["data"]) for b in of("Binary", found)}
    for document in of("DocumentReference", found):
        place = document["content"][0]["attachment"]
        content = binaries[place["url"]]
        assert place["size"] == len(content)
        assert base64.b64decode(place["hash"]) == hashlib.sha1(content, usedforsecurity=False).digest()


def test_the_answer_key_is_in_no_resource() -> None:
    for folder in REAL:
        served = json.dumps(list(resources(load_chart(folder))))
        key = load_chart(folder).key
        assert str(key.get("principal_why", "\x00")) not in served
        assert key["principal"] not in served or key["principal"] == load_chart(folder).encounter["admitting_diagnosis"]


def test_a_flowsheet_is_long_timed_and_the_same_each_time(tmp_path: Path) -> None:
    found = load_chart(chart_folder(tmp_path, "one"))
    sheet = flowsheet(found)
    assert sheet == flowsheet(found)
    assert 295_000 < len(sheet) < 310_000
    lines = sheet.decode().splitlines()
    assert sum("SpO2" in line for line in lines) > 1_000
    assert sum(line.startswith("=== Day shift") for line in lines) >= 3
    assert max(map(len, lines)) < 160


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('coder = "dana" => coder = "ruth"', "coder: is none of dana, miguel"),
        ('sex = "female" => gender = "female"', "patient.gender: is not a known key"),
        ('mrn = "000001" => ', "patient.mrn: is missing"),
        ("start = 2026-11-09T14:20:00-05:00 => start = 2026-11-09T14:20:00", "encounter.start: has no time zone"),
        ("end = 2026-11-12T11:05:00-05:00 => end = 2026-11-09T11:05:00-05:00", "encounter.end: is not after"),
        ('admitting_diagnosis = "R06.02" => ', "admitting_diagnosis: is missing"),
        ('role = "attending" => role = "wizard"', "provider 1.role: is none of"),
        ('file = "01-hp.txt" => file = "missing.txt"', "appends: names no document"),
        ('file = "02-addendum.html" => file = "nowhere.html"', "nowhere.html: is not a file"),
        ('file = "02-addendum.html" => file = "../chart.toml"', "is not a file of the chart's folder"),
        ('generate = "flowsheet" => generate = "poetry"', "document 3.generate: is none of flowsheet"),
        ("value = 84 => value = true", "vital 1.value: is not"),
        ('slug = "one" => slug = "two"', "slug: is not the name of its folder"),
        ("[key] => [key", "chart.toml cannot be read"),
    ],
)
def test_a_mistake_in_a_chart_is_named_with_its_place(tmp_path: Path, change: str, complaint: str) -> None:
    folder = chart_folder(tmp_path, "one", mistake=change)
    with pytest.raises(BadChart) as caught:
        load_chart(folder)
    assert str(caught.value).startswith("one: ")
    assert complaint in str(caught.value)
