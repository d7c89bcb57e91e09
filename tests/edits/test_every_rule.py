"""Every rule of the edits fires on a coding that breaks it, and is silent on the nearest one that does not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import workstation.domain.edits
from tests.edits.conftest import Check, encounter, line
from tests.edits.test_edits import TODAY, services
from workstation.codebook.book import CodeBook
from workstation.domain.codes import Code, CodeState, CodeSystem
from workstation.domain.coding import CodingSummary, Line, PoaIndicator
from workstation.domain.edits import Finding, Level, findings
from workstation.domain.encounter import DocumentId, Passage

CM = CodeSystem.ICD10CM


@dataclass(frozen=True)
class Coding:
    """A coding in few words: the principal, the others, and what is odd about it."""

    principal: str
    others: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)


def coding(principal: str, *others: str, **about: Any) -> Coding:
    return Coding(principal, others, about)


def each(**change: Any) -> Callable[[CodingSummary], CodingSummary]:
    """Change every line of the summary alike."""

    def changed(made: CodingSummary) -> CodingSummary:
        lines = tuple(replace(ln, **change) for ln in made.lines)
        return replace(made, lines=lines)

    return changed


def no_principal(made: CodingSummary) -> CodingSummary:
    return replace(made, principal_id=None)


def dated(days_after_discharge: int) -> Callable[[CodingSummary], CodingSummary]:
    return each(performed_on=TODAY + timedelta(days=days_after_discharge))


SEPTEMBER = datetime(2026, 9, 15, 11, tzinfo=UTC)
SOMEBODY_ELSES = (Passage(DocumentId("nursing"), 0, 4, "pain"),)

# rule: (a coding that breaks it, the nearest that does not)
CASES: dict[str, tuple[Coding, Coding]] = {
    "retired": (coding("G35"), coding("G35.D")),
    "not-yet": (coding("G35.D", on=datetime(2025, 9, 15, 11, tzinfo=UTC)), coding("G35.D", on=SEPTEMBER)),
    "header": (coding("I50"), coding("I50.9")),
    "unknown": (coding("I99.7"), coding("I99.8")),
    "seventh-character": (coding("S72.001"), coding("S72.001A")),
    "poa-missing": (coding("I10", "N17.9:-"), coding("I10", "N17.9:N")),
    "poa-exempt": (coding("I10", "Z79.4", change=each(poa=PoaIndicator.YES)), coding("I10", "Z79.4")),
    "poa-not-exempt": (coding("I10", change=each(poa=PoaIndicator.EXEMPT)), coding("I10")),
    "excludes1": (coding("E10.9", "E11.9"), coding("E11.9", "Z79.4")),
    "excludes2": (coding("J44.9", "J47.9"), coding("J44.9", "I10")),
    "code-first": (coding("I50.33", "I11.0"), coding("I11.0", "I50.33")),
    "use-additional": (coding("B96.20", "N39.0"), coding("I10", "R07.9")),
    "code-also": (coding("B88.01"), coding("B88.01", "H01.8")),
    "more-specific": (coding("M25.569", evidence="pain in the left knee"), coding("M25.569", evidence="knee pain")),
    "unspecified": (coding("S72.009A"), coding("S72.001A")),
    "manifestation-principal": (coding("G63"), coding("E11.42", "G63")),
    "external-cause-principal": (coding("W19.XXXA"), coding("S72.001A", "W19.XXXA")),
    "unacceptable-principal": (coding("Z16.12"), coding("N39.0", "Z16.12")),
    "questionable-admission": (coding("R03.0"), coding("N17.9", "R03.0")),
    "age-conflict": (coding("O80", age=70, sex="female"), coding("O80", age=30, sex="female")),
    "sex-conflict": (coding("N40.0", sex="female"), coding("N40.0", sex="male")),
    "wrong-procedure": (coding("I10", "Y65.52"), coding("I10", "Y65.8")),
    "non-covered": (coding("Z30.2", procedures=("0UL70ZZ",), sex="female"),
                    coding("N80.9", procedures=("0UL70ZZ",), sex="female")),
    "limited-coverage": (coding("J43.9", procedures=("02YA0Z0",)), coding("J43.9", procedures=("0BJ08ZZ",))),
    "length-of-stay": (coding("J96.01", procedures=("5A1955Z",), days=3), coding("J96.01", procedures=("5A1955Z",), days=4)),
    "duplicate": (coding("I10", "I10"), coding("I10", "I12.9")),
    "no-principal": (coding("I10", change=no_principal), coding("I10")),
    "no-first-listed": (coding("I10", change=no_principal, inpatient=False), coding("I10", inpatient=False)),
    "no-evidence": (coding("I10", change=each(evidence=())), coding("I10")),
    "evidence-author": (coding("I10", change=each(evidence=SOMEBODY_ELSES)), coding("I10")),
    "procedure-date": (coding("I10", procedures=("0DJ08ZZ",), change=dated(1)),
                       coding("I10", procedures=("0DJ08ZZ",), change=dated(0))),
    "procedure-system": (coding("I10", cpt_as_procedure=True), coding("I10", cpt_as_procedure=True, inpatient=False)),
}  # fmt: skip

# rule: (service lines that break it, those that do not); lines are codes and what is odd about them
SERVICES: dict[str, tuple[tuple[tuple[str, ...], dict[str, Any]], tuple[tuple[str, ...], dict[str, Any]]]] = {
    "modifier": ((("J1885",), {"modifiers": ("ABC",)}), (("J1885",), {"modifiers": ("JZ",)})),
    "modifier-sides": ((("L1830",), {"modifiers": ("LT", "RT")}), (("L1830",), {"modifiers": ("LT",)})),
    "modifier-59": ((("G0439",), {"modifiers": ("59",)}), (("G0439",), {"modifiers": ("XU",)})),
    "units": ((("J1885",), {"units": 0}), (("J1885",), {"units": 1})),
    "ndc": ((("J1885",), {"ndc": "12-3"}), (("J1885",), {"ndc": "0409-3795-01"})),
    "mue": ((("J1885",), {"units": 9}), (("J1885",), {"units": 8})),
    "ncci-pair": ((("G0439", "J1885"), {}), (("G0439", "J1885"), {"modifiers": ("XU",)})),
    "add-on": ((("G2211", "J1885"), {}), (("G2211", "G0439"), {})),
    "not-held": ((("V2799",), {}), (("J1885",), {})),
}  # fmt: skip

ELSEWHERE = {"service-date"}  # an encounter without any date: below


def found_for(check: Check, book: CodeBook, given: Coding) -> tuple[Finding, ...]:
    about = dict(given.about)
    words, as_procedure = about.pop("evidence", ""), about.pop("cpt_as_procedure", False)
    others: tuple[str | Line, ...] = given.others
    if as_procedure:
        cpt = line(book, "0DJ08ZZ", CodeSystem.ICD10PCS, TODAY)
        others = (*others, replace(cpt, code=Code.parse(CodeSystem.CPT, "43235")))
    if words:
        about["change"] = each(evidence=(Passage(DocumentId("note"), 0, len(words), words),))
    return check(given.principal, *others, **about)


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_rule_fires_and_says_what_to_do(check: Check, book: CodeBook, rule: str) -> None:
    broken, sound = CASES[rule]
    fired = [f for f in found_for(check, book, broken) if f.rule == rule]
    assert fired
    assert all(f.text and f.fix and f.source for f in fired)
    assert rule not in {f.rule for f in found_for(check, book, sound)}


@pytest.mark.parametrize("rule", sorted(SERVICES))
def test_a_rule_of_service_lines_fires_and_says_what_to_do(book: CodeBook, rule: str) -> None:
    (codes, odd), (sound_codes, even) = SERVICES[rule]
    fired = [f for f in services(book, *codes, **odd) if f.rule == rule]
    assert fired
    assert all(f.text and f.fix and f.source for f in fired)
    assert rule not in {f.rule for f in services(book, *sound_codes, **even)}


def test_a_stay_without_any_date_cannot_be_checked_and_says_so(book: CodeBook) -> None:
    where = replace(encounter(), admitted_at=None, discharged_at=None)
    only = line(book, "I10", CM, date(2026, 11, 15))
    said = findings(CodingSummary(where.id, only.id, (only,)), where, book)
    [undated] = [f for f in said if f.rule == "service-date"]
    assert undated.level is Level.WARNING


def test_every_rule_of_the_edits_is_among_these() -> None:
    folder = Path(workstation.domain.edits.__file__).parent
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    named = set(re.findall(r'Finding\(\s*"([a-z0-9-]+)"', text)) | {"code-also"}
    assert named == set(CASES) | set(SERVICES) | ELSEWHERE


def test_the_guide_names_every_rule() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "codesets.md").read_text("utf-8")
    assert {rule for rule in {*CASES, *SERVICES, *ELSEWHERE} if f"`{rule}`" not in guide} == set()


@pytest.mark.parametrize("rule", sorted(CASES))
def test_policy_can_raise_a_rule_to_an_error_and_lower_none(check: Check, book: CodeBook, rule: str) -> None:
    broken, _ = CASES[rule]
    plain = {f.level for f in found_for(check, book, broken) if f.rule == rule}
    for level in Level:
        raised = Coding(broken.principal, broken.others, {**broken.about, "raised": {rule: level}})
        levels = {f.level for f in found_for(check, book, raised) if f.rule == rule}
        assert levels == {max(before, level) for before in plain}


@pytest.mark.parametrize("on", [date(2016, 3, 1), date(2022, 4, 1), date(2025, 10, 1), date(2026, 11, 15)])
def test_whatever_an_edit_offers_instead_is_in_force_on_the_encounters_date(book: CodeBook, on: date) -> None:
    rows = book._reader.db.execute(
        "select bare from codes where system = 'ICD-10-CM' and (last_day is not null or first_heading is not null"
        " or title like '%unspecified%') order by bare"
    ).fetchall()
    where = encounter(on=datetime(on.year, on.month, on.day, 11, tzinfo=UTC))
    offered = 0
    for (bare,) in random.Random(on.year).sample(rows, 250):
        vague = line(book, bare, CM, on, "left right bilateral acute chronic initial")
        for found in findings(CodingSummary(where.id, vague.id, (vague,)), where, book):
            for code in found.replacements:
                offered += 1
                assert book.look_up(code, on).state is CodeState.VALID, (bare, found.rule, str(code))
    assert offered
