from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from workstation.errors import MalformedAnswer, ServerBusy, ServerRefused, ServerUnreachable
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.transport import new_session
from workstation.keys.device import DeviceKeys


class Authority:
    """A small authorization server: registers keys, gives a token to each signed assertion, once."""

    def __init__(self) -> None:
        self.jwk: dict[str, Any] = {}
        self.seen: set[str] = set()
        self.given = 0
        self.answer: tuple[int, dict[str, str], dict[str, Any]] | None = None
        self.bearers: list[str] = []
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, fields = authority.answer or authority.reply(self.path, self.headers, body)
                content = json.dumps(fields).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def reply(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
        if path == "/register":
            self.bearers.append(headers["Authorization"])
            (self.jwk,) = json.loads(body)["jwks"]["keys"]
            return 201, {}, {"client_id": "device-7"}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        try:
            token = jwt.decode(form["client_assertion"], ECKey.import_key(self.jwk), algorithms=["ES384"])
        except JoseError:
            return 400, {}, {"error": "invalid_client"}
        claims = token.claims
        fits = claims["iss"] == claims["sub"] == "device-7" and claims["aud"] == self.base + "/token"
        if not fits or claims["jti"] in self.seen or claims["exp"] - claims["iat"] > 300:
            return 400, {}, {"error": "invalid_client"}
        self.seen.add(claims["jti"])
        self.given += 1
        return 200, {}, {"access_token": f"token-{self.given}", "expires_in": 300, "token_type": "bearer"}

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def authority() -> Iterator[Authority]:
    running = Authority()
    yield running
    running.close()


@pytest.fixture
def session() -> Iterator[Any]:
    made = new_session(True, None)
    yield made
    made.close()


def tokens(authority: Authority, session: Any, keys: DeviceKeys, clock: list[float]) -> BackendTokens:
    client = register(session, authority.base + "/register", keys, keys.device, "the-coders-token")
    return BackendTokens(lambda: session, authority.base + "/token", client, keys, now=lambda: clock[0])


def test_a_registered_device_gets_tokens_by_its_own_signature(authority: Authority, session: Any) -> None:
    given = tokens(authority, session, DeviceKeys.throw_away(), [1_000.0])
    assert given.token() == "token-1"
    assert authority.bearers == ["Bearer the-coders-token"]
    assert "d" not in authority.jwk  # the private half never leaves


def test_a_token_is_kept_until_thirty_seconds_before_its_end(authority: Authority, session: Any) -> None:
    clock = [1_000.0]
    given = tokens(authority, session, DeviceKeys.throw_away(), clock)
    given.token()
    clock[0] += 269
    assert given.token() == "token-1"
    clock[0] += 1
    assert given.token() == "token-2"
    assert given.fresh_token() == "token-3"


def test_another_devices_key_gets_nothing(authority: Authority, session: Any) -> None:
    given = tokens(authority, session, DeviceKeys.throw_away(), [1_000.0])
    authority.jwk = DeviceKeys.throw_away().public_jwk()
    with pytest.raises(ServerRefused):
        given.token()
    assert authority.given == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((302, {"Location": "http://127.0.0.1:1/elsewhere"}, {}), ServerRefused),
        ((503, {"Retry-After": "9"}, {}), ServerBusy),
        ((400, {}, {"error": "invalid_scope"}), ServerRefused),
        ((200, {}, {"token": "misspelt"}), MalformedAnswer),
        ((200, {}, {"access_token": "x" * 300_000}), MalformedAnswer),
    ],
)
def test_every_other_answer_is_a_trouble_and_no_token(
    answer: tuple[int, dict[str, str], dict[str, Any]],
    error: type[Exception],
    authority: Authority,
    session: Any,
) -> None:
    given = tokens(authority, session, DeviceKeys.throw_away(), [1_000.0])
    authority.answer = answer
    with pytest.raises(error):
        given.token()
    authority.answer = None
    assert given.token() == "token-1"


def test_a_server_that_is_not_there_is_unreachable(session: Any) -> None:
    keys = DeviceKeys.throw_away()
    with pytest.raises(ServerUnreachable):
        BackendTokens(lambda: session, "http://127.0.0.1:1/token", "c", keys).token()
