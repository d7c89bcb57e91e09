"""What the check promises its screens: where the words stand, how far each finding goes, and one path for every query."""

from __future__ import annotations

from dataclasses import fields, replace
from types import MappingProxyType

import pytest

from tests.queries.corpus import context, query, read
from workstation.codebook.diagnosis_terms import DiagnosisTrie
from workstation.domain.queries.compliance import check
from workstation.domain.queries.context import remembered
from workstation.domain.queries.finding import QueryFinding, Weight, stops
from workstation.domain.queries.query import (
    NEUTRAL_TITLE,
    Channel,
    Form,
    Option,
    OptionKind,
    ProviderQuery,
    ReferenceNote,
    in_order,
    justify,
    revise,
    set_options,
)
from workstation.domain.queries.rules import RulePack


def only(found: tuple[QueryFinding, ...], rule: str) -> QueryFinding:
    (one,) = [each for each in found if each.rule == rule]
    return one


def test_a_finding_points_at_the_words_in_question(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="Heart failure is documented. Would you agree that it is acute? It is an MCC.")
    found = check(asked, context("heart", terms), pack)
    money, leading = only(found, "Q08"), only(found, "Q11")
    assert asked.question[money.start : money.end] == "MCC"
    assert asked.question[leading.start : leading.end] == "Would you agree"
    assert "AHIMA" in money.why
    assert "MCC" in money.text


def test_a_leading_question_is_mended_into_a_neutral_one(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="Would you agree that this is acute diastolic heart failure?")
    mended = only(check(asked, context("heart", terms), pack), "Q11").mended
    assert mended is not None
    assert (
        mended.question
        == "Based on your clinical judgment, please specify the documented heart failure further, if possible."
    )
    assert mended.options == asked.options
    assert mended.revision > asked.revision
    assert check(mended, context("heart", terms), pack) == ()


def test_money_goes_with_its_sentence_and_the_rest_stays(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="Heart failure is documented. The DRG depends on it. Can it be specified further?")
    mended = only(check(asked, context("heart", terms), pack), "Q08").mended
    assert mended is not None
    assert mended.question == "Heart failure is documented. Can it be specified further?"


def test_yes_and_no_become_an_open_question(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query(
        "heart", form="yes-no", trigger="clinical-indicators-without-diagnosis", concern="hypoxia",
        question="Does the patient have acute respiratory failure?", options=["*yes", "*no", "*other", "*unable"],
    )  # fmt: skip
    found = check(asked, context("heart", terms), pack)
    assert {each.rule for each in found} == {"Q12", "Q13"}
    for each in found:
        assert each.mended is not None
        assert each.mended.form is Form.OPEN
        assert each.mended.options == ()
        assert "respiratory failure" not in each.mended.question


def test_the_ways_out_are_added_at_the_end(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", options=["Chronic diastolic heart failure <- 2"])
    mended = only(check(asked, context("heart", terms), pack), "Q15").mended
    assert mended is not None
    assert [each.text for each in mended.options] == ["Chronic diastolic heart failure", "Other (please specify)"]
    assert mended.options[1].kind is OptionKind.OTHER


def test_the_last_answer_taken_out_leaves_an_open_question(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", options=["Chronic systolic heart failure", "*other", "*unable"])
    mended = only(check(asked, context("heart", terms), pack), "Q17").mended
    assert mended is not None
    assert mended.form is Form.OPEN


def test_an_excerpt_that_moved_is_found_again(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query(
        "heart", indicators=["hp:CHF exacerbation", {"of": "echo:Ejection fraction 55 to 60 %", "start": 0, "end": 28}]
    )
    mended = only(check(asked, context("heart", terms), pack), "Q03").mended
    assert mended is not None
    told = mended.indicators[1]
    assert context("heart", terms).texts[told.document_id][told.start : told.end] == told.text


def test_a_long_excerpt_is_cut_where_a_sentence_ends(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", indicators=["hp:*all", "echo:Ejection fraction 55 to 60 %"])
    mended = only(check(asked, context("heart", terms), pack), "Q32").mended
    assert mended is not None
    cut = mended.indicators[0]
    assert len(cut.text) <= pack.caps.excerpt
    assert context("heart", terms).texts[cut.document_id].startswith(cut.text)
    assert cut.end == len(cut.text)


def test_an_elevation_lifts_the_caps_and_says_so(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", indicators=["hp:*all", "echo:Ejection fraction 55 to 60 %"])
    (found,) = check(asked, context("heart", terms, longer_allowed=True), pack)
    assert found.rule == "Q32"
    assert found.weight is Weight.INFORMATION
    assert stops((found,), asked) == ()


def test_a_definition_moves_below_with_its_source(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="KDIGO stages are of the kidney. Can heart failure be specified further?")
    mended = only(check(asked, context("heart", terms), pack), "Q24").mended
    assert mended is not None
    assert mended.reference_note == ReferenceNote("KDIGO stages are of the kidney.", "KDIGO")
    assert mended.question == "Can heart failure be specified further?"


def test_bold_capitals_and_wide_letters_are_made_plain(terms: DiagnosisTrie, pack: RulePack) -> None:
    bold = (
        "\U0001d41f\U0001d42e\U0001d42b\U0001d42d\U0001d421\U0001d41e\U0001d42b"  # "further" in bold letters of Unicode
    )
    asked = query(
        "heart",
        question=f"Heart failure is documented. Can its <b>TYPE</b> be **specified** {bold}?",
    )
    mended = only(check(asked, context("heart", terms), pack), "Q20").mended
    assert mended is not None
    assert mended.question == "Heart failure is documented. Can its TYPE be specified further?"


def test_what_blocks_comes_first(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="Would you agree? This reflects how sick she was.", recipient="lin", options=[])
    weights = [each.weight for each in check(asked, context("heart", terms), pack)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) > 1


def test_a_justified_warning_stops_no_more_and_a_block_does(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", recipient="lin", title="Sepsis")
    found = check(asked, context("heart", terms), pack)
    assert {each.rule for each in stops(found, asked)} == {"Q10", "Q29"}
    justified = justify(justify(asked, "Q29", "Covers for Dr. Ortiz"), "Q10", "I want it so")
    assert {each.rule for each in stops(check(justified, context("heart", terms), pack), justified)} == {"Q10"}


def test_a_query_to_nobody_passes_with_no_justification(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = justify(query("heart", recipient=""), "Q29", "No idea whom")
    assert [each.rule for each in stops(check(asked, context("heart", terms), pack), asked)] == ["Q29"]


def test_an_earlier_stay_leaves_after_attestation_or_review(terms: DiagnosisTrie, pack: RulePack) -> None:
    old = {"of": "old:Baseline weight 92 kg, no oxygen at home", "prior_encounter": True, "pertinence": "Baseline"}
    asked = query("heart", indicators=["hp:CHF exacerbation", "echo:Ejection fraction 55 to 60 %", old])
    found = check(asked, context("heart", terms), pack)
    assert [each.weight for each in found] == [Weight.ATTESTATION]
    assert stops(found, asked) == found
    assert stops(found, revise(asked, attestation="It bears on today's oxygen.")) == ()
    assert stops(found, asked, reviewed=True) == ()


def test_the_pack_decides_how_far_a_rule_goes(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", recipient="lin")
    raised = replace(pack.rule("Q29"), weight=Weight.BLOCK)
    stricter = replace(pack, rules=MappingProxyType({**pack.rules, "Q29": raised}))
    assert only(check(asked, context("heart", terms), stricter), "Q29").weight is Weight.BLOCK


def test_every_channel_and_every_origin_goes_one_way(terms: DiagnosisTrie, pack: RulePack) -> None:
    for each in read("broken.jsonl", terms):
        spoken = replace(each.query, channel=Channel.VERBAL)
        generated = replace(each.query, template_id="generated", template_version="1")
        written = parts(check(each.query, each.context, pack))
        assert parts(check(spoken, each.context, pack)) == written
        if "Q34" not in each.about:
            assert parts(check(generated, each.context, pack)) == written


def parts(found: tuple[QueryFinding, ...]) -> list[tuple[str, str, Weight]]:
    return [(each.rule, each.part, each.weight) for each in found]


def test_no_number_of_indicators_or_answers_is_asked_for(terms: DiagnosisTrie, pack: RulePack) -> None:
    """Q02 and Q18: the least there can be is enough, and no cap in the pack speaks of a least number."""
    asked = query(
        "heart",
        indicators=["echo:Ejection fraction 55 to 60 %"],
        options=["Chronic diastolic heart failure <- 1", "*other", "*unable"],
    )
    assert check(asked, context("heart", terms), pack) == ()
    assert not [each.name for each in fields(pack.caps) if "least" in each.name or "min" in each.name]


def test_no_answer_can_be_chosen_beforehand() -> None:
    """Q37: neither a query nor an answer has a place to put a choice into."""
    names = {each.name for kind in (Option, ProviderQuery) for each in fields(kind)}
    assert not {name for name in names if any(word in name for word in ("chosen", "selected", "default", "checked"))}


def test_the_neutral_title_is_what_a_draft_begins_with() -> None:
    assert query("heart").title == NEUTRAL_TITLE == "Clinical documentation clarification"


def test_one_order_for_every_list_of_answers() -> None:
    given = [Option("no idea", OptionKind.UNDETERMINED), Option("b"), Option("Other", OptionKind.OTHER), Option("A")]
    assert [each.text for each in in_order(given)] == ["A", "b", "Other", "no idea"]
    asked = set_options(query("heart"), given)
    assert asked.options == in_order(given)


@pytest.mark.parametrize("part", ["title", "concern"])
def test_an_identifier_is_taken_out_wherever_it_is_typed(terms: DiagnosisTrie, pack: RulePack, part: str) -> None:
    asked = revise(query("heart"), **{part: "Heart failure of Harold"})
    found = only(check(asked, context("heart", terms), pack), "Q31")
    assert found.mended is not None
    assert "Harold" not in getattr(found.mended, part)
    assert "Harold" not in found.text


def test_a_finding_never_repeats_an_identifier(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="Harold Pruitt, MRN 00482913, has heart failure. Can it be specified further?")
    for each in check(asked, context("heart", terms), pack):
        assert not any(word in each.text for word in ("Harold", "Pruitt", "00482913"))


def test_own_words_are_looked_at_apart_and_what_only_may_be_a_name_is_a_warning(
    terms: DiagnosisTrie, pack: RulePack
) -> None:
    asked = query("heart", question="Rose: heart failure is documented. Can it be specified further?")
    told = replace(context("heart", terms), own_words=lambda text: ((), ((0, 4),) if text[:4] == "Rose" else ()))
    named = only(check(asked, told, pack), "Q31")
    assert named.weight is Weight.WARNING
    assert asked.question[named.start : named.end] == "Rose"
    assert named.mended is not None
    assert "Rose" not in named.mended.question
    assert stops((named,), asked) == (named,)
    assert stops((named,), justify(asked, "Q31", "It is the flower.")) == ()


def test_a_field_too_long_to_check_stops_the_query(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked = query("heart", question="Sepsis? " * 20_000)
    (long,) = check(asked, context("heart", terms), pack)
    assert (long.rule, long.weight, long.part) == ("Q32", Weight.BLOCK, "question")


def test_texts_that_stay_the_same_are_searched_once_while_one_types(terms: DiagnosisTrie, pack: RulePack) -> None:
    asked_for: list[str] = []

    def identifiers(text: str) -> tuple[tuple[int, int], ...]:
        asked_for.append(text)
        return ()

    told = replace(context("heart", terms), identifiers=remembered(identifiers))
    check(query("heart"), told, pack)
    before = len(asked_for)
    typed = query("heart", question=query("heart").question + " ")
    check(typed, told, pack)
    assert asked_for[before:] == [typed.question]
