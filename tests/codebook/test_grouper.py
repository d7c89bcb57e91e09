"""The grouper: published facts, every answer key, what each secondary does, and the day that picks the version."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from workstation.codebook.book import CodeBook, grouper_version
from workstation.codebook.grouper import MsDrgGrouper
from workstation.domain.codes import Code, CodeSystem, Severity
from workstation.domain.coding import LineId, PoaIndicator
from workstation.domain.grouping import Contribution, DrgType, GroupedDiagnosis, Grouping, Part, Stay

KEYS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "practice_keys.json").read_text("utf-8"))
INPATIENT = [key for key in KEYS if key["setting"] == "inpatient"]
OUTPATIENT = [key for key in KEYS if key["setting"] == "outpatient"]
SEX = {"M": "male", "F": "female"}


@pytest.fixture(scope="module")
def grouper(book: CodeBook) -> MsDrgGrouper:
    return MsDrgGrouper(book)


def diagnosis(text: str, exempt: bool = False) -> GroupedDiagnosis:
    """`T83.511A:N` is not present on admission."""
    bare, _, poa = text.partition(":")
    code = Code.parse(CodeSystem.ICD10CM, bare)
    return GroupedDiagnosis(LineId(code.bare), code, None if exempt else PoaIndicator(poa or "Y"))


def stay(
    principal: str,
    *secondary: str,
    procedures: tuple[str, ...] = (),
    on: date = date(2026, 11, 15),
    age: int = 70,
    sex: str = "male",
    status: int = 1,
) -> Stay:
    return Stay(
        on, age, sex, status, diagnosis(principal), tuple(diagnosis(s) for s in secondary),
        tuple(Code.parse(CodeSystem.ICD10PCS, p) for p in procedures),
    )  # fmt: skip


def of_key(key: dict[str, Any], secondary: list[str], on: date = date(2026, 11, 15)) -> Stay:
    return stay(
        key["pdx"], *secondary, procedures=tuple(key["pcs"]), on=on, age=key["age"], sex=SEX[key["sex"]],
        status=key["discharge_status"],
    )  # fmt: skip


@pytest.mark.parametrize("key", INPATIENT, ids=lambda key: key["title"])
def test_every_inpatient_key_groups_to_its_drg(grouper: MsDrgGrouper, key: dict[str, Any]) -> None:
    found = grouper.group(of_key(key, key["sdx"]))
    assert (found.drg.number, found.drg.title, found.trouble) == (key["drg_v44"], key["drg_title"], "")
    assert grouper.group(of_key(key, key["sdx"], date(2026, 9, 15))).drg.number == key["drg_v43_1"]
    left = [s for s in key["sdx"] if s.partition(":")[0] not in key["query_codes"]]
    if key["pdx"] not in key["query_codes"]:
        assert grouper.group(of_key(key, left)).drg.number == key["drg_without_query_answer"]


@pytest.mark.parametrize("key", OUTPATIENT, ids=lambda key: key["title"])
def test_every_outpatient_key_is_valid_on_its_day(book: CodeBook, key: dict[str, Any]) -> None:
    for bare in (key["first_listed"], *key["secondary"]):
        assert book.look_up(Code.parse(CodeSystem.ICD10CM, bare), date(2026, 11, 15)).state.name == "VALID"
    for bare in key["hcpcs"]:
        assert book.look_up(Code.parse(CodeSystem.HCPCS, bare), date(2026, 11, 15)).state.name == "VALID"


@pytest.mark.parametrize(
    ("asked", "drg"),
    [
        (stay("I50.33", "J96.01"), 291),
        (stay("I50.33", "N17.9"), 292),
        (stay("I50.33"), 293),
        (stay("I11.0", "I50.33"), 291),
        (stay("A41.51", "R65.21"), 871),
        (stay("A41.51", "N17.9"), 872),
        (stay("S72.001A", "J96.01", procedures=("0SR901Z",)), 521),
        (stay("S72.001A", procedures=("0SR901Z",)), 522),
        (stay("M16.11", procedures=("0SR901Z",)), 470),
        (stay("I50.23", "T83.511A:N", "N39.0:N"), 293),
        (stay("I21.4", "I46.9", status=20), 285),
        (stay("I21.4", "I46.9", status=1), 280),
    ],
)
def test_published_facts(grouper: MsDrgGrouper, asked: Stay, drg: int) -> None:
    assert grouper.group(asked).drg.number == drg


def part(found: Grouping, bare: str) -> Contribution:
    return next(c for c in found.contributions if c.line_id == bare)


def test_each_secondary_says_what_it_does(grouper: MsDrgGrouper) -> None:
    found = grouper.group(stay("I50.33", "J96.01", "N17.9", "I50.23", "I10"))
    assert found.drg.number == 291
    assert (part(found, "J9601").part, part(found, "J9601").drg_without) == (Part.DECIDES, 292)
    assert part(found, "N179").part is Part.COUNTS
    assert part(found, "I5023").part is Part.EXCLUDED
    assert part(found, "I10").part is Part.NOTHING
    assert str(part(found, "J9601")) == "MCC, decides: DRG 292 without it"
    assert found.severity is Severity.MCC


def test_a_hospital_acquired_condition_is_told_and_not_counted(grouper: MsDrgGrouper) -> None:
    found = grouper.group(stay("I50.23", "T83.511A:N"))
    assert (found.drg.number, found.before_hacs) == (293, 292)
    told = part(found, "T83511A")
    assert told.part is Part.HAC
    assert told.hacs[0].startswith("HAC 06")
    code = Code.parse(CodeSystem.ICD10CM, "L89.153")
    assert grouper.hospital_acquired(code, date(2026, 11, 15))[0].startswith("HAC 04")


def test_another_principal_is_compared(grouper: MsDrgGrouper) -> None:
    [other] = grouper.alternatives(stay("J18.9", "I50.33"))
    assert (other.line_id, other.drg.number) == ("I5033", 291 if other.drg.number == 291 else 292)
    assert other.drg.number == grouper.group(stay("I50.33", "J18.9")).drg.number


def test_type_and_version_follow_the_day_of_discharge(grouper: MsDrgGrouper) -> None:
    surgical = grouper.group(stay("K35.32", procedures=("0DTJ4ZZ",)))
    assert (surgical.drg.kind, surgical.version_name) == (DrgType.SURGICAL, "v44.0")
    assert grouper.group(stay("I50.33")).drg.kind is DrgType.MEDICAL
    assert grouper.group(stay("I50.33")).drg.weight is None
    for day, version in [
        (date(2022, 10, 1), 400), (date(2023, 9, 30), 401), (date(2024, 4, 1), 411), (date(2025, 9, 30), 421),
        (date(2026, 9, 30), 431), (date(2026, 10, 1), 440),
    ]:  # fmt: skip
        assert grouper_version(day) == version
        assert grouper.group(stay("I50.33", on=day)).version == version


def test_an_invalid_principal_is_said_in_words(grouper: MsDrgGrouper) -> None:
    found = grouper.group(stay("G35"))
    assert found.drg.number == 999
    assert found.trouble
    assert "_" not in found.trouble
    assert found.drg.kind is DrgType.NONE
