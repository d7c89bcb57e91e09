"""Templates start drafts that break no rule, lead nowhere, and keep what the coder has already gathered."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.queries.corpus import charts, context, query
from workstation.codebook.diagnosis_terms import DiagnosisTrie
from workstation.domain.queries.compliance import check
from workstation.domain.queries.query import (
    NEUTRAL_TITLE,
    Form,
    IndicatorId,
    OptionKind,
    ProviderQuery,
    Trigger,
    in_order,
)
from workstation.domain.queries.rules import RulePack
from workstation.domain.queries.templates import Template, sources, start, suggest
from workstation.query_packs.reading import QueryPackUnusable
from workstation.query_packs.templates import BUILT_IN, read_templates, template_versions

# A documented diagnosis of some chart for each family a template is about; the others go with any concern.
CONCERNS = {
    "heart failure": ("heart", "heart failure"),
    "chronic kidney disease": ("heart", "chronic kidney disease"),
    "diabetes": ("heart", "type 2 diabetes"),
    "atrial fibrillation": ("heart", "atrial fibrillation"),
    "sepsis": ("sepsis", "sepsis"),
    "kidney injury": ("sepsis", "acute kidney injury"),
    "anemia": ("sepsis", "anemia"),
    "low platelets": ("sepsis", "thrombocytopenia"),
    "urinary infection": ("sepsis", "urinary tract infection"),
    "skin ulcer": ("surgery", "foot ulcer"),
    "COPD": ("surgery", "COPD"),
}


def draft(template: Template, form: Form, concern: str, chart: str) -> ProviderQuery:
    """Started in a chart, every answer linked as a coder does before sending."""
    asked = start(template, form, replace(query(chart), concern=concern, options=()))
    linked = tuple(
        replace(option, indicators=(IndicatorId("i1"),)) if option.kind is OptionKind.ANSWER else option
        for option in asked.options
    )
    return replace(asked, options=linked, recipient_id=query(chart).recipient_id)


def test_every_reason_has_a_general_template_in_every_form_it_may_take(
    templates: tuple[Template, ...], pack: RulePack
) -> None:
    for trigger in Trigger:
        general = [each for each in templates if each.trigger is trigger and not each.families and not each.words]
        assert len(general) == 1, trigger
        assert {Form.MULTIPLE_CHOICE, Form.OPEN} <= set(general[0].forms)
        assert (Form.YES_NO in general[0].forms) == (trigger in pack.yes_no_triggers)


def test_no_template_breaks_a_rule_by_itself(
    templates: tuple[Template, ...], terms: DiagnosisTrie, pack: RulePack
) -> None:
    for template in templates:
        family = next((each for each in CONCERNS if each in template.families), None)
        chart, concern = CONCERNS[family] if family else ("heart", "heart failure")
        for form in template.forms:
            found = check(draft(template, form, concern, chart), context(chart, terms), pack)
            assert found == (), (template.id, form, found)


def test_no_template_breaks_a_rule_without_a_concern(
    templates: tuple[Template, ...], terms: DiagnosisTrie, pack: RulePack
) -> None:
    """Only that something documented must be named, where the form or the reason asks for it, is left to the coder."""
    for template in templates:
        for form in template.forms:
            found = check(draft(template, form, "", "heart"), context("heart", terms), pack)
            left = {each.rule for each in found}
            assert left <= {"Q12", "Q25"}, (template.id, form, found)
            assert "Q12" not in left or form is Form.YES_NO
            assert "Q25" not in left or template.trigger is Trigger.CLINICAL_VALIDATION


def test_an_unlinked_template_is_stopped_only_for_its_links(
    templates: tuple[Template, ...], terms: DiagnosisTrie, pack: RulePack
) -> None:
    for template in templates:
        asked = start(template, Form.MULTIPLE_CHOICE, replace(query("heart"), options=()))
        rules = {each.rule for each in check(asked, context("heart", terms), pack)}
        assert rules <= {"Q07", "Q17", "Q25"}, (template.id, rules)


def test_no_template_knows_which_answer_is_wanted(templates: tuple[Template, ...]) -> None:
    for template in templates:
        asked = start(template, Form.MULTIPLE_CHOICE, query("heart"))
        assert asked.options == in_order(asked.options)
        assert asked.title == NEUTRAL_TITLE
        kinds = Counter(option.kind for option in asked.options)
        assert kinds[OptionKind.OTHER] == kinds[OptionKind.UNDETERMINED] == 1
        answers = template.asking[Form.MULTIPLE_CHOICE].options
        assert len([each for each in answers if each.kind is OptionKind.ANSWER]) != 1, template.id


def test_a_placeholder_is_filled_once_and_only_once(templates: tuple[Template, ...]) -> None:
    odd = replace(query("heart"), concern="{sources} {concern}")
    for template in templates:
        for form in template.forms:
            asked = start(template, form, odd)
            about = template.asking[form].about
            assert asked.question.count("{concern}") == about.count("{concern}")
        plain = start(template, Form.OPEN, replace(query("heart"), concern=" "))
        assert "{" not in plain.question
        assert not any("{" in option.text for option in plain.options)


def test_starting_keeps_the_indicators_and_what_they_support(templates: tuple[Template, ...]) -> None:
    chosen = next(each for each in templates if each.id == "heart-failure-acuity")
    before = query("heart")
    after = start(chosen, Form.MULTIPLE_CHOICE, before)
    assert after.indicators == before.indicators
    linked = {option.text: option.indicators for option in after.options if option.indicators}
    assert linked["Acute diastolic heart failure"] == ("i1", "i2")
    assert (after.template_id, after.template_version) == (chosen.id, chosen.version)
    assert after.revision == before.revision + 1


def test_the_question_says_where_the_indicators_stand() -> None:
    assert sources(query("heart")) == (
        "the History and physical of 11/10/2026 and the Transthoracic echocardiogram of 11/11/2026"
    )
    assert sources(replace(query("heart"), indicators=())) == "the indicators below"


def test_a_form_a_template_does_not_have_is_our_own_mistake(templates: tuple[Template, ...]) -> None:
    no_yes_no = next(each for each in templates if Form.YES_NO not in each.forms)
    with pytest.raises(KeyError):
        start(no_yes_no, Form.YES_NO, query("heart"))


@pytest.mark.parametrize(
    ("concern", "trigger", "expected"),
    [
        ("CHF", "specificity", "heart-failure-acuity"),
        ("AKI", "specificity", "kidney-injury-cause"),
        ("creatinine", "clinical-indicators-without-diagnosis", "kidney-injury"),
        ("hypoxia", "clinical-indicators-without-diagnosis", "respiratory-acuity"),
        ("sacral pressure ulcer", "present-on-admission", "pressure-injury-poa"),
        ("sepsis", "clinical-validation", "sepsis-validation"),
        ("debridement", "procedure-detail", "debridement"),
        ("lysis of adhesions", "procedure-detail", "adhesiolysis"),
        ("BMI 42", "clinical-indicators-without-diagnosis", "body-mass-index"),
        ("confusion", "clinical-indicators-without-diagnosis", "mental-status"),
        ("malnutrition", "specificity", "malnutrition-degree"),
        ("gout", "specificity", "specificity"),
        ("rash", "cause-and-effect", "cause"),
    ],
)
def test_the_template_for_a_reason_and_concern_comes_first(
    templates: tuple[Template, ...], terms: DiagnosisTrie, concern: str, trigger: str, expected: str
) -> None:
    asked = replace(query("heart"), concern=concern, trigger=Trigger(trigger), indicators=())
    found = suggest(templates, asked, terms)
    assert found[0].id == expected
    assert set(found) == set(templates)
    assert found[0].trigger is Trigger(trigger)


def test_the_newest_version_is_read_and_an_older_one_stays_at_hand(tmp_path: Path) -> None:
    for version in ("2026.9", "2026.10"):
        shutil.copytree(BUILT_IN / template_versions()[0], tmp_path / version)
    assert template_versions(tmp_path) == ("2026.10", "2026.9")
    assert read_templates(tmp_path)[0].version == "2026.10-1"
    assert read_templates(tmp_path, "2026.9")[0].version == "2026.9-1"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda each: each.update(trigger="because"), "trigger"),
        (lambda each: each["forms"].pop("open-ended"), "open-ended"),
        (lambda each: each["forms"]["open-ended"].update(about="{patient} has it"), "{patient}"),
        (lambda each: each["forms"]["open-ended"].update(plain="{concern}?"), "cannot name one"),
        (lambda each: each["forms"].update(wishes={}), "yes-no"),
        (lambda each: each.update(colour="red"), "'colour'"),
        (lambda each: each.update(version=0), "number above zero"),
    ],
)
def test_a_damaged_template_says_where_and_why(tmp_path: Path, change: object, reason: str) -> None:
    shutil.copytree(BUILT_IN / template_versions()[0], tmp_path / "1")
    path = tmp_path / "1" / "skin.json"
    told = json.loads(path.read_text("utf-8"))
    change(told["templates"][1])
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises(QueryPackUnusable) as refused:
        read_templates(tmp_path)
    assert "skin.json" in str(refused.value)
    assert "templates[1]" in str(refused.value)
    assert reason in str(refused.value)


def test_two_templates_of_one_name_are_refused(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN / template_versions()[0], tmp_path / "1")
    shutil.copy(tmp_path / "1" / "skin.json", tmp_path / "1" / "zz_again.json")
    with pytest.raises(QueryPackUnusable, match="twice"):
        read_templates(tmp_path)


def test_every_family_a_template_names_is_one_the_recogniser_gives(
    templates: tuple[Template, ...], terms: DiagnosisTrie
) -> None:
    known = {each.family for words in terms_of(templates) for each in terms.mentions(words)}
    named = {family for template in templates for family in template.families}
    assert named - known - {"E22", "G93"} == set()


def terms_of(templates: tuple[Template, ...]) -> list[str]:
    answers = [option.text for each in templates for option in each.asking[Form.MULTIPLE_CHOICE].options]
    return [*answers, *(each.name for each in templates), *charts()]
