"""Signing in by the browser, and staying signed in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.fakes.identity import FakeIdentity
from workstation.errors import ServerBusy, ServerUnreachable, SignedOutByServer, SignInRefused, WrongKindOfUse
from workstation.fhir.client import FhirClient
from workstation.fhir.sign_in import SignIn
from workstation.fhir.tokens import Tokens


@pytest.fixture
def identity() -> Iterator[FakeIdentity]:
    provider = FakeIdentity()
    yield provider
    provider.close()


class Browser:
    """Opens the address as a browser would: follows the redirect back, on a thread of its own."""

    def __init__(self) -> None:
        self.address = ""
        self.page = ""
        self._threads: list[threading.Thread] = []

    def __call__(self, url: str) -> None:
        self.address = url
        thread = threading.Thread(target=self._visit, args=(url,))
        self._threads.append(thread)
        thread.start()

    def _visit(self, url: str) -> None:
        self.page = requests.get(url, timeout=10).text

    def close(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture
def browser() -> Iterator[Browser]:
    opened = Browser()
    yield opened
    opened.close()


def sign_in(identity: FakeIdentity, **options: object) -> SignIn:
    return SignIn(f"{identity.base}/fhir", **options)  # type: ignore[arg-type]


def test_a_coder_signs_in_and_is_known_by_the_practitioner(identity: FakeIdentity, browser: Browser) -> None:
    done = sign_in(identity).run(browser, prompt_login=True, hint="dana")
    browser.close()
    assert done.tokens.fhir_user == "Practitioner/dana"
    assert "signed in" in browser.page
    asked = dict(parse_qsl(urlsplit(browser.address).query))
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert (asked["code_challenge_method"], asked["prompt"], asked["login_hint"]) == ("S256", "login", "dana")
    assert asked["aud"] == f"{identity.base}/fhir"
    assert done.tokens.access not in repr(done)
    assert done.tokens.refresh not in repr(done)


def test_a_browser_that_still_knows_the_last_coder_signs_nobody_in(browser: Browser) -> None:
    identity = FakeIdentity(twist="old session")
    try:
        with pytest.raises(SignInRefused, match="without asking"):
            sign_in(identity).run(browser, prompt_login=True)
        browser.close()
        assert dict(parse_qsl(urlsplit(browser.address).query))["max_age"] == "0"
        assert sign_in(identity).run(browser).tokens.fhir_user  # on a coder's own computer that is convenience
        browser.close()
    finally:
        identity.close()


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_both_kinds_of_signature_are_checked(browser: Browser, algorithm: str) -> None:
    identity = FakeIdentity(algorithm=algorithm)
    try:
        assert sign_in(identity).run(browser).tokens.subject == "dana"
    finally:
        browser.close()
        identity.close()


@pytest.mark.parametrize(
    "twist",
    ["issuer", "audience", "nonce", "expired", "signature", "none", "denied", "mixed up", "no pkce"],
)
def test_a_sign_in_that_breaks_one_rule_is_refused(browser: Browser, twist: str) -> None:
    identity = FakeIdentity(twist=twist)
    try:
        with pytest.raises(SignInRefused):
            sign_in(identity).run(browser)
    finally:
        browser.close()
        identity.close()


def test_a_list_of_audiences_needs_us_as_the_authorized_party(identity: FakeIdentity, browser: Browser) -> None:
    identity.many_audiences = True
    assert sign_in(identity).run(browser).tokens.access
    identity.twist = "azp"
    with pytest.raises(SignInRefused, match="another program"):
        sign_in(identity).run(browser)


@pytest.mark.parametrize("written", ["Practitioner/dana", "https://fhir.example/r4/Practitioner/dana/_history/3"])
def test_the_fhir_user_is_read_absolute_and_relative(identity: FakeIdentity, browser: Browser, written: str) -> None:
    identity.fhir_user = written
    assert sign_in(identity).run(browser).tokens.fhir_user == "Practitioner/dana"


def test_a_patient_is_no_coder(identity: FakeIdentity, browser: Browser) -> None:
    identity.fhir_user = "Patient/p1"
    with pytest.raises(SignInRefused, match="practitioner"):
        sign_in(identity).run(browser)


def test_openid_discovery_serves_where_smart_is_not_published(browser: Browser) -> None:
    identity = FakeIdentity(twist="openid only")
    try:
        assert sign_in(identity, issuer=identity.base).run(browser).tokens.access
    finally:
        browser.close()
        identity.close()


def test_a_stranger_on_the_loopback_port_does_not_end_the_sign_in(identity: FakeIdentity) -> None:
    threads: list[threading.Thread] = []

    def open_browser(url: str) -> None:
        redirect = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]

        def visit() -> None:
            assert requests.get(f"{redirect}?code=forged&state=guess", timeout=5).status_code == 404
            assert requests.get(redirect.replace("/callback", "/favicon.ico"), timeout=5).status_code == 404
            requests.get(url, timeout=10)

        threads.append(threading.Thread(target=visit))
        threads[0].start()

    assert sign_in(identity).run(open_browser).tokens.access
    threads[0].join()


def test_a_sign_in_can_be_cancelled_and_does_not_wait_for_ever(identity: FakeIdentity) -> None:
    cancelled = threading.Event()
    with pytest.raises(SignInRefused, match="cancelled"):
        sign_in(identity).run(lambda url: cancelled.set(), cancelled=cancelled)
    with pytest.raises(SignInRefused, match="too long"):
        sign_in(identity).run(lambda url: None, seconds=0.1)


def test_only_the_listed_ports_are_used(identity: FakeIdentity, browser: Browser) -> None:
    from tests.peers import free_port

    port = free_port()
    sign_in(identity, ports=(port,)).run(browser)
    assert identity.asked[0]["redirect_uri"] == f"http://127.0.0.1:{port}/callback"


def test_http_to_another_machine_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(WrongKindOfUse):
        SignIn("http://fhir.hospital.example/r4")


def test_a_server_that_is_down_is_unreachable_not_refused() -> None:
    from tests.peers import free_port

    with pytest.raises(ServerUnreachable):
        SignIn(f"http://127.0.0.1:{free_port()}/fhir").run(lambda url: None)


# ---------------------------------------------------------------- the session


@pytest.fixture
def signed_in(identity: FakeIdentity, browser: Browser):
    door = sign_in(identity)
    return door, door.run(browser)


def test_many_threads_renew_one_token_once(identity: FakeIdentity, signed_in) -> None:
    door, done = signed_in
    session = door.session(done, lambda tokens: None)
    refused = session.access()
    with ThreadPoolExecutor(8) as pool:
        renewed = set(pool.map(lambda _: session.fresh(refused), range(24)))
    assert len(renewed) == 1
    assert (identity.renewals, identity.session_killed) == (1, False)


def test_a_guard_and_a_desk_refused_at_once_renew_in_turn_and_lose_no_session(
    identity: FakeIdentity, signed_in
) -> None:
    """The guard holds the one session; the desk asks it through the pipe, and does not say which token was refused."""
    door, done = signed_in
    session = door.session(done, lambda tokens: None)
    first = session.access()

    class Door(BaseHTTPRequestHandler):
        """Takes every token but the first."""

        def do_GET(self) -> None:
            body = json.dumps({"resourceType": "Patient", "id": "p1"}).encode()
            self.send_response(401 if self.headers["Authorization"] == f"Bearer {first}" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    guard = FhirClient(base, session.access, fresh_token=session.fresh)
    desk = FhirClient(base, session.access, fresh_token=session.fresh)

    def read(which: FhirClient) -> str:
        try:
            return str(which.read("Patient/p1").resource["id"])
        finally:
            which.close()

    try:
        with ThreadPoolExecutor(12) as pool:
            assert set(pool.map(read, [guard, desk] * 12)) == {"p1"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert 1 <= identity.renewals <= 2  # one each at most, however many threads were refused
    assert identity.session_killed is False


def test_a_new_refresh_token_is_stored_before_it_is_used(identity: FakeIdentity, signed_in) -> None:
    door, done = signed_in
    stored: list[tuple[Tokens, int]] = []
    session = door.session(done, lambda tokens: stored.append((tokens, identity.renewals)))
    session.fresh()
    session.fresh()
    assert [renewals for _, renewals in stored] == [0, 1, 2]
    assert stored[-1][0].fhir_user == "Practitioner/dana"
    assert door.resume(stored[-1][0].refresh, "Practitioner/dana", lambda tokens: None).access()


def test_a_token_that_cannot_be_stored_is_not_used(signed_in) -> None:
    door, done = signed_in
    stored: list[Tokens] = []

    def store(tokens: Tokens) -> None:
        if stored:
            raise OSError
        stored.append(tokens)

    session = door.session(done, store)
    with pytest.raises(OSError):
        session.fresh()
    assert session.tokens == stored[0]


def test_a_renewal_cut_off_means_signing_in_again(identity: FakeIdentity, signed_in) -> None:
    door, done = signed_in
    session = door.session(done, lambda tokens: None)
    identity.twist = "cut"
    for _ in range(2):
        with pytest.raises(SignedOutByServer):
            session.fresh()
    assert identity.session_killed is False


def test_a_busy_provider_costs_no_session(identity: FakeIdentity, signed_in) -> None:
    door, done = signed_in
    session = door.session(done, lambda tokens: None)
    identity.twist = "busy"
    with pytest.raises(ServerBusy):
        session.fresh()
    identity.twist = ""
    assert session.fresh()


def test_signing_out_revokes_and_ends(identity: FakeIdentity, signed_in) -> None:
    door, done = signed_in
    session = door.session(done, lambda tokens: None)
    session.end()
    assert identity.revoked == [done.tokens.refresh]
    with pytest.raises(SignedOutByServer):
        session.access()
