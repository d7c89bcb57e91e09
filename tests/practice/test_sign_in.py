"""Sign-in at the practice identity provider: PKCE, the page, rotation and its theft alarm, revocation."""

from __future__ import annotations

import time

import pytest
import requests

from tests.practice.hospital import Browser, Hospital, returned
from workstation.fhir.discovery import discover
from workstation.fhir.id_token import checked_claims, fhir_user


def test_both_discoveries_name_the_same_provider(hospital: Hospital) -> None:
    found = discover(hospital.session(), hospital.base)
    other = discover(hospital.session(), hospital.base, hospital.issuer)
    assert found.token == other.token == f"{hospital.issuer}/oauth/token"
    assert found.registration


def test_a_sign_in_brings_tokens_and_an_identity_that_verifies(hospital: Hospital, browser: Browser) -> None:
    answer = browser.sign_in("dana")
    assert returned(answer)["state"] == "a-state"
    tokens = browser.exchange(returned(answer)["code"]).json()
    claims = checked_claims(
        tokens["id_token"],
        issuer=hospital.issuer,
        client_id="coder-workstation",
        nonce="a-nonce",
        now=time.time(),
        keys=lambda: requests.get(f"{hospital.issuer}/oauth/jwks", timeout=10).json(),
    )
    assert fhir_user(claims) == "Practitioner/dana"
    me = hospital.session(tokens["access_token"]).get(hospital.url("Practitioner/dana"))
    assert me.json()["name"][0]["family"] == "Whitfield"
    assert tokens["expires_in"] == 600


def test_a_wrong_verifier_is_refused_and_burns_the_code(browser: Browser) -> None:
    code = browser.code()
    refused = browser.exchange(code, code_verifier="x" * 60)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    assert browser.exchange(code).status_code == 400


def test_a_code_used_twice_ends_what_it_brought(hospital: Hospital, browser: Browser) -> None:
    code = browser.code()
    tokens = browser.exchange(code).json()
    assert browser.exchange(code).status_code == 400
    assert hospital.session(tokens["access_token"]).get(hospital.url("Practitioner/dana")).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": "http://127.0.0.1.elsewhere.example:80/callback"},
        {"client_id": "somebody"},
        {"response_type": "token"},
    ],
    ids=str,
)
def test_an_unsafe_request_never_gets_as_far_as_the_form(browser: Browser, changes: dict[str, str]) -> None:
    answer = browser.http.get(browser.address(**changes), allow_redirects=False, timeout=10)
    assert "<form" not in answer.text
    assert "code=" not in answer.headers.get("Location", "")
    assert "elsewhere" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("typed", [{"password": "wrong"}, {"otp": "000000"}, {"username": "nobody"}], ids=str)
def test_a_wrong_word_shows_the_form_again_with_what_is_wrong(browser: Browser, typed: dict[str, str]) -> None:
    answer = browser.sign_in("dana", **typed)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "not right" in answer.text


def test_the_page_lists_everybody_with_the_code_of_now(hospital: Hospital, browser: Browser) -> None:
    page = browser.http.get(browser.address(), timeout=10)
    for person in hospital.people.values():
        assert person["password"] in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_name_typed_into_the_form_stays_text(browser: Browser) -> None:
    answer = browser.sign_in("dana", username="<script>alert(1)</script>")
    assert "<script>" not in answer.text


def test_a_browser_session_is_enough_until_login_is_asked_for(browser: Browser) -> None:
    browser.sign_in("dana")
    again = browser.http.get(browser.address(), allow_redirects=False, timeout=10)
    assert "code" in returned(again)
    asked = browser.http.get(browser.address(prompt="login"), allow_redirects=False, timeout=10)
    assert "<form" in asked.text


def test_without_a_session_prompt_none_says_that_login_is_required(browser: Browser) -> None:
    answer = browser.http.get(browser.address(prompt="none"), allow_redirects=False, timeout=10)
    assert returned(answer)["error"] == "login_required"


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family(hospital: Hospital, browser: Browser) -> None:
    first = browser.exchange(browser.code()).json()
    second = browser.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    stolen = browser.refresh(first["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant"
    assert browser.refresh(second["refresh_token"]).status_code == 400
    assert hospital.session(second["access_token"]).get(hospital.url("Practitioner/dana")).status_code == 401


def test_revocation_ends_access_and_refresh(hospital: Hospital, browser: Browser) -> None:
    tokens = browser.exchange(browser.code()).json()
    form = {"token": tokens["refresh_token"], "client_id": "coder-workstation"}
    assert browser.http.post(f"{hospital.issuer}/oauth/revoke", data=form, timeout=10).status_code == 200
    assert browser.refresh(tokens["refresh_token"]).status_code == 400
    assert hospital.session(tokens["access_token"]).get(hospital.url("Practitioner/dana")).status_code == 401


def test_an_access_token_ends_with_its_time(hospital: Hospital, browser: Browser) -> None:
    tokens = browser.exchange(browser.code()).json()
    session = hospital.session(tokens["access_token"])
    hospital.control("POST", "clock", offset_seconds=599 - 30)
    assert session.get(hospital.url("Practitioner/dana")).status_code == 200
    hospital.control("POST", "clock", offset_seconds=700)
    assert session.get(hospital.url("Practitioner/dana")).status_code == 401


def test_the_control_can_end_every_session_of_a_person(hospital: Hospital, browser: Browser) -> None:
    tokens = browser.exchange(browser.code("miguel")).json()
    hospital.control("POST", "acts/revoke", user="miguel")
    assert browser.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "<form" in browser.http.get(browser.address(), timeout=10).text
