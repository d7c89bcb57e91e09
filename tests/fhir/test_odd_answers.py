"""Answers that once stopped a thread, filled the memory or were taken for something else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fhir.test_client import FakeServer, resource
from workstation.errors import MalformedAnswer, ServerUnreachable, SignedOutByServer, WorkstationError
from workstation.fhir import discovery
from workstation.fhir.answers import DEEPEST, MOST_CONTAINERS, json_of, wait_of
from workstation.fhir.client import FhirClient
from workstation.fhir.device import policy_from
from workstation.fhir.discovery import IdentityProvider, Unclear, discover, post_form
from workstation.fhir.incoming import person_name
from workstation.fhir.reading import moment, whole_day
from workstation.fhir.systems import WORKSTATION_POLICY
from workstation.fhir.tokens import Session, Tokens
from workstation.fhir.transport import new_session


@pytest.fixture
def server() -> Iterator[FakeServer]:
    made = FakeServer()
    yield made
    made.close()


@pytest.fixture
def client(server: FakeServer) -> Iterator[FhirClient]:
    made = FhirClient(f"http://127.0.0.1:{server.port}/fhir", lambda: "secret-token")
    yield made
    made.close()


@pytest.fixture
def http() -> Iterator[Any]:
    made = new_session(True, None)
    yield made
    made.close()


def test_half_a_character_is_shown_as_a_mark_and_can_be_kept() -> None:
    """No database takes it: one in a name once ended the sync thread."""
    found = json_of(rb'{"text": "cut \ud83d", "whole": "\ud83d\ude00", "written": "\\ud83d"}')
    assert found == {"text": "cut \N{REPLACEMENT CHARACTER}", "whole": "\N{GRINNING FACE}", "written": r"\ud83d"}
    json.dumps(found, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1e999}',
        b'{"a": -1e999}',
        b'{"a": NaN}',
        b'{"a": ' + b"9" * 400 + b"}",
        b'{"a": ' + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1) + b"}",
        b'{"a": [' + b"{}," * MOST_CONTAINERS + b"{}]}",
    ],
    ids=["infinite", "minus infinite", "nan", "huge", "deep", "many"],
)
def test_what_cannot_be_reckoned_with_written_again_or_held_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        json_of(body)


def test_as_deep_as_any_resource_goes_is_read() -> None:
    assert json_of(b'{"a": ' + b"[" * (DEEPEST - 2) + b"]" * (DEEPEST - 2) + b"}")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "9" * 400}, 900.0),
        ({"Retry-After": "Thu, 99 Foo 99999 99:99:99 GMT"}, None),
        ({"x-ms-retry-after-ms": "9" * 5_000}, 900.0),
        ({"x-ms-retry-after-ms": "²"}, None),
        ({"RateLimit": "t=²"}, None),
        ({"RateLimit": '"a";r=0;t=7, "b";t=9'}, 9.0),
    ],
)
def test_a_wait_that_is_no_number_is_no_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_of(headers) == seconds


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"])
def test_the_years_that_stand_for_no_date_are_none(text: str) -> None:
    """The watermark less two minutes overflowed in the year 1, and one in the year 9999 hid all that came after."""
    assert moment(text) is None
    assert whole_day(text) is None


def test_an_address_that_is_none_is_a_trouble_of_the_server(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: (301, {"Location": "http://["}, b"")
    with pytest.raises(ServerUnreachable):
        client.read("Task/t")


@pytest.mark.parametrize("body", [{"resourceType": "Patient", "id": "other"}, {"resourceType": "Task", "id": "p1"}])
def test_another_resource_than_was_asked_for_is_refused(
    server: FakeServer, client: FhirClient, body: dict[str, str]
) -> None:
    """A proxy that mixed up two answers would have put one patient's name over another's chart."""
    server.answer = lambda path: resource(body)
    with pytest.raises(MalformedAnswer, match="else"):
        client.read("Patient/p1")
    server.answer = lambda path: (200, {}, json.dumps({"resourceType": "Patient", "id": "other"}).encode())
    with pytest.raises(MalformedAnswer, match="else"):
        client.update({"resourceType": "Patient", "id": "p1"})


def test_names_and_policies_of_any_shape_are_read() -> None:
    assert person_name({"name": [{"given": 5, "family": "Ortiz"}]}) == "Ortiz"
    part = {"url": "idleLock", "valueDuration": {"value": 1e308, "code": "d"}}
    found = policy_from({"id": "p", "extension": [{"url": WORKSTATION_POLICY, "extension": [part]}]})
    assert found is not None


@pytest.mark.parametrize("address", ["http://[", "https://[::1", "http://elsewhere.example/token", 5])
def test_a_discovery_with_an_impossible_address_is_refused(server: FakeServer, http: Any, address: object) -> None:
    said = {
        "issuer": "x",
        "authorization_endpoint": address,
        "token_endpoint": address,
        "jwks_uri": "https://x.example",
    }
    server.answer = lambda path: (200, {}, json.dumps(said).encode())
    with pytest.raises(WorkstationError):
        discover(http, f"http://127.0.0.1:{server.port}/fhir")


def test_a_token_answer_without_end_holds_nobody_up(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte came within the time-out, and every thread that needed a token waited for the last of them."""
    from tests.fhir.test_client import Dripping

    monkeypatch.setattr(discovery, "LONGEST_ANSWER", 0.4)
    server = Dripping()
    server.start()
    try:
        with pytest.raises(Unclear, match="too long"):
            post_form(http, f"http://127.0.0.1:{server.port}/token", {"grant_type": "refresh_token"})
    finally:
        server.close()


@pytest.mark.parametrize("twist", ["huge", "gateway"])
def test_a_renewal_with_an_unclear_end_uses_no_token_again(server: FakeServer, http: Any, twist: str) -> None:
    """The provider may have rotated it: asking again with the old one is what a thief would do."""
    provider = IdentityProvider("x", "", f"http://127.0.0.1:{server.port}/token")
    session = Session(provider, "c", Tokens("", "old", 0.0, "Practitioner/dana"), lambda tokens: None, lambda: http)
    server.answer = lambda path: (504, {}, b"") if twist == "gateway" else (200, {}, b"{" + b" " * 300_000 + b"}")
    for _ in range(2):
        with pytest.raises(SignedOutByServer):
            session.access()
    assert len(server.seen) == 1


def test_an_answer_to_the_question_before_is_known_by_its_id(server: FakeServer, client: FhirClient) -> None:
    """A line out of step gave each question the answer of the one before: an event was stored twice."""
    server.answer = lambda path: resource({"resourceType": "Task", "id": "t"})
    client.read("Task/t", request_id="first")
    server.answer = lambda path: resource({"resourceType": "Task", "id": "t"}, **{"X-Request-Id": "first"})
    with pytest.raises(ServerUnreachable, match="another question"):
        client.read("Task/t", request_id="second")
    server.answer = lambda path: resource({"resourceType": "Task", "id": "t"}, **{"X-Request-Id": "of-a-gateway"})
    assert client.read("Task/t", request_id="third").resource["id"] == "t"


def test_another_resource_is_no_capability_statement(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: resource({"resourceType": "Bundle", "type": "searchset"})
    with pytest.raises(MalformedAnswer, match="else"):
        client.capabilities()
