from __future__ import annotations

import base64
import json

import fhirkit
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.domain.access import Coder
from workstation.domain.audit import VIEWS, Act, Intent, Outcome, Subject
from workstation.domain.trail import AuditSend
from workstation.fhir.audit import CHAIN, AuditSource, audit_event
from workstation.host.clock import SetClock
from workstation.journal.chain import signed_part
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

SOURCE = AuditSource("6f0c2a52-6d49-4a53-9a5c-0d0f4b1c6f10", "0.1.0", "ws-17", "https://fhir.example/R4", "Device/ws1")
DANA = Coder("dana", "dana", "Dana Whitfield", "CCS", frozenset({"inpatient-coder"}))
SUBJECT = Subject("Patient/p1", "Encounter/e1", "DocumentReference/d1", "1")


def sent(act: Act, subject: Subject = SUBJECT, outcome: Outcome = Outcome.DONE, **more: str) -> AuditSend:
    journal = Journal.open(None, DeviceKeys.throw_away(), SetClock())
    try:
        journal.introduce(DANA)
        entry = journal.append(Intent(act, subject, **more), user="dana")
        journal.outcome(entry.id, outcome, "a reason")
        journal.checkpoint()
        return journal.unsent()[0]
    finally:
        journal.close()


def roles(event: dict) -> list[str]:
    return [agent["type"]["coding"][0]["code"] for agent in event["agent"]]


@pytest.mark.parametrize("act", Act)
def test_every_act_is_a_valid_audit_event_under_the_intents_id(act: Act) -> None:
    send = sent(act, request_id="9d5c3c6e-7f4b-4d3f-8e7c-0b1a2c3d4e5f")
    event = audit_event(send, SOURCE)
    assert [f"{issue.path}: {issue.message}" for issue in fhirkit.validate(json.dumps(event))] == []
    assert event["id"] == send.id == event["meta"]["tag"][0]["code"]
    assert ("period" in event) == (act not in VIEWS)


def test_a_read_names_the_server_as_source_and_the_client_as_destination() -> None:
    event = audit_event(sent(Act.FETCH, request_id="r-1"), SOURCE)
    assert event["meta"]["profile"][0].endswith("IHE.BasicAudit.PatientRead")
    assert (event["action"], event["subtype"][0]["code"]) == ("R", "read")
    assert roles(event) == ["IRCP", "110152", "110153"]
    assert event["entity"][-1]["type"]["code"] == "XrequestId"
    assert event["entity"][1]["what"]["reference"] == "DocumentReference/d1/_history/1"


def test_a_search_keeps_the_raw_request_and_no_what() -> None:
    subject = Subject("Patient/p1", "Encounter/e1", "Observation?encounter=Encounter/e1")
    event = audit_event(sent(Act.FETCH, subject), SOURCE)
    query = event["entity"][1]
    assert (event["action"], query["role"]["code"], "what" in query) == ("E", "24", False)
    assert base64.b64decode(query["query"]) == b"GET https://fhir.example/R4/Observation?encounter=Encounter/e1"
    assert roles(event) == ["IRCP", "110153", "110152"]


def test_a_create_and_an_update_have_the_author_as_user() -> None:
    created = audit_event(sent(Act.SEND, Subject("Patient/p1", what="Claim/c1")), SOURCE)
    updated = audit_event(sent(Act.SEND, Subject("Patient/p1", what="Task/t1", version="2")), SOURCE)
    assert (created["action"], updated["action"]) == ("C", "U")
    assert roles(created) == ["AUT", "110153", "110152"]
    assert updated["meta"]["profile"][0].endswith("PatientUpdate")


def test_a_view_of_the_cache_says_who_whose_and_which_version() -> None:
    event = audit_event(sent(Act.VIEW_DOCUMENT), SOURCE)
    assert event["subtype"][0]["code"] == "view-cached"
    assert event["entity"][0]["what"]["reference"] == "Patient/p1"
    assert event["agent"][0]["who"]["reference"] == "Practitioner/dana"
    assert event["agent"][0]["purposeOfUse"][0]["coding"][0]["code"] == "HPAYMT"


@pytest.mark.parametrize(
    ("act", "outcome", "written"),
    [
        (Act.SIGN_IN_FAILED, Outcome.DONE, "4"),
        (Act.COPY_BLOCKED, Outcome.DONE, "4"),
        (Act.UNLOCK_FAILED, Outcome.FAILED, "8"),
        (Act.FINALIZE, Outcome.ABORTED, "4"),
        (Act.FINALIZE, Outcome.DONE, "0"),
    ],
)
def test_a_failure_is_never_written_as_a_success(act: Act, outcome: Outcome, written: str) -> None:
    assert audit_event(sent(act, outcome=outcome), SOURCE)["outcome"] == written


def test_a_server_can_check_the_chain_and_the_signature() -> None:
    keys = DeviceKeys.throw_away()
    journal = Journal.open(None, keys, SetClock())
    entry = journal.append(Intent(Act.CODE_ADD, SUBJECT), user="dana")
    journal.outcome(entry.id, Outcome.DONE)
    journal.checkpoint()
    (extension,) = audit_event(journal.unsent()[0], SOURCE)["extension"]
    assert extension["url"] == CHAIN
    parts = extension["extension"]
    links = [{one["url"]: one for one in part["extension"]} for part in parts if part["url"] == "link"]
    assert [link["seq"]["valuePositiveInt"] for link in links] == [1, 2]
    assert base64.b64decode(links[1]["h"]["valueBase64Binary"]) == journal.head().h
    checkpoint = {one["url"]: one for one in parts[-1]["extension"]}
    Ed25519PublicKey.from_public_bytes(keys.verify_key).verify(
        base64.b64decode(checkpoint["signature"]["valueBase64Binary"]),
        signed_part(checkpoint["body"]["valueString"]),
    )
    journal.close()


def test_an_act_of_the_device_itself_names_no_person() -> None:
    journal = Journal.open(None, DeviceKeys.throw_away(), SetClock())
    entry = journal.append(Intent(Act.APP_START), user="")
    journal.outcome(entry.id, Outcome.DONE)
    assert roles(audit_event(journal.unsent()[0], SOURCE)) == ["110150"]
    journal.close()


def test_a_disclosure_names_source_recipient_purpose_and_what_was_excerpted() -> None:
    subject = Subject(
        "Patient/p1", "Encounter/e1", recipient="Practitioner/dr1", sources="DocumentReference/d1 Observation/o1"
    )
    event = audit_event(sent(Act.DISCLOSE, subject, request_id="r-1"), SOURCE)
    assert event["meta"]["profile"][0].endswith("IHE.BasicAudit.PrivacyDisclosure.Source")
    assert [agent["type"]["coding"][0]["code"] for agent in event["agent"]] == ["AUT", "110153", "110152"]
    assert event["agent"][1]["who"] == event["source"]["observer"]
    assert event["agent"][2]["who"] == {"reference": "Practitioner/dr1"}
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "HPAYMT"
    named = [entity["what"].get("reference") for entity in event["entity"]]
    assert named[:3] == ["Patient/p1", "DocumentReference/d1", "Observation/o1"]


def test_a_disclosure_keeps_recipient_and_sources_in_the_journal() -> None:
    subject = Subject("Patient/p1", "Encounter/e1", recipient="Practitioner/dr1", sources="Observation/o1")
    journal = Journal.open(None, DeviceKeys.throw_away(), SetClock())
    try:
        journal.append(Intent(Act.VIEW_ENCOUNTER, SUBJECT), user="dana")
        journal.append(Intent(Act.DISCLOSE, subject), user="dana")
        disclosed, viewed = journal.page("dana")
        assert (disclosed.subject, viewed.subject) == (subject, SUBJECT)
        assert journal.verify()
    finally:
        journal.close()
