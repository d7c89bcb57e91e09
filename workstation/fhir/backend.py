"""The device's own access: its key registered once, then short tokens by a signed assertion (ES384)."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from workstation.errors import MalformedAnswer, ServerRefused
from workstation.fhir.answers import json_of, trouble
from workstation.fhir.transport import read_body, unreachable

if TYPE_CHECKING:
    import requests

SCOPE = "system/AuditEvent.crus system/Device.crus system/Task.rus system/Basic.rs"
RENEW_BEFORE = 30.0  # seconds
ASSERTION_SECONDS = 240
LARGEST_ANSWER = 256 * 1024
TIMEOUT = (5.0, 30.0)
LONGEST_ANSWER = 30.0  # seconds for the whole of it


class ClientKey(Protocol):
    """The device's client key: signs, and shows its public half."""

    def sign_assertion(self, message: bytes) -> bytes: ...
    def public_jwk(self) -> dict[str, Any]: ...


def register(
    session: requests.Session, registration_url: str, key: ClientKey, installation: str, coder_token: str
) -> str:
    """RFC 7591 with a signed-in coder's token; the client id the server gave. Raises ServerTrouble."""
    wanted = {
        "client_name": "Coder Workstation",
        "software_id": "coder-workstation",
        "software_statement_id": installation,
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES384",
        "jwks": {"keys": [key.public_jwk()]},
        "scope": SCOPE,
    }
    headers = {"Authorization": f"Bearer {coder_token}", "Content-Type": "application/json"}
    answer = _post(session, registration_url, json.dumps(wanted).encode(), headers)
    client_id = answer.get("client_id")
    if not isinstance(client_id, str) or not client_id:
        raise MalformedAnswer("A registration brought no client id.")
    return client_id


class BackendTokens:
    """Client credentials with private_key_jwt. Any thread may ask; one request is made at a time."""

    def __init__(
        self,
        session: Callable[[], requests.Session],
        token_url: str,
        client_id: str,
        key: ClientKey,
        *,
        scope: str = SCOPE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._session, self._token_url, self._client_id = session, token_url, client_id
        self._key, self._scope, self._now = key, scope, now
        self._asking = threading.Lock()
        self._token, self._expires_at = "", 0.0

    def token(self) -> str:
        """A token with at least thirty seconds to live. Raises ServerTrouble."""
        with self._asking:
            if not self._token or self._now() >= self._expires_at - RENEW_BEFORE:
                self._ask()
            return self._token

    def fresh_token(self) -> str:
        """A new token, when the server refused the last one."""
        with self._asking:
            self._ask()
            return self._token

    def _ask(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion(),
        }
        self._token, self._expires_at = "", 0.0
        body = urlencode(form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = _post(self._session(), self._token_url, body.encode(), headers)
        token, lifetime = answer.get("access_token"), answer.get("expires_in", 300)
        if not isinstance(token, str) or not token or not isinstance(lifetime, int | float):
            raise MalformedAnswer("A token answer brought no token.")
        self._token, self._expires_at = token, self._now() + lifetime

    def assertion(self) -> str:
        """A signed statement of who we are, good once and for four minutes (SMART Backend Services)."""
        now = int(self._now())
        header = {"alg": "ES384", "typ": "JWT", "kid": self._key.public_jwk()["kid"]}
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._token_url,
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        signed = f"{_part(header)}.{_part(claims)}"
        return f"{signed}.{_base64url(self._key.sign_assertion(signed.encode()))}"


def _post(session: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    import requests
    from urllib3.exceptions import HTTPError

    try:
        with session.post(
            url,
            data=body,
            headers={**headers, "Accept": "application/json"},
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            text = read_body(answer, LARGEST_ANSWER, time.monotonic() + LONGEST_ANSWER)
            status, answered = answer.status_code, answer.headers
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise unreachable(error) from None
    if 300 <= status < 400:
        raise ServerRefused("It sends us to another address.", status=status)
    if status >= 400:
        raise trouble(status, answered, text)
    return json_of(text)


def _part(fields: dict[str, Any]) -> str:
    return _base64url(json.dumps(fields, separators=(",", ":")).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
