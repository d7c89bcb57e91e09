"""The client: where it goes, what it carries there, and what it takes back."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from workstation.errors import (
    Conflict,
    MalformedAnswer,
    ServerBusy,
    ServerRefused,
    ServerUnreachable,
    WrongCertificate,
    WrongKindOfUse,
)
from workstation.fhir.answers import RefusedForReason
from workstation.fhir.client import FhirClient

Answer = tuple[int, dict[str, str], bytes]


class FakeServer:
    """Answers every request by a function and remembers the headers."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answer: Callable[[str], Answer] = lambda path: (200, {}, b"{}")
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.seen.append((self.command, self.path, dict(self.headers), body))
                status, headers, text = server.answer(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = _any

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self._server = Quiet(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    made = FakeServer()
    yield made
    made.close()


@pytest.fixture
def client(server: FakeServer) -> Iterator[FhirClient]:
    made = FhirClient(f"http://127.0.0.1:{server.port}/fhir", lambda: "secret-token", head=lambda: "device=d;seq=7")
    yield made
    made.close()


def resource(body: dict, **headers: str) -> Answer:
    return 200, headers, json.dumps(body).encode()


def test_every_request_carries_the_token_an_id_and_no_cache(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: resource({"resourceType": "Bundle"})
    client.search("Task", [("_lastUpdated", "ge2026-11-24T10:00:00+01:00")], request_id="r-1")
    _, path, headers, _ = server.seen[0]
    assert headers["Authorization"] == "Bearer secret-token"
    assert (headers["X-Request-Id"], headers["Cache-Control"]) == ("r-1", "no-cache")
    assert headers["X-Journal-Head"] == "device=d;seq=7"
    assert "%2B01%3A00" in path


def test_the_environment_decides_nothing(
    server: FakeServer, client: FhirClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    server.answer = lambda path: resource({"resourceType": "Patient", "id": "p1"})
    client.read("Patient/p1")
    assert server.seen[0][2]["Authorization"] == "Bearer secret-token"


def test_versions_come_from_the_tag_or_the_resource(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: resource({"resourceType": "Task", "id": "t", "meta": {"versionId": "3"}})
    assert client.read("Task/t").version == "3"
    server.answer = lambda path: resource({"resourceType": "Task", "id": "t"}, ETag='W/"7"')
    assert client.read("Task/t").version == "7"
    client.update({"resourceType": "Task", "id": "t"}, if_match="7")
    assert server.seen[-1][2]["If-Match"] == 'W/"7"'


def test_a_version_we_hold_is_not_sent_again(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: (304, {}, b"")
    assert client.read_if_changed("Basic/policy", "4") is None


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (400, ServerRefused),
        (403, ServerRefused),
        (409, ServerRefused),
        (412, ServerRefused),
        (429, ServerBusy),
        (500, ServerBusy),
    ],
)
def test_each_status_is_the_trouble_it_means(
    server: FakeServer, client: FhirClient, status: int, trouble: type[Exception]
) -> None:
    server.answer = lambda path: (status, {}, b"<html>")
    with pytest.raises(trouble):
        client.read("Task/t")


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_about_something_that_was_to_be_changed(
    server: FakeServer, client: FhirClient, status: int
) -> None:
    server.answer = lambda path: (status, {}, b"")
    with pytest.raises(Conflict):
        client.update({"resourceType": "Task", "id": "t"}, if_match="1")


def test_the_servers_words_are_kept_apart_from_the_error_text(server: FakeServer, client: FhirClient) -> None:
    outcome = {"issue": [{"details": {"text": "Brannigan is unknown"}, "expression": ["Claim.patient"]}]}
    server.answer = lambda path: (422, {}, json.dumps(outcome).encode())
    with pytest.raises(RefusedForReason) as caught:
        client.read("Task/t")
    assert caught.value.reason == "Brannigan is unknown (Claim.patient)"
    assert "Brannigan" not in str(caught.value)


def test_pages_that_run_in_a_circle_are_left(server: FakeServer, client: FhirClient) -> None:
    link = [{"relation": "next", "url": f"http://127.0.0.1:{server.port}/fhir?page=2"}]
    server.answer = lambda path: resource({"resourceType": "Bundle", "link": link})
    with pytest.raises(MalformedAnswer, match="circle"):
        client.search("Task", [])


def test_documents_come_raw_or_as_a_binary(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: (200, {"Content-Type": "text/plain"}, b"raw words")
    assert client.document("Binary/b1", "text/plain") == b"raw words"
    assert server.seen[0][1] == "/fhir/Binary/b1"
    wrapped = {"resourceType": "Binary", "data": base64.b64encode(b"inner words").decode()}
    server.answer = lambda path: resource(wrapped, **{"Content-Type": "application/fhir+json"})
    assert client.document("Binary/b1", "text/plain") == b"inner words"


def test_a_presigned_address_never_gets_the_token(server: FakeServer, client: FhirClient) -> None:
    other = FakeServer()
    try:
        other.answer = lambda path: (200, {"Content-Type": "text/plain"}, b"words")
        assert client.document(f"http://127.0.0.1:{other.port}/store?sig=x", "text/plain") == b"words"
        assert not {"Authorization", "X-Journal-Head"} & set(other.seen[0][2])
    finally:
        other.close()
    with pytest.raises(MalformedAnswer):
        client.document("http://store.example/x", "text/plain")
    with pytest.raises(MalformedAnswer):
        client.document("file:///etc/passwd", "text/plain")


def test_the_token_does_not_leave_the_base_on_its_own_host(server: FakeServer, client: FhirClient) -> None:
    server.answer = lambda path: (200, {"Content-Type": "text/plain"}, b"words")
    client.document(f"http://127.0.0.1:{server.port}/elsewhere/x", "text/plain")
    assert not {"Authorization", "X-Journal-Head"} & set(server.seen[0][2])


@pytest.mark.parametrize("way_up", ["..", "%2e%2e", "%2E.", "%252e%252e", "..%5c..", "."])
def test_no_way_up_from_the_base_takes_the_token_along(server: FakeServer, client: FhirClient, way_up: str) -> None:
    """Another tenant may live beside our base on the same host."""
    server.answer = lambda path: (200, {"Content-Type": "text/plain"}, b"words")
    client.document(f"http://127.0.0.1:{server.port}/fhir/{way_up}/tenant2/Binary/b", "text/plain")
    assert "Authorization" not in server.seen[0][2]
    server.seen.clear()
    link = [{"relation": "next", "url": f"http://127.0.0.1:{server.port}/fhir/{way_up}/tenant2?page=2"}]
    server.answer = lambda path: resource({"resourceType": "Bundle", "link": link})
    with pytest.raises(MalformedAnswer, match="another server"):
        client.search("Task", [])
    assert len(server.seen) == 1


def test_an_answer_without_end_is_cut(server: FakeServer) -> None:
    server.answer = lambda path: (200, {}, b" " * (9 * 1024 * 1024))
    client = FhirClient(f"http://127.0.0.1:{server.port}/fhir", lambda: "t")
    with pytest.raises(MalformedAnswer, match="larger"):
        client.read("Task/t")
    client.close()


class Dripping(threading.Thread):
    """A server that sends a byte now and then, for ever."""

    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._closing = threading.Event()

    def run(self) -> None:
        connection, _ = self._socket.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not self._closing.wait(0.05):
                connection.sendall(b" ")

    def close(self) -> None:
        self._closing.set()
        self.join()
        self._socket.close()


def test_a_slow_drip_is_left() -> None:
    server = Dripping()
    server.start()
    client = FhirClient(f"http://127.0.0.1:{server.port}/fhir", lambda: "t", longest_answer=0.4)
    try:
        with pytest.raises(ServerUnreachable, match="too long"):
            client.read("Task/t")
    finally:
        client.close()
        server.close()


def test_http_is_for_this_machine_and_certificates_are_always_checked() -> None:
    for address in ("http://fhir.example/r4", "ftp://127.0.0.1/", "https://user:pw@fhir.example/r4"):
        with pytest.raises(WrongKindOfUse):
            FhirClient(address, lambda: "t")
    client = FhirClient("https://127.0.0.1:1/fhir", lambda: "t", verify=False)
    with pytest.raises(WrongKindOfUse):
        client.read("Task/t")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secure(authority: trustme.CA, name: str) -> FakeServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return FakeServer(context)


@pytest.mark.parametrize(
    ("name", "knows_authority", "works"),
    [("127.0.0.1", True, True), ("127.0.0.1", False, False), ("other.example", True, False)],
)
def test_tls_holds_only_with_the_right_authority_and_host(
    authority: trustme.CA, tmp_path: Path, name: str, knows_authority: bool, works: bool
) -> None:
    server = secure(authority, name)
    roots = tmp_path / "roots.pem"
    (authority if knows_authority else trustme.CA()).cert_pem.write_to_path(str(roots))
    client = FhirClient(f"https://127.0.0.1:{server.port}/fhir", lambda: "t", verify=str(roots))
    server.answer = lambda path: resource({"resourceType": "Patient", "id": "p1"})
    try:
        if works:
            assert client.read("Patient/p1").resource["id"] == "p1"
        else:
            with pytest.raises(WrongCertificate):
                client.read("Patient/p1")
            assert server.seen == []  # no credential was sent
    finally:
        client.close()
        server.close()


def test_the_roots_of_the_system_do_not_know_a_stranger(authority: trustme.CA) -> None:
    server = secure(authority, "127.0.0.1")
    client = FhirClient(f"https://127.0.0.1:{server.port}/fhir", lambda: "t")
    try:
        with pytest.raises(WrongCertificate):
            client.read("Patient/p1")
        assert server.seen == []
    finally:
        client.close()
        server.close()


def test_compressed_answers_are_read_whole_and_bombs_are_cut(server: FakeServer, client: FhirClient) -> None:
    words = "".join(chr(97 + (n * n) % 26) for n in range(300_000))
    body = gzip.compress(json.dumps({"resourceType": "Binary", "id": "b", "note": words}).encode())
    server.answer = lambda path: (200, {"Content-Encoding": "gzip"}, body)
    assert client.read("Binary/b").resource["note"] == words
    server.answer = lambda path: (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 200_000_000))
    with pytest.raises(MalformedAnswer, match="larger"):
        client.read("Binary/b")


def test_chunked_answers_are_read_whole(client: FhirClient, server: FakeServer) -> None:
    text = json.dumps({"resourceType": "Patient", "id": "p1"}).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, bytes([byte])) for byte in text) + b"0\r\n\r\n"
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)

    thread = threading.Thread(target=serve)
    thread.start()
    other = FhirClient(f"http://127.0.0.1:{listener.getsockname()[1]}/fhir", lambda: "t")
    assert other.read("Patient/p1").resource["id"] == "p1"
    thread.join()
    listener.close()
    other.close()


def test_the_environment_chooses_neither_roots_nor_way(
    authority: trustme.CA, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets variables of the session must not put a server, a proxy or a password of theirs in the way."""
    server, thief = secure(authority, "127.0.0.1"), FakeServer()
    server.answer = lambda path: resource({"resourceType": "Patient", "id": "p1"})
    mine, theirs = tmp_path / "roots.pem", tmp_path / "theirs.pem"
    authority.cert_pem.write_to_path(str(mine))
    trustme.CA().cert_pem.write_to_path(str(theirs))
    (home / ".netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    (home / ".netrc").chmod(0o600)
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{thief.port}")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(theirs))
    try:
        client = FhirClient(f"https://127.0.0.1:{server.port}/fhir", lambda: "t", verify=str(mine))
        assert client.read("Patient/p1").resource["id"] == "p1"
        assert server.seen[0][2]["Authorization"] == "Bearer t"
        client.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(mine))  # OpenSSL's own word for other roots
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        client = FhirClient(f"https://127.0.0.1:{server.port}/fhir", lambda: "t")
        with pytest.raises(WrongCertificate):
            client.read("Patient/p1")
        client.close()
        assert len(server.seen) == 1
        assert thief.seen == []
    finally:
        server.close()
        thief.close()
