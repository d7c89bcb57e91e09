"""What we write is valid R4 and comes back as it was; what we read may hold anything."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import fhirkit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desks import D1, E1, N17_0, a_task, an_encounter
from workstation.domain.access import Coder
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.encounter import DocumentId, EncounterClass, Passage, TaskId
from workstation.domain.mirror import may_diagnose
from workstation.errors import MalformedAnswer
from workstation.fhir import outgoing, systems
from workstation.fhir.answers import wait_of
from workstation.fhir.charts import ChartParts, chart
from workstation.fhir.device import policy_from
from workstation.fhir.incoming import coder, coding_summary, coding_task, patient
from workstation.fhir.origin import path_of, rebased
from workstation.fhir.reading import moment, plain
from workstation.sync.three_way import Verdict, compare

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
CODER = Coder("dana", "dana", "Dana Whitfield", "CCS")
STAMPS = outgoing.Stamps("FY2027", "2026.11")

codes = st.one_of(
    st.from_regex(r"\A[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\Z").map(lambda v: Code(CodeSystem.ICD10CM, v)),
    st.from_regex(r"\A[0-9A-HJ-NP-Z]{7}\Z").map(lambda v: Code(CodeSystem.ICD10PCS, v)),
    st.from_regex(r"\A[0-9]{5}\Z").map(lambda v: Code(CodeSystem.CPT, v)),
)
KIND = {
    CodeSystem.ICD10CM: LineKind.DIAGNOSIS,
    CodeSystem.ICD10PCS: LineKind.PROCEDURE,
    CodeSystem.CPT: LineKind.SERVICE,
}
passages = st.builds(Passage, st.just(D1), st.integers(0, 10_000), st.integers(10_001, 20_000))
words = st.text(st.characters(whitelist_categories=("L", "N", "P", "Zs")), max_size=40).map(str.strip)


@st.composite
def summaries(draw) -> CodingSummary:
    lines = []
    for n, code in enumerate(draw(st.lists(codes, min_size=1, max_size=6))):
        kind = KIND[code.system]
        line = Line(
            LineId(str(n)), kind, code, draw(words),
            poa=draw(st.sampled_from([None, *PoaIndicator])) if kind is LineKind.DIAGNOSIS else None,
            performed_on=date(2026, 11, 10) if kind is not LineKind.DIAGNOSIS else None,
            units=draw(st.integers(1, 9)) if kind is LineKind.SERVICE else 1,
            evidence=tuple(draw(st.lists(passages, max_size=2))), rationale=draw(words),
        )  # fmt: skip
        lines.append(line)
    diagnoses = [line.id for line in lines if line.kind is LineKind.DIAGNOSIS]
    principal = draw(st.sampled_from([None, *diagnoses])) if diagnoses else None
    return CodingSummary(E1, principal, tuple(lines), draw(words))


def faults(resource: dict) -> list[str]:
    return [str(issue) for issue in fhirkit.validate(json.dumps(resource))]


def shape(summary: CodingSummary) -> list:
    ordered = [line for line in (summary.principal, *summary.secondary, *summary.procedures, *summary.services) if line]
    return [replace(line, id=LineId("")) for line in ordered]


@given(summaries())
def test_every_summary_becomes_a_valid_claim_and_comes_back(summary: CodingSummary) -> None:
    claim = outgoing.claim(an_encounter(), summary, CODER, "018f-uuid", STAMPS, AT)
    assert faults(claim) == []
    back = coding_summary(json.loads(json.dumps(claim)), E1)
    assert shape(back) == shape(summary)
    assert back.comment == plain(summary.comment)
    assert (back.principal.code if back.principal else None) == (summary.principal.code if summary.principal else None)


@pytest.mark.parametrize("kind", list(EncounterClass))
def test_an_encounter_with_nothing_known_still_makes_a_valid_claim(kind: EncounterClass) -> None:
    bare = an_encounter(
        encounter_class=kind, coverage_ref="", provider_org_ref="", facility="", disposition="", admitted_at=None,
        discharged_at=None, providers=(),
    )  # fmt: skip
    line = Line(LineId("1"), LineKind.DIAGNOSIS, N17_0, "")
    claim = outgoing.claim(bare, CodingSummary(E1, line.id, (line,)), CODER, "u", STAMPS, AT)
    assert faults(claim) == []
    assert claim["insurance"][0]["coverage"] == {"display": "not known to coding"}


def test_the_principal_is_read_from_its_type_and_not_from_the_order() -> None:
    def diagnosis(code: str, system: str, kind: str) -> dict:
        return {
            "diagnosisCodeableConcept": outgoing.concept(systems.ICD10CM, code),
            "type": [outgoing.concept(system, kind)],
        }

    body = {"diagnosis": [diagnosis("N17.0", systems.C4BB_DIAGNOSIS_TYPE, "other"),
                          diagnosis("I50.23", systems.DIAGNOSIS_TYPE, "principal")]}  # fmt: skip
    assert str(coding_summary(body, E1).principal.code) == "I50.23"


def test_a_changed_task_keeps_what_we_do_not_know_of() -> None:
    task = {**json.loads(a_task().raw), "note": [{"text": "call me"}], "extension": [{"url": "x", "valueCode": "y"}]}
    changed = outgoing.changed_task(task, outgoing.CODED, AT, "Claim/1")
    assert (changed["note"], changed["extension"], changed["status"]) == (task["note"], task["extension"], "completed")
    assert "versionId" not in changed.get("meta", {})
    assert faults(changed) == []
    assert faults(outgoing.transaction(None, changed, "3")) == []


def test_modifiers_belong_to_the_system_that_made_them() -> None:
    line = Line(LineId("1"), LineKind.SERVICE, Code(CodeSystem.CPT, "99284"), "", modifiers=("25", "JW"))
    claim = outgoing.claim(an_encounter(), CodingSummary(E1, None, (line,)), CODER, "u", STAMPS, AT)
    found = [m["coding"][0]["system"] for m in claim["item"][0]["modifier"]]
    assert found == [systems.CPT, systems.HCPCS]


@pytest.mark.parametrize(("on", "year"), [(date(2026, 9, 30), "2026"), (date(2026, 10, 1), "2027")])
def test_the_fiscal_year_changes_in_october(on: date, year: str) -> None:
    assert outgoing.fiscal_year(on) == year


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "id", "status", "class", "subject", "participant", "period", "hospitalization", "serviceProvider", "identifier",
    "meta", "name", "telecom", "address", "contact", "content", "type", "author", "date", "relatesTo", "category",
    "code", "valueQuantity", "referenceRange", "interpretation", "component", "dosageInstruction", "dosage", "request",
    "payor", "owner", "encounter", "focus", "for", "restriction", "output", "extension", "diagnosis", "item", "birthDate",
]  # fmt: skip
nonsense = st.dictionaries(st.sampled_from(NAMES), json_values, max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine the first draw takes long
@given(nonsense, nonsense, nonsense)
def test_nonsense_is_read_or_refused_and_never_crashes(one: dict, two: dict, three: dict) -> None:
    for read in (coding_task, patient, policy_from, lambda r: coder(r, (two,)), lambda r: coding_summary(r, E1)):
        try:
            read(one)
        except MalformedAnswer:
            continue
    parts = ChartParts(
        {**one, "id": "e1"}, TaskId("t"), {"Patient/p": {**two, "id": "p"}, "Practitioner/x": three},
        [{**two, "id": "d"}], [two, three], [two], [three], [one, two], [{**three, "id": "c"}],
    )  # fmt: skip
    assert chart(parts).encounter.id == "e1"


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("https://fhir.example/r4/Task?page=2", "https://fhir.example/r4/Task?page=2"),
        ("http://localhost:8080/r4?_getpages=a", "https://fhir.example/r4?_getpages=a"),
        ("Task?page=2", "https://fhir.example/r4/Task?page=2"),
        ("https://evil.example/other?x", None),
        ("https://fhir.example/r4/../admin", None),
        ("https://fhir.example/r4/%2e%2e/admin", None),
        ("https://fhir.example/r4/%252E%252e/admin", None),
        ("https://fhir.example/r4/..\\admin", None),
        ("https://fhir.example:8443/r4/Task?page=2", "https://fhir.example/r4/Task?page=2"),
        ("//evil.example/r4?page=2", "https://fhir.example/r4?page=2"),
        ("javascript:alert(1)", None),
        ("https://fhir.example:bad/r4", None),
        ("https://fhir.example/r4evil?page=2", None),
    ],
)
def test_a_next_link_stays_on_the_server_or_is_refused(link: str, followed: str | None) -> None:
    if followed is None:
        with pytest.raises(MalformedAnswer):
            rebased(link, "https://fhir.example/r4")
    else:
        assert rebased(link, "https://fhir.example/r4") == followed


@pytest.mark.parametrize("reference", ["Patient/../x", "Patient/a/b", "http://evil/Patient/1", "Patient/", "#p1", ""])
def test_no_path_is_built_from_a_strange_reference(reference: str) -> None:
    with pytest.raises(MalformedAnswer):
        path_of(reference, "https://fhir.example/r4")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Tue, 24 Nov 2026 14:01:00 GMT"}, 60),
        ({"Retry-After": "Tue, 24 Nov 2026 13:00:00 GMT"}, 0),
        ({"RateLimit": '"requests";r=0;t=9, "points";r=0;t=31'}, 31),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"Retry-After": "99999999"}, 900),
        ({"Retry-After": "soon", "RateLimit": '"r";r=0;t=12'}, 12),
        ({"Retry-After": "-5", "x-ms-retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_server_says_how_long_to_wait_in_four_ways(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_of(headers, AT) == seconds


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-09T14:20:00-05:00", "2026-11-09T14:20:00-05:00"),
        ("2026-11-09T14:20:00.1234567Z", "2026-11-09T14:20:00.123456+00:00"),
        ("2026-11-09", "2026-11-09T00:00:00+00:00"),
        ("2026-11", None),
        ("2026-13-45T99:00:00Z", None),
        (20261109, None),
    ],
)
def test_moments_keep_the_offset_they_were_written_with(text: object, read: str | None) -> None:
    found = moment(text)
    assert (found.isoformat() if found else None) == read


def test_labels_lose_controls_and_direction_overrides() -> None:
    assert plain("Har\u202eold\x00 B\u2066.") == "Harold B."


@pytest.mark.parametrize(
    ("credential", "kind", "setting", "may"),
    [
        ("MD", "34117-2", EncounterClass.INPATIENT, True),
        ("PA-C", "11506-3", EncounterClass.INPATIENT, True),
        ("RN, BSN", "34746-8", EncounterClass.INPATIENT, False),
        ("RD", "11506-3", EncounterClass.INPATIENT, False),
        ("MD", "11526-1", EncounterClass.INPATIENT, False),
        ("MD", "18748-4", EncounterClass.AMBULATORY, True),
        ("", "34117-2", EncounterClass.INPATIENT, False),
    ],
)
def test_a_diagnosis_rests_on_those_who_may_establish_it(
    credential: str, kind: str, setting: EncounterClass, may: bool
) -> None:
    assert may_diagnose(credential, kind, setting) is may


def test_policy_is_read_within_the_floors() -> None:
    basic = {
        "resourceType": "Basic", "id": "policy1", "meta": {"versionId": "4"},
        "extension": [{"url": systems.WORKSTATION_POLICY, "extension": [
            {"url": "idleLock", "valueDuration": {"value": 2, "code": "h"}},
            {"url": "offlineMax", "valueDuration": {"value": 8, "code": "h"}},
            {"url": "feature", "extension": [{"url": "role", "valueCode": "lead"}, {"url": "allow", "valueCode": "reassign"}]},
        ]}],
    }  # fmt: skip
    found = policy_from(basic)
    assert found is not None
    assert (found.version, found.idle_lock, found.lease) == ("policy1/4", 15 * 60, 8 * 3600)
    assert found.allows(frozenset({"lead"}), "reassign")


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [
        ({}, Verdict.REAPPLY),
        ({"priority": "stat", "restriction": {"period": {"end": "2026-12-01"}}}, Verdict.REAPPLY),
        ({"status": "cancelled"}, Verdict.WITHDRAWN),
        ({"owner": {"reference": "Practitioner/miguel"}}, Verdict.WITHDRAWN),
        ({"status": "on-hold"}, Verdict.CONFLICT),
        (
            {"status": "in-progress", "businessStatus": outgoing.concept(systems.CODING_STATUS, "in-progress")},
            Verdict.ALREADY_THERE,
        ),
    ],
)
def test_three_versions_tell_what_to_do(theirs: dict, verdict: Verdict) -> None:
    base = json.loads(a_task().raw)
    assert compare(base, {**base, **theirs}, outgoing.STARTED, "coder1", "") is verdict


def test_psychotherapy_notes_and_errors_are_never_read() -> None:
    def document(name: str, **changes: object) -> dict:
        return {"resourceType": "DocumentReference", "id": name, "status": "current", **changes}

    secret = {"security": [{"system": systems.ACT_CODE, "code": "PSYTHPN"}]}
    parts = ChartParts({"resourceType": "Encounter", "id": "e1"}, TaskId("t"))
    parts.documents = [
        document("a"), document("b", meta=secret), document("c", status="entered-in-error"),
    ]  # fmt: skip
    assert [d.id for d in chart(parts).encounter.documents] == [DocumentId("a")]
