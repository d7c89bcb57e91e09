"""A rationale or comment that says who the patient is stops finalize; the finding names the field, not the patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.desks import D1, E1, I50_23, Bench, FakeBook, an_encounter, open_bench, put_chart
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.edits import IDENTIFIER, Finding, Level, findings
from workstation.domain.encounter import Passage
from workstation.operations import coding
from workstation.operations.coding import Finalized

SECRETS = ("Brannigan", "Harold", "00482913", "2611090417", "1952")


def found(rationale: str = "", comment: str = "", **encounter: object) -> list[Finding]:
    line = Line(LineId("l1"), LineKind.DIAGNOSIS, I50_23, "Heart failure", rationale=rationale)
    summary = CodingSummary(E1, line.id, (line,), comment)
    return [f for f in findings(summary, an_encounter(**encounter), FakeBook()) if f.rule == IDENTIFIER]


@pytest.mark.parametrize(
    "text", ["Mr. Brannigan has an EF of 20", "see 00482913", "born 3/14/1952", "acct 2611090417", "harold is better"]
)
def test_an_identifier_in_a_rationale_or_comment_is_an_error_that_does_not_repeat_it(text: str) -> None:
    [of_line], [of_all] = found(rationale=text), found(comment=text)
    assert (of_line.line_id, of_all.line_id) == ("l1", None)
    for finding in (of_line, of_all):
        assert finding.level is Level.ERROR
        assert not finding.overridable
        assert "164.502(b)" in finding.source
        assert not any(secret in finding.text + finding.fix for secret in SECRETS)
    assert of_line.text.startswith("The rationale of I50.23 holds the ")
    assert of_all.text.startswith("The comment for the reviewer holds the ")


def test_several_in_one_field_are_one_finding() -> None:
    [one] = found(comment="Harold Brannigan, 00482913, again Harold")
    assert one.text == "The comment for the reviewer holds the patient's name and the record number."
    assert one.fix == "Say “the patient” and “the record number” instead."


def test_a_narrative_without_identifiers_is_let_be_also_without_a_date() -> None:
    assert found("Dr. Ortiz documents an EF of 20 %", "The patient was seen twice") == []
    assert len(found("Brannigan", admitted_at=None, discharged_at=None)) == 1


@pytest.fixture
def bench(tmp_path) -> Bench:
    made = open_bench(tmp_path / "cache.db")
    put_chart(made)
    yield made
    made.desk.db.close()


def test_finalize_is_stopped_by_it_and_let_go_again(bench: Bench) -> None:
    words = (Passage(D1, 8, 48, "Acute on chronic systolic heart failure"),)
    summary = coding.add(
        bench.desk, E1, I50_23, principal=True, poa=PoaIndicator.YES, evidence=words, rationale="Brannigan's EF is 20"
    ).result()
    coding.set_comment(bench.desk, E1, "MRN 00482913").result()
    stopped = coding.finalize(bench.desk, E1).result()
    assert isinstance(stopped, tuple)
    assert [f.rule for f in stopped if f.level is Level.ERROR] == [IDENTIFIER, IDENTIFIER]
    coding.set_rationale(bench.desk, E1, summary.lines[0].id, "The patient's EF is 20").result()
    coding.set_comment(bench.desk, E1, "").result()
    assert isinstance(coding.finalize(bench.desk, E1).result(), Finalized)


def test_another_patient_s_identifiers_are_nobody_s_here() -> None:
    other = replace(an_encounter().patient, family="Okafor", given=("Ada",), mrn="1", birth_date=None)
    assert found("Brannigan, 00482913", patient=other) == []
