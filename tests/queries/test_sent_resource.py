"""No known identifier of the patient survives in the resource that is sent, in any form the redactor claims."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desks import E1, a_document, an_encounter
from workstation.domain.access import Coder
from workstation.domain.encounter import (
    DocumentId,
    Encounter,
    Passage,
    Patient,
    PatientId,
    Provider,
    ProviderId,
    Result,
)
from workstation.domain.queries.indicators import from_passage, from_result, recipients, result_words, role_of
from workstation.domain.queries.life import Standing
from workstation.domain.queries.query import (
    IndicatorId,
    Option,
    OptionKind,
    ProviderQuery,
    QueryId,
    Trigger,
    add_indicator,
    in_order,
    remove_indicator,
)
from workstation.domain.redaction.kinds import Profile
from workstation.domain.redaction.known import known_of
from workstation.domain.redaction.redactor import redact
from workstation.fhir.query_out import Leaving, changed_request, communication_request, provider_task, sending

CODER = Coder("dana", "dana", "Dana Whitfield", "CCS", frozenset({"inpatient-coder"}))
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
FAMILIES = st.sampled_from(["Brannigan", "Okonkwo", "Vandermeer", "Szczepanski", "Delacroix", "Iwasaki"])
GIVEN = st.sampled_from(["Harold", "Adaeze", "Wilhelmina", "Tadeusz", "Marguerite", "Kenji"])
SAID = (
    "{} was weaned from oxygen",
    "EF of {} is 20",
    "per {}: no chest pain",
    "{}'s creatinine is 2.4",
    "seen with {} today",
)
FORMS = (
    "{g} {f}", "{f}, {g}", "{F}, {G}", "{f}", "mr. {f}", "Mrs. {f}", "{g} {i}. {f}", "{G} {F}", "{f},\n{g}", "{g}\n{f}",
    "{low}",
)  # fmt: skip
NUMBERS = ("{}", "MRN {}", "#{}", "MRN: {}", "record no. {}")


def stay(family: str, given_name: str, mrn: str, born: date) -> Encounter:
    patient = Patient(
        PatientId("p1"), family, (given_name,), "male", born, mrn, ("330-555-0117",), ("88 Tannery Row, Lakemere, OH 44222",),
        ("Constance Pemberton, wife, 330-555-0134",),
    )  # fmt: skip
    return an_encounter(patient=patient, account_number="2611090417")


def resource(encounter: Encounter, text: str) -> str:
    """The transaction as JSON, with one passage that is the whole of `text`."""
    indicator = from_passage(
        IndicatorId("i1"), encounter, a_document(), Passage(DocumentId("d1"), 0, len(text), text)
    )  # fmt: skip
    query = ProviderQuery(
        QueryId("q1"),
        E1,
        Trigger.SPECIFICITY,
        question="Please clarify.",
        options=(Option("Other", OptionKind.OTHER),),
        indicators=(indicator,),
        recipient_id=ProviderId("ortiz"),
    )
    shown = redact(text, known_of(encounter), Profile.QUERY).text
    standing = Standing(result_id="r1")
    leaving = Leaving({indicator.id: shown}, {})
    request = communication_request(query, encounter, leaving, CODER, standing, NOW)
    task = provider_task(query, encounter, encounter.task_id, CODER, standing, NOW)
    return json.dumps(sending(request, task, "r1"), ensure_ascii=False)


@given(
    FAMILIES, GIVEN, st.integers(1_000_000, 99_999_999).map(lambda n: f"{n:08}"), st.dates(date(1930, 1, 1), date(2005, 1, 1)),
    st.sampled_from(FORMS), st.sampled_from(SAID), st.sampled_from(NUMBERS),
    st.sampled_from(["%m/%d/%Y", "%Y-%m-%d", "%m-%d-%y", "%B %d, %Y", "%d %b %Y"]),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_identifier_survives_in_a_sent_resource(family, given_name, mrn, born, form, said, number, day) -> None:
    encounter = stay(family, given_name, mrn, born)
    named = form.format(
        g=given_name,
        f=family,
        G=given_name.upper(),
        F=family.upper(),
        i=given_name[0],
        low=f"{given_name} {family}".lower(),
    )
    text = (
        f"{said.format(named)}. {number.format(mrn)}. Born {born.strftime(day)}. Acct 2611090417. Call (330) 555-0117 or "
        f"330.555.0134; wife Constance Pemberton at 88 Tannery Row. Creatinine 2.4 mg/dL on 11/12/2026."
    )
    wire = resource(encounter, text)
    low = wire.casefold()
    for identifier in (
        family,
        given_name,
        mrn,
        born.strftime(day),
        "2611090417",
        "555-0117",
        "555.0134",
        "Tannery",
        "Pemberton",
    ):
        assert identifier.casefold() not in low, (identifier, wire)
    assert "Creatinine 2.4 mg/dL on 11/12/2026." in wire  # what the provider needs to answer stays


def test_a_retracted_request_holds_nothing_of_the_chart() -> None:
    request = json.loads(resource(stay("Brannigan", "Harold", "00482913", date(1952, 3, 14)), "Creatinine 2.4 mg/dL."))
    asked = request["entry"][0]["resource"]
    emptied = json.dumps(changed_request(asked, "revoked", "Retracted.", emptied=True))
    assert "Creatinine" in json.dumps(asked)
    assert "Creatinine" not in emptied
    assert "DocumentReference" not in emptied


def test_a_result_says_what_its_table_says_and_names_its_source() -> None:
    result = Result("Creatinine", "2.4", "mg/dL", "0.6 to 1.1", "HH", NOW, "BMP", "Observation/o1")
    assert result_words(result) == "Creatinine 2.4 mg/dL, critically high (reference 0.6 to 1.1)"
    indicator = from_result(IndicatorId("i1"), an_encounter(), result, "labs")
    assert (indicator.reference, indicator.source_type, indicator.author_role) == (
        "Observation/o1", "Laboratory result", "laboratory",
    )  # fmt: skip


def test_recipients_are_who_documented_the_attending_first() -> None:
    providers = (
        Provider(ProviderId("rad"), "Ines Cole", "MD", "consultant"),
        Provider(ProviderId("ortiz"), "Elena Ortiz", "MD", "attending"),
        Provider(ProviderId("silent"), "Theo Marsh", "MD", "consultant"),
        Provider(ProviderId("rn"), "Pat Lowe", "RN", "nurse"),
    )
    documents = (
        a_document(),
        a_document(id=DocumentId("d2"), author="Ines Cole, MD"),
        a_document(id=DocumentId("d3"), author="Pat Lowe, RN", author_is_provider=False),
    )
    encounter = an_encounter(providers=providers, documents=documents)
    assert [provider.id for provider in recipients(encounter)] == ["ortiz", "rad"]
    assert [role_of(document, providers) for document in documents] == ["attending", "consultant", "nurse"]
    assert role_of(replace(a_document(), author="Sam Reed, RD"), providers) == "RD"


def test_the_same_place_counts_once_and_takes_its_links_with_it() -> None:
    encounter = an_encounter()
    passage = Passage(DocumentId("d1"), 8, 13, "Acute")
    first, again = (from_passage(IndicatorId(name), encounter, a_document(), passage) for name in ("a", "b"))
    query = add_indicator(add_indicator(ProviderQuery(QueryId("q"), E1), first), again)
    assert [indicator.id for indicator in query.indicators] == ["a"]
    linked = replace(query, options=in_order((Option("Answer", OptionKind.ANSWER, (first.id,)),)))
    assert remove_indicator(linked, first.id).options[0].indicators == ()
