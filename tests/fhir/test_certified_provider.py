"""Sign-in against a certified OpenID provider: the library of others, not our own reading of the standard."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pyotp
import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.proxy import Fault, Proxy
from tests.peers import ROOT, end, free_port
from workstation.errors import SignedOutByServer, SignInRefused
from workstation.fhir.sign_in import SignIn
from workstation.fhir.tokens import Session, Tokens

pytestmark = pytest.mark.peers

HOME = Path(os.environ.get("OIDC_PROVIDER_HOME", ROOT / "build" / "npm"))
SECRET = pyotp.random_base32()
PASSWORD = secrets.token_urlsafe(12)
SCOPES = ("openid", "fhirUser", "offline_access")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not (HOME / "node_modules" / "oidc-provider").exists():
        pytest.skip("oidc-provider is not installed: npm install --prefix build/npm oidc-provider@8")
    script = Path(__file__).parent.parent / "fakes" / "oidc_provider.mjs"
    process = subprocess.Popen(
        [node, script, HOME, SECRET, PASSWORD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"{"):
                yield json.loads(line)["issuer"]
                break
        else:
            pytest.fail("the provider did not start")
    finally:
        end(process)


class Person:
    """Fills in the provider's page: name, password, and the code their authenticator shows now."""

    def __init__(self, name: str, *, password: str = PASSWORD, otp: str = "", iss: str = "") -> None:
        self._form = {"login": name, "password": password}
        self._otp, self._iss = otp, iss
        self.asked: dict[str, str] = {}
        self.pages: list[str] = []
        self._thread: threading.Thread | None = None

    def __call__(self, url: str) -> None:
        self.asked = dict(parse_qsl(urlsplit(url).query))
        self._thread = threading.Thread(target=self.visit, args=(url,))
        self._thread.start()

    def visit(self, url: str) -> str:
        """As far as the way back; the address the browser ended at."""
        with requests.Session() as browser:
            page = browser.get(url, timeout=10, allow_redirects=False)
            for _ in range(12):
                self.pages.append(page.text)
                where = page.headers.get("Location", "")
                if where.startswith("http://127.0.0.1") and "/callback" in where:
                    if self._iss:
                        where = re.sub(r"iss=[^&]*", urlencode({"iss": self._iss}), where)
                    if self.asked:
                        browser.get(where, timeout=10)
                    return where
                action = re.search(r'action="([^"]+)"', page.text)
                if where:
                    page = browser.get(urljoin(page.url, where), timeout=10, allow_redirects=False)
                elif action and 'role="alert"' not in page.text:
                    form = {**self._form, "otp": self._otp or pyotp.TOTP(SECRET).now()}
                    page = browser.post(
                        urljoin(page.url, action.group(1)), data=form, timeout=10, allow_redirects=False
                    )
                else:
                    return ""
            return ""

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join()


def door(issuer: str, **more: Any) -> SignIn:
    return SignIn(f"{issuer}/fhir", issuer=issuer, scopes=SCOPES, **more)


def nobody_yet() -> str:
    """A name of its own for each sign-in: a time code opens once for a person."""
    return f"coder-{secrets.token_hex(4)}"


def signed_in(issuer: str, stored: list[Tokens], **more: Any) -> tuple[SignIn, Session]:
    person, made = Person(nobody_yet()), door(issuer, **more)
    try:
        return made, made.session(made.run(person, seconds=30), stored.append)
    finally:
        person.close()


# ---------------------------------------------------------------- signing in


def test_a_certified_provider_signs_a_coder_in_renews_and_revokes(issuer: str) -> None:
    person, stored = Person("dana"), list[Tokens]()
    made = door(issuer)
    done = made.run(person, seconds=30)
    person.close()
    assert (done.tokens.fhir_user, done.tokens.subject) == ("Practitioner/dana", "dana")
    session = made.session(done, stored.append)
    first = session.access()
    second = session.fresh(first)
    assert second != first
    assert len({tokens.refresh for tokens in stored}) == 2
    session.end()
    with pytest.raises(SignedOutByServer):
        made.resume(stored[-1].refresh, "Practitioner/dana", stored.append).access()
    with pytest.raises(SignedOutByServer):
        session.access()


@pytest.mark.parametrize(
    "wrong", [{"otp": "000000"}, {"password": "guessed"}, {"otp": pyotp.TOTP(SECRET).at(0)}], ids=str
)
def test_a_wrong_password_or_time_code_signs_nobody_in(issuer: str, wrong: dict[str, str]) -> None:
    person = Person(nobody_yet(), **wrong)
    with pytest.raises(SignInRefused, match="too long"):
        door(issuer).run(person, seconds=2)
    person.close()
    assert 'role="alert"' in person.pages[-1]


def test_a_time_code_opens_once(issuer: str) -> None:
    name, made = nobody_yet(), door(issuer)
    code = pyotp.TOTP(SECRET).now()
    first = Person(name, otp=code)
    assert made.run(first, seconds=30).tokens.access
    first.close()
    again = Person(name, otp=code)
    with pytest.raises(SignInRefused):
        made.run(again, seconds=2)
    again.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge_method": "plain"},
        {"redirect_uri": "http://127.0.0.1.elsewhere.example/callback"},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"response_type": "token"},
    ],
    ids=str,
)
def test_the_provider_takes_no_sign_in_that_is_less_than_ours(issuer: str, changes: dict[str, str]) -> None:
    """What we always send is demanded there too: PKCE with S256, and our own way back."""
    asked: dict[str, str] = {}

    def open_browser(url: str) -> None:
        asked.update(parse_qsl(urlsplit(url).query))
        raise SignInRefused

    with pytest.raises(SignInRefused):
        door(issuer).run(open_browser)
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    query = urlencode({name: value for name, value in {**asked, **changes}.items() if value})
    ended = Person(nobody_yet()).visit(f"{issuer}/auth?{query}")
    assert "code=" not in ended
    assert "elsewhere" not in ended


def test_a_stolen_code_is_of_no_use_without_its_verifier(issuer: str) -> None:
    person = Person(nobody_yet())
    challenge = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    back = f"http://127.0.0.1:{free_port()}/callback"
    asked = {
        "client_id": "coder-workstation", "response_type": "code", "scope": " ".join(SCOPES), "redirect_uri": back,
        "code_challenge": challenge, "code_challenge_method": "S256", "state": "s", "nonce": "n",
    }  # fmt: skip
    code = dict(parse_qsl(urlsplit(person.visit(f"{issuer}/auth?{urlencode(asked)}")).query))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": "coder-workstation"}
    answer = requests.post(f"{issuer}/token", data={**form, "code_verifier": "x" * 43}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("fixed", [False, True])
def test_the_way_back_may_be_any_port_or_a_fixed_one(issuer: str, fixed: bool) -> None:
    port = free_port() if fixed else 0
    person = Person(nobody_yet())
    assert door(issuer, ports=(port,)).run(person, seconds=30).tokens.access
    person.close()
    used = urlsplit(person.asked["redirect_uri"]).port
    assert used == port if fixed else used


# ---------------------------------------------------------------- staying signed in


def test_a_refresh_token_used_twice_ends_the_session_as_it_should(issuer: str) -> None:
    stored = list[Tokens]()
    made, session = signed_in(issuer, stored)
    session.fresh()
    with pytest.raises(SignedOutByServer):
        made.resume(stored[0].refresh, "Practitioner/miguel", stored.append).access()
    with pytest.raises(SignedOutByServer):
        session.fresh()


def test_many_threads_never_use_a_refresh_token_twice(issuer: str) -> None:
    """The provider would end the session; afterwards it still stands."""
    stored = list[Tokens]()
    _, session = signed_in(issuer, stored)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            refused = session.access()
            assert len(set(pool.map(lambda _, old=refused: session.fresh(old), range(16)))) == 1
        every = list(pool.map(lambda _: session.fresh(), range(16)))  # each insists on a new one
    assert len(set(every)) == 16
    assert len({tokens.refresh for tokens in stored}) == len(stored) == 22
    assert session.fresh()


def test_a_renewal_whose_answer_was_cut_off_uses_nothing_again(issuer: str) -> None:
    """The provider has rotated; the old token would look like a theft, so the coder signs in again."""
    between = Proxy(issuer)
    try:
        stored = list[Tokens]()
        _, session = signed_in(issuer, stored)
        session._provider = type(session._provider)(issuer, "", f"{between.base}/token")
        between.rule = lambda method, path: Fault(cut=True, after=True)
        for _ in range(3):
            with pytest.raises(SignedOutByServer):
                session.fresh()
        assert sum(path.endswith("/token") for _, path, _ in between.seen) == 1
    finally:
        between.close()


def test_signing_out_revokes_at_the_provider(issuer: str) -> None:
    stored = list[Tokens]()
    _, session = signed_in(issuer, stored)
    kept = stored[-1].refresh
    session.end()
    form = {"grant_type": "refresh_token", "refresh_token": kept, "client_id": "coder-workstation"}
    answer = requests.post(f"{issuer}/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


# ---------------------------------------------------------------- tokens that are not ours


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = token.split(".")
    return (*(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body)), signature)  # type: ignore[return-value]


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def put_together(head: dict[str, Any], body: dict[str, Any]) -> str:
    return f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"


class Meddler(Proxy):
    """Stands before the token endpoint alone, and changes the id_token of every answer."""

    def __init__(self, issuer: str, change: Any, *, named: str = "") -> None:
        super().__init__(issuer)
        self.issuer, self._change, self._named = issuer, change, named or issuer
        self.rule = self._rule

    def _rule(self, method: str, path: str) -> Fault | None:
        if "well-known" in path:
            return Fault(change=self._discovery)
        return Fault(change=self._token) if path == "/token" else None

    def _discovery(self, body: bytes) -> bytes:
        said = json.loads(body.replace(self.base.encode(), self.issuer.encode()))
        return json.dumps({**said, "issuer": self._named, "token_endpoint": f"{self.base}/token"}).encode()

    def _token(self, body: bytes) -> bytes:
        answer = json.loads(body)
        return json.dumps({**answer, "id_token": self._change(answer["id_token"])}).encode()


THIEF = rsa.generate_private_key(65537, 2048)


def _signed_by_a_thief(token: str) -> str:
    head, body, _ = parts(token)
    text = put_together(head, body)
    return f"{text}.{b64(THIEF.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _changed(**claims: object) -> Any:
    def change(token: str) -> str:
        head, body, signature = parts(token)
        return f"{put_together(head, {**body, **claims})}.{signature}"

    return change


def _unsigned(token: str) -> str:
    head, body, _ = parts(token)
    return f"{put_together({**head, 'alg': 'none'}, body)}."


@pytest.mark.parametrize(
    "change",
    [
        _changed(fhirUser="Practitioner/lead"),
        _changed(sub="another"),
        _changed(aud="another-program"),
        _changed(iss="https://elsewhere.example"),
        _changed(nonce="another"),
        _changed(exp=4_000_000_000),
        _unsigned,
        _signed_by_a_thief,
    ],
    ids=["user", "subject", "audience", "issuer", "nonce", "end", "unsigned", "another key"],
)
def test_an_identity_token_that_was_tampered_with_signs_nobody_in(issuer: str, change: Any) -> None:
    between, person = Meddler(issuer, change), Person(nobody_yet())
    try:
        with pytest.raises(SignInRefused, match="signature"):
            door(between.base).run(person, seconds=30)
    finally:
        person.close()
        between.close()


def genuine(issuer: str, client: str, nonce: str) -> str:
    """A token the provider has truly signed, for that program and that nonce."""
    verifier = secrets.token_urlsafe(40)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(verifier.encode())
    back = f"http://127.0.0.1:{free_port()}/callback"
    asked = {
        "client_id": client, "response_type": "code", "scope": "openid fhirUser", "redirect_uri": back, "nonce": nonce,
        "code_challenge": b64(digest.finalize()), "code_challenge_method": "S256", "state": "s",
    }  # fmt: skip
    ended = Person(nobody_yet()).visit(f"{issuer}/auth?{urlencode(asked)}")
    code = dict(parse_qsl(urlsplit(ended).query))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client}
    answer = requests.post(f"{issuer}/token", data={**form, "code_verifier": verifier}, timeout=10).json()
    return str(answer["id_token"])


@pytest.mark.parametrize(
    ("client", "same_nonce", "why"),
    [("another-program", True, "another program"), ("coder-workstation", False, "another sign-in")],
)
def test_a_true_token_of_another_program_or_sign_in_signs_nobody_in(
    issuer: str,
    client: str,
    same_nonce: bool,
    why: str,
) -> None:
    person = Person(nobody_yet())

    def swap(token: str) -> str:
        return genuine(issuer, client, parts(token)[1]["nonce"] if same_nonce else "of-yesterday")

    between = Meddler(issuer, swap)
    try:
        with pytest.raises(SignInRefused, match=why):
            door(between.base).run(person, seconds=30)
    finally:
        person.close()
        between.close()


@pytest.mark.parametrize("hides", [False, True])
def test_a_provider_that_calls_itself_otherwise_than_it_signs_signs_nobody_in(issuer: str, hides: bool) -> None:
    """A mix-up of providers shows on the way back (RFC 9207), and where that is hidden, in the token itself."""
    other = "https://elsewhere.example"
    between, person = (
        Meddler(issuer, lambda token: token, named=other),
        Person(nobody_yet(), iss=other if hides else ""),
    )
    try:
        with pytest.raises(SignInRefused, match="another issuer" if hides else "another identity provider"):
            door(between.base).run(person, seconds=30)
    finally:
        person.close()
        between.close()


def test_an_answer_that_names_another_provider_signs_nobody_in(issuer: str) -> None:
    person = Person(nobody_yet(), iss="https://elsewhere.example")
    with pytest.raises(SignInRefused, match="another identity provider"):
        door(issuer).run(person, seconds=30)
    person.close()
