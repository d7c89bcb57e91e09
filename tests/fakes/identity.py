"""An identity provider on loopback that keeps the rules, and breaks one of them when told to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class FakeIdentity:
    """Code with PKCE, rotation with re-use detection, revocation; `twist` names the rule it breaks."""

    def __init__(self, *, algorithm: str = "RS256", twist: str = "") -> None:
        self.twist = twist
        self.algorithm = algorithm
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP384R1())
        self.codes: dict[str, dict[str, str]] = {}
        self.live: set[str] = set()
        self.used: set[str] = set()
        self.session_killed = False
        self.revoked: list[str] = []
        self.renewals = 0
        self.asked: list[dict[str, str]] = []
        self.fhir_user = "Practitioner/dana"
        self.many_audiences = False
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="identity")
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # ------------------------------------------------------------------ what it answers

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "revocation_endpoint": f"{self.base}/revoke",
            "jwks_uri": f"{self.base}/keys",
            "code_challenge_methods_supported": ["plain"] if self.twist == "no pkce" else ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        r, e = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        return {
            "keys": [
                {"kty": "RSA", "kid": "RS256", "use": "sig", "alg": "RS256", "n": number(r.n), "e": number(r.e)},
                {"kty": "EC", "kid": "ES384", "use": "sig", "crv": "P-384", "x": number(e.x), "y": number(e.y)},
            ]
        }

    def id_token(self, nonce: str, client_id: str) -> str:
        now = time.time()
        claims: dict[str, Any] = {
            "iss": "https://elsewhere.example" if self.twist == "issuer" else self.base,
            "aud": "another-program" if self.twist == "audience" else client_id,
            "sub": "dana",
            "nonce": "stale" if self.twist == "nonce" else nonce,
            "iat": now,
            "exp": now - 3600 if self.twist == "expired" else now + 300,
            "fhirUser": self.fhir_user,
        }
        if self.twist == "old session":
            claims["auth_time"] = now - 3600
        if self.many_audiences:
            claims["aud"] = [client_id, "api"]
            claims["azp"] = "another-program" if self.twist == "azp" else client_id
        algorithm = "none" if self.twist == "none" else self.algorithm
        signed = (
            f"{b64(json.dumps({'alg': algorithm, 'kid': self.algorithm}).encode())}.{b64(json.dumps(claims).encode())}"
        )
        if self.twist == "none":
            return f"{signed}."
        if algorithm == "RS256":
            signature = self.rsa.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            r, s = decode_dss_signature(self.ec.sign(signed.encode(), ec.ECDSA(hashes.SHA384())))
            signature = r.to_bytes(48, "big") + s.to_bytes(48, "big")
        if self.twist == "signature":
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        return f"{signed}.{b64(signature)}"

    def tokens(self) -> dict[str, Any]:
        refresh = secrets.token_urlsafe(16)
        self.live.add(refresh)
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": 300,
            "refresh_token": refresh,
            "scope": "openid fhirUser",
        }

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form.get("code", ""), None)  # a wrong verifier burns the code
            challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
                return 400, {"error": "invalid_grant"}
            return 200, {**self.tokens(), "id_token": self.id_token(asked["nonce"], asked["client_id"])}
        with self._lock:
            refresh = form.get("refresh_token", "")
            if self.twist == "busy":
                return 503, {}
            if refresh in self.used or self.session_killed:
                self.session_killed = True
                return 400, {"error": "invalid_grant"}
            if refresh not in self.live:
                return 400, {"error": "invalid_grant"}
            self.live.discard(refresh)
            self.used.add(refresh)
            self.renewals += 1
            return 200, self.tokens()

    def _handler(self) -> type[BaseHTTPRequestHandler]:  # noqa: C901  a table of addresses
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if (
                    parts.path.endswith("/.well-known/smart-configuration") and provider.twist != "openid only"
                ) or parts.path == "/.well-known/openid-configuration":
                    self.say(200, provider.configuration())
                elif parts.path == "/keys":
                    self.say(200, provider.keys())
                elif parts.path == "/authorize":
                    self.authorize(dict(parse_qsl(parts.query)))
                else:
                    self.say(404, {})

            def authorize(self, asked: dict[str, str]) -> None:
                provider.asked.append(asked)
                code = secrets.token_urlsafe(8)
                provider.codes[code] = asked
                answer = {"code": code, "state": asked["state"], "iss": provider.base}
                if provider.twist == "denied":
                    answer = {"error": "access_denied", "state": asked["state"]}
                if provider.twist == "mixed up":
                    answer["iss"] = "https://elsewhere.example"
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
                self.end_headers()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                if self.path == "/revoke":
                    provider.revoked.append(form["token"])
                    self.say(200, {})
                    return
                status, answer = provider.token(form)
                if provider.twist == "cut" and form["grant_type"] == "refresh_token":
                    self.wfile.close()  # it did renew, and nobody hears of it
                    return
                self.say(status, answer)

            def say(self, status: int, answer: dict[str, Any]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler
