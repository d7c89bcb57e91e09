"""Pinned keys against real TLS servers: the right one, another, one that was rotated to its backup."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.fhir.test_client import FakeServer
from workstation.errors import WrongKindOfUse, WrongServerKey
from workstation.fhir.client import FhirClient
from workstation.fhir.pins import pin_of
from workstation.fhir.sign_in import SignIn
from workstation.fhir.transport import new_session
from workstation.settings import ServerSettings


class Hospital:
    """A CA, its roots file, and servers with certificates of it."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.roots = folder / "roots.pem"
        self.authority.cert_pem.write_to_path(str(self.roots))
        self._servers: list[FakeServer] = []

    @property
    def pin(self) -> str:
        return pin_of(ssl.PEM_cert_to_DER_cert(self.authority.cert_pem.bytes().decode()))

    def serve(self, *, extra: bytes = b"") -> tuple[FakeServer, str]:
        """A server on loopback and the pin of its own key; `extra` certificates are sent along, whoever made them."""
        issued = self.authority.issue_cert("127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = issued.cert_chain_pems[0].bytes()
        chain = self.roots.with_name(f"chain{len(self._servers)}.pem")
        chain.write_bytes(leaf + extra + issued.private_key_pem.bytes())
        context.load_cert_chain(str(chain))
        server = FakeServer(context)
        server.answer = lambda path: (200, {}, json.dumps({"resourceType": "Patient", "id": "p1"}).encode())
        self._servers.append(server)
        return server, pin_of(ssl.PEM_cert_to_DER_cert(leaf.decode()))

    def client(self, server: FakeServer, *pins: str) -> FhirClient:
        return FhirClient(f"https://127.0.0.1:{server.port}/fhir", lambda: "t", verify=str(self.roots), pins=pins)

    def close(self) -> None:
        for server in self._servers:
            server.close()


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    made = Hospital(tmp_path)
    yield made
    made.close()


def reads(hospital: Hospital, server: FakeServer, *pins: str) -> bool:
    client = hospital.client(server, *pins)
    try:
        return client.read("Patient/p1").resource["id"] == "p1"
    finally:
        client.close()


OTHER = base64.b64encode(b"o" * 32).decode()


def test_the_servers_own_key_or_the_key_of_its_authority_is_enough(hospital: Hospital) -> None:
    server, own = hospital.serve()
    assert own != hospital.pin
    assert reads(hospital, server, own)
    assert reads(hospital, server, hospital.pin)
    assert reads(hospital, server, OTHER, own)


def test_another_key_is_refused_before_the_token_is_sent(hospital: Hospital) -> None:
    server, _ = hospital.serve()
    with pytest.raises(WrongServerKey, match="not one your organisation has named") as caught:
        reads(hospital, server, OTHER)
    assert "IT support" in caught.value.remedy
    assert server.seen == []


def test_a_rotated_key_is_taken_when_its_pin_was_given_beforehand(hospital: Hospital) -> None:
    old, old_pin = hospital.serve()
    new, new_pin = hospital.serve()
    assert old_pin != new_pin
    assert reads(hospital, old, old_pin, new_pin)
    assert reads(hospital, new, old_pin, new_pin)
    with pytest.raises(WrongServerKey):
        reads(hospital, new, old_pin)


def test_a_pinned_certificate_that_is_only_sent_along_vouches_for_nothing(hospital: Hospital) -> None:
    """Whoever holds any certificate the roots accept can append the real server's: it is public."""
    stranger = trustme.CA()
    server, _ = hospital.serve(extra=stranger.cert_pem.bytes())
    with pytest.raises(WrongServerKey):
        reads(hospital, server, pin_of(ssl.PEM_cert_to_DER_cert(stranger.cert_pem.bytes().decode())))


def test_the_identity_provider_is_held_to_the_pins_too(hospital: Hospital) -> None:
    server, _ = hospital.serve()
    sign_in = SignIn(f"https://127.0.0.1:{server.port}/fhir", verify=str(hospital.roots), pins=(OTHER,))
    with pytest.raises(WrongServerKey):
        sign_in.discover()
    assert server.seen == []


def test_a_presigned_address_elsewhere_is_checked_by_the_roots_alone_and_gets_no_token(hospital: Hospital) -> None:
    server, own = hospital.serve()
    store, _ = hospital.serve()
    store.answer = lambda path: (200, {"Content-Type": "text/plain"}, b"words")
    client = hospital.client(server, own)
    assert client.document(f"https://127.0.0.1:{store.port}/x?sig=1", "text/plain") == b"words"
    assert "Authorization" not in store.seen[0][2]
    client.close()


def test_a_pin_that_cannot_be_one_is_refused_and_never_ignored() -> None:
    good = base64.b64encode(b"k" * 32).decode()
    assert ServerSettings.from_json({"pin": good}).pin == (good,)
    assert ServerSettings.from_json(ServerSettings(pin=(good, OTHER)).to_json()).pin == (good, OTHER)
    for wrong in ("abc", [good, "x"], [7], {"a": 1}, base64.b64encode(b"k" * 20).decode()):
        with pytest.raises(WrongKindOfUse, match="pin"):
            ServerSettings.from_json({"pin": wrong})


class Tunnel(threading.Thread):
    """An http proxy that knows CONNECT alone."""

    def __init__(self) -> None:
        super().__init__()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked: list[str] = []
        self._pumps: list[threading.Thread] = []

    def run(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head and (some := near.recv(4096)):
                head += some
            if not head.startswith(b"CONNECT "):
                near.close()
                continue
            target = head.split()[1].decode()
            self.asked.append(target)
            host, _, port = target.partition(":")
            far = socket.create_connection((host, int(port)))
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for one, other in ((near, far), (far, near)):
                pump = threading.Thread(target=_pump, args=(one, other))
                pump.start()
                self._pumps.append(pump)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.join()
        for pump in self._pumps:
            pump.join()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while some := one.recv(65536):
            other.sendall(some)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    one.close()


def test_through_a_proxy_the_servers_key_is_looked_at_all_the_same(hospital: Hospital) -> None:
    server, own = hospital.serve()
    tunnel = Tunnel()
    tunnel.start()
    try:
        for pins, works in (((own,), True), ((OTHER,), False)):
            client = FhirClient(
                f"https://127.0.0.1:{server.port}/fhir",
                lambda: "t",
                verify=str(hospital.roots),
                proxies={"http": tunnel.address, "https": tunnel.address},
                pins=pins,
            )
            if works:
                assert client.read("Patient/p1").resource["id"] == "p1"
            else:
                with pytest.raises(WrongServerKey):
                    client.read("Patient/p1")
            client.close()
        assert tunnel.asked == [f"127.0.0.1:{server.port}"] * 2
        assert len(server.seen) == 1
    finally:
        tunnel.close()


def test_an_https_proxy_and_a_pin_exclude_each_other(hospital: Hospital) -> None:
    _, own = hospital.serve()
    session = new_session(str(hospital.roots), None, (own,))
    context = session.get_adapter("https://x").poolmanager.connection_pool_kw["ssl_context"]
    with pytest.raises(WrongKindOfUse, match="proxy"):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    session.close()
