"""Whoever answers in the server's place gets nothing: no token, no key, no refresh token; and the journal knows of it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.tally import counted
from tests.fhir.test_client import FakeServer
from workstation.domain.audit import Act
from workstation.errors import (
    MalformedAnswer,
    ServerRefused,
    SignedOutByServer,
    SignInRefused,
    WorkstationError,
    WrongCertificate,
    WrongKindOfUse,
)
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.client import FhirClient
from workstation.fhir.discovery import IdentityProvider, discover
from workstation.fhir.sign_in import SignIn
from workstation.fhir.tokens import Session, Tokens
from workstation.fhir.transport import new_session
from workstation.guard.house import open_house
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys
from workstation.settings import ServerSettings

SECRETS = ("the-bearer", "the-refresh", "client_assertion")
LONG_AGO = datetime.now(UTC) - timedelta(days=90)


@dataclass
class Impostor:
    """Answers where the server should; `roots` is what the workstation trusts."""

    server: FakeServer
    roots: Path

    @property
    def issuer(self) -> str:
        return f"https://127.0.0.1:{self.server.port}"

    @property
    def got(self) -> str:
        """All it was ever told."""
        return json.dumps([[method, path, headers, body.decode()] for method, path, headers, body in self.server.seen])


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    import ipaddress

    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(LONG_AGO + timedelta(days=400))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    whole = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
    (folder / "own.pem").write_bytes(whole)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


def issued(authority: trustme.CA, name: str = "127.0.0.1", not_after: datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    before = None if not_after is None else not_after - timedelta(days=30)
    authority.issue_cert(name, not_before=before, not_after=not_after).configure_cert(context)
    return context


@contextmanager
def impostor(kind: str, folder: Path) -> Iterator[Impostor]:
    ours, theirs = trustme.CA(), trustme.CA()
    roots = folder / "roots.pem"
    ours.cert_pem.write_to_path(str(roots))
    context = {
        "self-signed": lambda: self_signed(folder),
        "wrong host": lambda: issued(ours, "other.example"),
        "expired": lambda: issued(ours, not_after=datetime.now(UTC) - timedelta(days=1)),
        "other authority": lambda: issued(theirs),
        "redirect": lambda: issued(ours),
    }[kind]()
    server = FakeServer(context)
    try:
        yield Impostor(server, roots)
    finally:
        server.close()


Attempt = Callable[[Impostor], None]


def by_the_desk(to: Impostor) -> None:
    """A read, a search, a write and a document, under the coder's bearer."""
    client = FhirClient(f"{to.issuer}/fhir", lambda: "the-bearer", verify=str(to.roots))
    try:
        for attempt in (
            lambda: client.read("Patient/p1"),
            lambda: client.search("Task", [("owner", "Practitioner/dana")]),
            lambda: client.update({"resourceType": "Task", "id": "t"}, if_match="1"),
            lambda: client.document("Binary/b1", "text/plain"),
            lambda: client.bundle({"resourceType": "Bundle", "type": "transaction", "entry": []}),
        ):
            with pytest.raises((WrongCertificate, ServerRefused)):
                attempt()
    finally:
        client.close()


def by_the_guard(to: Impostor) -> None:
    """Discovery, the refresh token, the device's assertion, its registration, and the sign-in's code."""
    http, keys = new_session(str(to.roots), None), DeviceKeys.throw_away()
    provider = IdentityProvider(to.issuer, f"{to.issuer}/authorize", f"{to.issuer}/token", keys=f"{to.issuer}/keys")
    kept = Tokens("", "the-refresh", 0.0, "Practitioner/dana")
    session = Session(provider, "coder-workstation", kept, lambda tokens: None, lambda: http)
    sign_in = SignIn(f"{to.issuer}/fhir", verify=str(to.roots))
    refused = (WrongCertificate, ServerRefused, SignInRefused, SignedOutByServer, MalformedAnswer)
    try:
        for attempt in (
            lambda: discover(http, f"{to.issuer}/fhir"),
            session.access,
            lambda: BackendTokens(lambda: http, provider.token, "device-1", keys).token(),
            lambda: register(http, f"{to.issuer}/register", keys, keys.device, "the-bearer"),
            lambda: sign_in.run(lambda url: None, seconds=1),
        ):
            with pytest.raises(refused):
                attempt()
    finally:
        http.close()
        sign_in._http().close()


@pytest.mark.parametrize("attempt", [by_the_desk, by_the_guard])
@pytest.mark.parametrize("kind", ["self-signed", "wrong host", "expired", "other authority"])
def test_a_certificate_that_is_not_the_servers_ends_it_before_a_word(
    tmp_path: Path, kind: str, attempt: Attempt
) -> None:
    with counted("TLS: self-signed, wrong host, expired, other CA, redirect, plain http") as row:
        with impostor(kind, tmp_path) as other:
            attempt(other)
            row.tries += 1
            row.losses += other.server.seen != []
            row.seen += _is_on_record(tmp_path, other)
        assert row.seen == 1


def _is_on_record(folder: Path, other: Impostor) -> bool:
    """A guard whose server this is looks for commands: it refuses, says so, and its journal holds it once."""
    keys, home = DeviceKeys.throw_away(), Home(folder / "home")
    settings = ServerSettings(base=f"{other.issuer}/fhir", ca=str(other.roots))
    home.guard.mkdir(parents=True, exist_ok=True)
    known = {"base": settings.base, "installation": keys.device, "device": "Device/d", "client_id": "device-1"}
    (home.guard / "registration.json").write_text(json.dumps({**known, "organisation": "o"}))
    house = open_house(home, settings, SetClock(), practice=False, keys=keys)
    try:
        for _ in range(3):
            house._poll()
        found = house.recorder.run(lambda journal: journal.page("")).result()
        written = [entry for entry in found if entry.act is Act.WRONG_SERVER and entry.phase == "intent"]
        return len(written) == 1 and other.server.seen == []
    finally:
        house.close(look={})


@pytest.mark.parametrize("attempt", [by_the_desk, by_the_guard])
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_followed(tmp_path: Path, status: int, attempt: Attempt) -> None:
    """Not even by the true server: the credential was for this address alone."""
    with counted("TLS: self-signed, wrong host, expired, other CA, redirect, plain http") as row, ExitStack() as stack:
        true = stack.enter_context(impostor("redirect", tmp_path))
        other = FakeServer()
        stack.callback(other.close)
        true.server.answer = lambda path: (status, {"Location": f"http://127.0.0.1:{other.port}{path}"}, b"")
        attempt(true)
        row.tries += 1
        row.seen += true.server.seen != []
        row.losses += other.seen != []


@pytest.mark.parametrize("attempt", ["desk", "guard"])
def test_plain_http_to_another_machine_is_not_even_tried(tmp_path: Path, attempt: str) -> None:
    with counted("TLS: self-signed, wrong host, expired, other CA, redirect, plain http") as row, ExitStack() as stack:
        true = stack.enter_context(impostor("redirect", tmp_path))
        far = "http://fhir.hospital.example"
        row.tries += 1
        if attempt == "desk":
            for make in (lambda: FhirClient(f"{far}/r4", lambda: "the-bearer"), lambda: SignIn(f"{far}/r4")):
                with pytest.raises(WrongKindOfUse):
                    make()
            client = FhirClient(f"{true.issuer}/fhir", lambda: "the-bearer", verify=str(true.roots))
            with pytest.raises(MalformedAnswer):
                client.document(f"{far}/note.txt", "text/plain")
            client.close()
        else:
            named = {"issuer": far, "authorization_endpoint": f"{far}/a", "token_endpoint": f"{far}/t", "jwks_uri": far}
            true.server.answer = lambda path: (200, {}, json.dumps(named).encode())
            http = new_session(str(true.roots), None)
            stack.callback(http.close)
            with pytest.raises(SignInRefused, match="not https"):
                discover(http, f"{true.issuer}/fhir")
        row.seen += 1
        row.losses += any(secret in true.got for secret in SECRETS)


def test_what_a_coder_is_told_is_not_that_the_network_is_down(tmp_path: Path) -> None:
    with impostor("other authority", tmp_path) as other:
        client = FhirClient(f"{other.issuer}/fhir", lambda: "the-bearer", verify=str(other.roots))
        with pytest.raises(WorkstationError) as caught:
            client.read("Patient/p1")
        client.close()
    assert "could not show that it is the server" in str(caught.value)
    assert "Nothing was sent" in caught.value.remedy
