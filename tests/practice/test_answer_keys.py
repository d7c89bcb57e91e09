"""Every chart's answer key groups to its stored DRG, holds valid codes, and breaks no rule that blocks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.codebook.conftest import PACK, build
from tests.practice.test_chart_sources import CORRECTED, FOLDERS, chart_of
from workstation.codebook.book import CodeBook
from workstation.codebook.grouper import MsDrgGrouper
from workstation.domain.codes import Code, CodeState, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.edits import Level, findings
from workstation.domain.encounter import Encounter, EncounterClass, EncounterId, Patient, PatientId, TaskId
from workstation.domain.grouping import stay_of

KEYS = {key["title"]: key for key in json.loads(
    (Path(__file__).parents[1] / "data" / "practice_keys.json").read_text("utf-8")
)}  # fmt: skip
each_chart = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture(scope="module")
def book() -> CodeBook:
    return CodeBook.open(PACK if PACK.exists() else build(PACK))


def encounter_of(chart: dict[str, Any]) -> Encounter:
    told, who = chart["encounter"], chart["patient"]
    patient = Patient(PatientId("p"), who["family"], tuple(who["given"]), who["sex"], who["birth_date"], who["mrn"])
    return Encounter(
        EncounterId(chart["slug"]), TaskId("t"), told["account"], patient, EncounterClass(told["class"]), told["start"],
        told["end"], told.get("admit_source", ""), told["disposition"], "Lakemere", told["coverage"], "", told["reason"],
        False,
    )  # fmt: skip


def line_of(book: CodeBook, chart: dict[str, Any], system: CodeSystem, entry: dict[str, Any]) -> Line:
    code = Code.parse(system, entry["code"])
    on = chart["encounter"]["end"].date()
    facts = book.look_up(code, on)
    kind = {CodeSystem.ICD10CM: LineKind.DIAGNOSIS, CodeSystem.ICD10PCS: LineKind.PROCEDURE}.get(
        system, LineKind.SERVICE
    )
    poa = None
    if kind is LineKind.DIAGNOSIS and chart["setting"] == "inpatient":
        poa = PoaIndicator(entry.get("poa") or ("1" if facts.poa_exempt else "Y"))
    return Line(LineId(entry["code"]), kind, code, facts.title, poa, entry.get("date"))


def summary_of(book: CodeBook, chart: dict[str, Any], without: frozenset[str] = frozenset()) -> CodingSummary:
    key = chart["key"]
    entries = [(CodeSystem.ICD10CM, {"code": key["principal"]})]
    entries += [(CodeSystem.ICD10CM, e) for e in key.get("secondary", []) if e["code"] not in without]
    entries += [(CodeSystem.ICD10PCS, e) for e in key.get("procedure", [])]
    for entry in key.get("cpt", []):
        entries.append((CodeSystem.CPT if entry["code"][0].isdigit() else CodeSystem.HCPCS, entry))
    lines = tuple(line_of(book, chart, system, entry) for system, entry in entries)
    return CodingSummary(EncounterId(chart["slug"]), lines[0].id, lines)


def test_there_are_thirty_encounters_to_code() -> None:
    assert len(FOLDERS) >= 30


@each_chart
def test_a_key_groups_to_its_drg(book: CodeBook, folder: Path) -> None:
    chart = chart_of(folder)
    if chart["setting"] != "inpatient":
        assert isinstance(stay_of(summary_of(book, chart), encounter_of(chart)), str)
        return
    stored, grouper = KEYS[chart["key_title"]], MsDrgGrouper(book)
    stay = stay_of(summary_of(book, chart), encounter_of(chart))
    assert not isinstance(stay, str), stay
    assert folder.name in CORRECTED or grouper.group(stay).drg.number == stored["drg_v44"]
    queried = frozenset(line["code"] for line in chart["key"].get("secondary", []) if line.get("query"))
    unasked = stay_of(summary_of(book, chart, queried), encounter_of(chart))
    assert not isinstance(unasked, str)
    if stored["pdx"] not in stored["query_codes"]:
        assert grouper.group(unasked).drg.number == stored["drg_without_query_answer"]


@each_chart
def test_a_key_is_valid_and_nothing_of_it_is_blocked(book: CodeBook, folder: Path) -> None:
    chart = chart_of(folder)
    made = summary_of(book, chart)
    on = chart["encounter"]["end"].date()
    for line in made.lines:
        assert book.look_up(line.code, on).state in (CodeState.VALID, CodeState.OPAQUE), line.code
    where = encounter_of(chart)
    found = findings(replace(made), where, book)
    assert [f for f in found if f.level is Level.ERROR] == []
