"""Whatever is typed: the check never fails, never changes its mind, and each mending it offers mends."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.queries.corpus import context, query, read
from workstation.codebook.diagnosis_terms import DiagnosisTrie
from workstation.domain.queries.compliance import check
from workstation.domain.queries.context import Context
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.query import (
    Form,
    IndicatorId,
    Option,
    OptionKind,
    ProviderQuery,
    ReferenceNote,
    Trigger,
)
from workstation.domain.queries.rules import RulePack

SENTENCES = (
    "Heart failure is documented.", "Can it be specified further?", "Would you agree that this is sepsis?",
    "This is an MCC.", "The DRG changes.", "It reflects how sick she was.", "Mr. Pruitt had fever.",
    "The patient meets criteria for severe sepsis.", "Please document acute respiratory failure.",
    "KDIGO asks for a rise of 0.3.", "**Please** answer.", "He was given OXYGEN!!", 'The note says "no such words".',
    'The note says "CHF exacerbation".', "[x] Sepsis", "Please remove sepsis.", "", "CC: short of breath.", "?",
    "Atrial fibrillation, COPD and pneumonia?", "a" * 750, "\N{FULLWIDTH LATIN CAPITAL LETTER A}", "Marjorie", "00482913",
)  # fmt: skip
words = st.lists(st.sampled_from(SENTENCES), max_size=4).map(" ".join)
texts = st.one_of(words, st.text(max_size=80))
options = st.builds(
    Option,
    st.one_of(
        st.sampled_from(("Sepsis", "Other", "Unable to determine", "Severe malnutrition", "☑ Yes", "(MCC)", "")), texts
    ),
    st.sampled_from(OptionKind),
    st.lists(st.sampled_from(("i1", "i2", "gone")).map(IndicatorId), max_size=2).map(tuple),
)
indicators = st.lists(
    st.sampled_from((
        "hp:CHF exacerbation", "echo:Ejection fraction 55 to 60 %", "lab:BNP", "hp:*all", "rn:Wife Marjorie at the bedside",
        "cm:Working DRG 291, GMLOS 3.9", "old:Ejection fraction 60 %",
    )), max_size=4, unique=True,
)  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> ProviderQuery:
    made = query("heart", indicators=draw(indicators), recipient=draw(st.sampled_from(("ortiz", "lin", "dolan", ""))))
    note = draw(st.one_of(st.none(), st.builds(ReferenceNote, texts, texts)))
    changed = {
        each.id: replace(
            each,
            author_role=draw(st.sampled_from(("", each.author_role))),
            start=draw(st.sampled_from((each.start, each.start + 1))),
            prior_encounter=draw(st.booleans()),
            pertinence=draw(st.sampled_from(("", "Baseline", "An MCC", "Marjorie said so"))),
        )
        for each in made.indicators
    }
    return replace(
        made,
        indicators=tuple(changed[each.id] for each in made.indicators),
        trigger=draw(st.one_of(st.none(), st.sampled_from(Trigger))),
        form=draw(st.sampled_from(Form)),
        title=draw(st.one_of(st.just(made.title), texts)),
        question=draw(texts),
        concern=draw(st.one_of(st.just("heart failure"), texts)),
        options=tuple(draw(st.lists(options, max_size=5))),
        reference_note=note,
        template_id=draw(st.sampled_from(("", "specificity"))),
    )


def mendings_hold(asked: ProviderQuery, told: Context, pack: RulePack) -> None:
    found = check(asked, told, pack)
    for each in found:
        if each.mended is None:
            assert each.fix == ""
            continue
        assert each.fix
        after = check(each.mended, told, pack)
        assert count(after)[each.rule] < count(found)[each.rule]
        assert not blocks(after) - blocks(found)


def count(found: tuple[QueryFinding, ...]) -> Counter[str]:
    return Counter(each.rule for each in found)


def blocks(found: tuple[QueryFinding, ...]) -> Counter[str]:
    return Counter(each.rule for each in found if each.weight is Weight.BLOCK)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries())
def test_each_mending_mends_and_brings_nothing_that_blocks(
    asked: ProviderQuery, terms: DiagnosisTrie, pack: RulePack
) -> None:
    mendings_hold(asked, context("heart", terms), pack)


def test_each_mending_of_the_corpus_mends(terms: DiagnosisTrie, pack: RulePack) -> None:
    for each in read("broken.jsonl", terms):
        mendings_hold(each.query, each.context, pack)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries())
def test_pressing_every_button_comes_to_an_end(asked: ProviderQuery, terms: DiagnosisTrie, pack: RulePack) -> None:
    told = context("heart", terms)
    for _ in range(60):
        offered = next((each.mended for each in check(asked, told, pack) if each.mended is not None), None)
        if offered is None:
            return
        asked = offered
    raise AssertionError(f"still something to mend: {[each.rule for each in check(asked, told, pack)]}")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries())
def test_the_same_query_has_the_same_findings(asked: ProviderQuery, terms: DiagnosisTrie, pack: RulePack) -> None:
    told = context("heart", terms)
    before = replace(asked)
    assert check(asked, told, pack) == check(asked, told, pack)
    assert asked == before


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_text_anywhere_is_checked(data: st.DataObject, terms: DiagnosisTrie, pack: RulePack) -> None:
    anything = st.text(max_size=200)
    asked = replace(
        query("sepsis"),
        title=data.draw(anything),
        question=data.draw(anything),
        concern=data.draw(anything),
        options=tuple(Option(data.draw(anything)) for _ in range(data.draw(st.integers(0, 3)))),
    )
    for each in check(asked, context("sepsis", terms), pack):
        text = {"title": asked.title, "question": asked.question, "concern": asked.concern}.get(each.part)
        if text is not None:
            assert 0 <= each.start <= each.end <= len(text)
