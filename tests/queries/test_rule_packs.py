"""A rule pack is read whole or refused with file, place and reason; an organisation may put its own in its place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.codebook.conftest import PACK, build
from workstation.codebook.book import CodeBook
from workstation.codebook.diagnosis_terms import OwnWords
from workstation.domain.codes import Code, CodeState, CodeSystem
from workstation.domain.queries.finding import Weight
from workstation.domain.queries.phrases import BadPhrase, compiled
from workstation.domain.queries.rules import FLOORS, RULE_IDS, RulePack
from workstation.errors import WorkstationError
from workstation.query_packs.reading import QueryPackUnusable
from workstation.query_packs.rules import BUILT_IN, read_rules, rule_versions

HOME = "2022.1"


@pytest.fixture(scope="session")
def pack_of_codes() -> Path:
    return PACK if PACK.exists() else build(PACK)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of the organisation's own with the built-in pack in it."""
    shutil.copytree(BUILT_IN / HOME, tmp_path / "packs" / HOME)
    return tmp_path / "packs"


def change(folder: Path, name: str, how: Callable[[dict[str, Any]], object]) -> None:
    path = folder / HOME / name
    told = json.loads(path.read_text("utf-8"))
    how(told)
    path.write_text(json.dumps(told), "utf-8")


def test_every_rule_is_there_with_its_title_and_source(pack: RulePack) -> None:
    assert tuple(pack.rules) == RULE_IDS
    assert pack.version == HOME
    for rule in pack.rules.values():
        assert rule.title
        assert rule.why.endswith(")")  # the source


def test_weights_are_those_the_guidelines_are_read_as(pack: RulePack) -> None:
    by = {
        weight: {rule.id for rule in pack.rules.values() if rule.weight is weight and not rule.by_design}
        for weight in Weight
    }
    assert by[Weight.WARNING] == {"Q05", "Q06", "Q09", "Q17", "Q21", "Q23", "Q24", "Q26", "Q29", "Q36", "Q38"}
    assert by[Weight.INFORMATION] == {"Q19", "Q28", "Q39"}
    assert by[Weight.BLOCK] == set(RULE_IDS) - by[Weight.WARNING] - by[Weight.INFORMATION] - {"Q02", "Q18"}
    assert {rule.id for rule in pack.rules.values() if rule.weak} == {"Q09", "Q10", "Q20", "Q21", "Q25", "Q29"}


def test_an_organisation_may_raise_a_rule(own: Path) -> None:
    change(own, "rules.json", lambda told: told["rules"][8].update(weight="block"))
    assert read_rules(own).rule("Q09").weight is Weight.BLOCK


@pytest.mark.parametrize("rule", [rule for rule in RULE_IDS if FLOORS[rule] > Weight.INFORMATION])
def test_no_pack_lowers_a_rule(own: Path, rule: str) -> None:
    change(own, "rules.json", lambda told: told["rules"][int(rule[1:]) - 1].update(weight="information"))
    with pytest.raises(QueryPackUnusable, match="never lowered"):
        read_rules(own)


def test_an_organisation_may_add_words_of_its_own(own: Path) -> None:
    change(own, "words.json", lambda told: told["lexicons"]["Q08"][0]["say"].append("bonus pool*"))
    mine, ours = read_rules(own), read_rules()
    assert mine.lexicons["Q08"].hits("the Bonus  Pools of March") == ((4, 16),)
    assert ours.lexicons["Q08"].hits("the Bonus  Pools of March") == ()


def test_versions_are_listed_the_newest_first(own: Path) -> None:
    shutil.copytree(own / HOME, own / "2022.10")
    path = own / "2022.10" / "rules.json"
    path.write_text(path.read_text("utf-8").replace('"version": "2022.1"', '"version": "2022.10"'), "utf-8")
    assert rule_versions(own) == ("2022.10", HOME)
    assert read_rules(own).version == "2022.10"
    assert read_rules(own, HOME).version == HOME


DAMAGES: list[tuple[str, Callable[[dict[str, Any]], object], str, str]] = [
    ("rules.json", lambda told: told["rules"].pop(3), "rules", "Q04 is missing"),
    ("rules.json", lambda told: told["rules"].append(told["rules"][0]), "rules[40]", "twice"),
    ("rules.json", lambda told: told["rules"][0].update(id="Q41"), "rules[0].id", "no rule Q41"),
    ("rules.json", lambda told: told["rules"][0].update(weight="heavy"), "rules[0].weight", "one of"),
    ("rules.json", lambda told: told["rules"][1].update(weight="block"), "rules[1].weight", "always 'design'"),
    ("rules.json", lambda told: told["rules"][0].update(why=" "), "rules[0].why", "a text is expected"),
    ("rules.json", lambda told: told.update(version="1999"), "version", "the folder is named"),
    ("words.json", lambda told: told["lexicons"].pop("Q11"), "lexicons", "'Q11' is missing"),
    (
        "words.json",
        lambda told: told["lexicons"]["Q08"][0]["say"].append("(open"),
        "lexicons.Q08[0]",
        "not well formed",
    ),
    ("words.json", lambda told: told["lexicons"]["Q08"][0]["say"].append("* ..."), "lexicons.Q08[0]", "has no word"),
    ("words.json", lambda told: told["lexicons"]["Q08"][0].update(sya=["x"]), "lexicons.Q08[0]", "'sya' is not known"),
    ("questions.json", lambda told: told["caps"].update(excerpt=0), "caps.excerpt", "above zero"),
    ("questions.json", lambda told: told["caps"].update(excerpt=True), "caps.excerpt", "above zero"),
    ("questions.json", lambda told: told["neutral"].pop("specificity"), "neutral", "'specificity' is missing"),
    ("questions.json", lambda told: told["yes_no_triggers"].append("hope"), "yes_no_triggers[6]", "'hope'"),
    ("questions.json", lambda told: told["answers"]["wordings"].pop("other"), "answers.wordings", "'other' is missing"),
    ("classification.json", lambda told: told["presumed"][0].pop("says"), "presumed[0]", "'says' is missing"),
]


@pytest.mark.parametrize(("name", "how", "place", "reason"), DAMAGES)
def test_a_damaged_pack_says_file_place_and_reason(
    own: Path, name: str, how: Callable[[dict[str, Any]], object], place: str, reason: str
) -> None:
    change(own, name, how)
    with pytest.raises(QueryPackUnusable) as refused:
        read_rules(own)
    for part in (name, place, reason):
        assert part in str(refused.value)
    assert "IT support" in refused.value.remedy


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"{", "line 1"), (b"\xff\xfe", "UTF-8"), (b"[]", "an object is expected"), (b"[" * 100_000, "nested too deep")],
)
def test_a_file_that_is_no_pack_is_refused(own: Path, content: bytes, reason: str) -> None:
    (own / HOME / "words.json").write_bytes(content)
    with pytest.raises(QueryPackUnusable, match=reason):
        read_rules(own)


def test_a_missing_folder_version_or_file_is_said(tmp_path: Path, own: Path) -> None:
    with pytest.raises(QueryPackUnusable, match="no version"):
        read_rules(tmp_path / "nowhere")
    with pytest.raises(QueryPackUnusable, match=r"no version 2030\.1"):
        read_rules(own, "2030.1")
    (own / HOME / "questions.json").unlink()
    with pytest.raises(QueryPackUnusable, match=r"questions\.json"):
        read_rules(own)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_stands_in_a_file_is_read_or_refused_kindly(own: Path, junk: object) -> None:
    for name in ("rules.json", "words.json", "questions.json", "classification.json"):
        kept = (own / HOME / name).read_bytes()
        (own / HOME / name).write_text(json.dumps(junk), "utf-8")
        with pytest.raises(WorkstationError):
            read_rules(own)
        (own / HOME / name).write_bytes(kept)


@given(st.text(max_size=30))
def test_any_phrase_is_read_or_refused_kindly(phrase: str) -> None:
    try:
        found = compiled([phrase])
    except BadPhrase:
        return
    assert found is not None
    found.search("some text " * 20)


@pytest.mark.parametrize(
    ("phrase", "text", "hit"),
    [
        ("reimburs*", "for Reimbursement now", "Reimbursement"),
        ("would you [please] agree", "Would you agree", "Would you agree"),
        ("would you [please] agree", "would you please agree", "would you please agree"),
        ("(maximi|optimi)ze it", "we optimize it", "optimize it"),
        ("# cc", "about 900 cc lost", "900 cc"),
        ("meet* ... criteria", "meets the sepsis criteria", "meets the sepsis criteria"),
        ("meet* ... criteria", "meets. The criteria", ""),
        ("risk adjust*", "risk-\nadjusted", "risk-\nadjusted"),
        ("isn't it", "isn’t it", "isn’t it"),
        ("audit", "auditory", ""),
        ("integral to ...", "integral to the operation", "integral to the operation"),
    ],
)
def test_phrases_are_written_as_people_write_them(phrase: str, text: str, hit: str) -> None:
    pattern = compiled([phrase])
    assert pattern is not None
    found = pattern.search(text)
    assert (found.group() if found else "") == hit


def test_every_presumed_link_is_a_code_of_the_book(pack: RulePack, pack_of_codes: Path) -> None:
    book, own = CodeBook.open(pack_of_codes), OwnWords.read()
    for link in pack.presumed:
        code = Code.parse(CodeSystem.ICD10CM, link.code.rstrip("-.") if link.code.count(".") else link.code)
        assert book.look_up(code, date(2026, 11, 14)).state in (CodeState.VALID, CodeState.HEADER), link
        assert link.code in link.says
    diseases = ["N18", "E11", "I10", "I50", "G62", "H35", "H26", "L97", "M86", "I96", "I73", "K31"]
    given = {own.family(each) for each in diseases}
    assert all(link.first & given and link.second & given for link in pack.presumed)
