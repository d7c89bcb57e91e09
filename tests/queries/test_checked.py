"""A query leaves with the check it passed; what it was checked by, and how each finding was settled, is kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.codebook.conftest import PACK
from tests.queries.corpus import context, query
from workstation.codebook.diagnosis_terms import DiagnosisTrie
from workstation.domain.encounter import ProviderId
from workstation.domain.queries.checked import Checked, Settled, checked
from workstation.domain.queries.compliance import check
from workstation.domain.queries.context import PastState, past_query
from workstation.domain.queries.finding import stops
from workstation.domain.queries.query import Justification, QueryId, justify, revise
from workstation.domain.queries.rules import RulePack
from workstation.query_packs.reading import QueryPackUnusable
from workstation.query_packs.rules import BUILT_IN
from workstation.query_packs.shelf import read_books

OLD = {"of": "old:Baseline weight 92 kg, no oxygen at home", "prior_encounter": True, "pertinence": "Baseline"}


def test_nothing_is_kept_while_something_stops_the_query(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", recipient="lin")
    found = check(asked, context("heart", terms), pack)
    assert checked(asked, found, pack) is None


def test_the_check_is_kept_with_versions_and_reasons(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query(
        "heart", recipient="lin", indicators=["hp:CHF exacerbation", "echo:Ejection fraction 55 to 60 %", OLD]
    )
    asked = revise(justify(asked, "Q29", " Covers for Dr. Ortiz "), attestation="It bears on the oxygen")
    told = context("heart", terms, escalation_hours=0)
    kept = checked(asked, check(asked, told, pack), pack)
    assert kept is not None
    assert (kept.rules_version, kept.template_id, kept.template_version) == ("2022.1", "specificity", "2026.1-1")
    assert kept.revision == asked.revision
    settled = {each.rule: (each.settled, each.said) for each in kept.findings}
    assert settled == {
        "Q06": (Settled.BY_ATTESTATION, "It bears on the oxygen"),
        "Q29": (Settled.BY_JUSTIFICATION, "Covers for Dr. Ortiz"),
        "Q39": (Settled.BY_INFORMATION, ""),
    }
    assert Checked.from_json(json.loads(json.dumps(kept.to_json()))) == kept


def test_a_peers_review_is_kept_as_such(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", indicators=["hp:CHF exacerbation", "echo:Ejection fraction 55 to 60 %", OLD])
    found = check(asked, context("heart", terms), pack)
    kept = checked(asked, found, pack, reviewed=True)
    assert kept is not None
    assert [each.settled for each in kept.findings] == [Settled.BY_REVIEW]


def test_an_earlier_query_is_known_again_whatever_it_was_called(terms: DiagnosisTrie, pack: RulePack) -> None:
    earlier = replace(query("heart", concern="CHF"), id=QueryId("earlier"))
    told = context("heart", terms)
    for state, again in (
        (PastState.OPEN, True), (PastState.DISAGREED, True), (PastState.UNDETERMINED, True),
        (PastState.ANSWERED, False), (PastState.ENDED, False),
    ):  # fmt: skip
        past = past_query(earlier, state, terms, ProviderId("ortiz"))
        found = check(query("heart"), replace(told, history=(past,)), pack)
        assert [each.rule for each in found] == (["Q36"] if again else [])
    past = past_query(earlier, PastState.DISAGREED, terms)
    more = query("heart", indicators=["hp:CHF exacerbation", "echo:Ejection fraction 55 to 60 %", "pn:net -4.9 L"])
    assert check(more, replace(told, history=(past,)), pack) == ()


def test_the_organisations_rules_are_used_beside_our_templates(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN, tmp_path / "own" / "query_rules")
    path = tmp_path / "own" / "query_rules" / "2022.1" / "rules.json"
    path.write_text(path.read_text("utf-8").replace('"Coder Workstation"', '"Lakemere Compliance"'), "utf-8")
    theirs, ours = read_books(str(tmp_path / "own"), PACK), read_books(pack=PACK)
    assert theirs.rules.publisher == "Lakemere Compliance"
    assert ours.rules.publisher == "Coder Workstation"
    assert theirs.templates == ours.templates


def test_a_damaged_pack_of_the_organisation_is_never_passed_over(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN, tmp_path / "own" / "query_rules")
    (tmp_path / "own" / "query_rules" / "2022.1" / "words.json").write_text("{", "utf-8")
    with pytest.raises(QueryPackUnusable):
        read_books(str(tmp_path / "own"), PACK)
    with pytest.raises(QueryPackUnusable, match="gone"):
        read_books(str(tmp_path / "gone"), PACK)


def test_blanks_justify_nothing(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", recipient="lin", indicators=["hp:CHF exacerbation", "echo:Ejection fraction 55 to 60 %"])
    blank = revise(asked, justifications=(Justification("Q29", " \n"),))
    found = check(blank, context("heart", terms), pack)
    assert "Q29" in {finding.rule for finding in stops(found, blank)}
