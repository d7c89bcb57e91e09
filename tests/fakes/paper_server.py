"""A FHIR server and identity provider on paper: answers every search with all it has, and spoils one answer when told to."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it goes out; `label` says what kind of request it belongs to, such as `GET Task?`."""

    label: str
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    more: tuple[bytes, int] = (b"", 0)  # after the body: a piece, and how often; never held in memory
    after: bytes = b""
    pause: float = 0.0  # seconds between bytes

    @property
    def size(self) -> int:
        return len(self.body) + len(self.more[0]) * self.more[1] + len(self.after)

    def pieces(self) -> Iterator[bytes]:
        if self.pause:
            for byte in self.body:
                time.sleep(self.pause)
                yield bytes([byte])
            return
        yield self.body
        unit, times = self.more
        at_once = max(1, 65_536 // max(1, len(unit)))
        for done in range(0, times, at_once):
            yield unit * min(at_once, times - done)
        yield self.after


class PaperServer:
    """Keeps resources by `Type/id`. What a search asks for is not looked at: a client has to choose for itself."""

    def __init__(self) -> None:
        self.kept: dict[str, Resource] = {}
        self.spoil: Callable[[Answer], Answer] = lambda answer: answer
        self.labels: list[str] = []  # of every answer given
        self.bearers: list[str] = []
        self._count = itertools.count(1)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="paper")
        self._thread.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def base(self) -> str:
        return f"{self.issuer}/fhir"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def put(self, *resources: Resource) -> None:
        for resource in resources:
            self._store(resource)

    def touch(self) -> None:
        """Every resource has a new version: whoever holds an old one fetches it."""
        for resource in list(self.kept.values()):
            self._store(resource)

    # ------------------------------------------------------------------ keeping

    def _store(self, resource: Resource) -> Resource:
        with self._lock:
            name = f"{resource['resourceType']}/{resource['id']}"
            number = next(self._count)
            minutes, seconds = divmod(number // 1000, 60)
            stamp = f"2026-11-24T{9 + minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{number % 1000:03}Z"
            before = resource.get("meta")
            meta = {**(before if isinstance(before, dict) else {}), "versionId": str(number), "lastUpdated": stamp}
            self.kept[name] = {**resource, "meta": meta}
            return self.kept[name]

    def _with_identifier(self, kind: str, query: str) -> Resource | None:
        value = query.rpartition("|")[2]
        for resource in list(self.kept.values()):
            named = [one.get("value") for one in resource.get("identifier", [])]
            if resource["resourceType"] == kind and value in named:
                return resource
        return None

    def _write(self, method: str, kind: str, name: str, headers: Any, body: Resource) -> tuple[int, Resource]:
        if method == "PUT":
            held = self.kept.get(f"{kind}/{name}")
            wanted = (headers.get("If-Match") or "").strip('W/"')
            if held is not None and wanted and held["meta"]["versionId"] != wanted:
                return 412, {}
            return (200 if held else 201), self._store({**body, "id": name})
        query = headers.get("If-None-Exist") or ""
        found = self._with_identifier(kind, query) if query else None
        return (200, found) if found else (201, self._store({**body, "id": body.get("id") or uuid.uuid4().hex}))

    def _bundle(self, bundle: Resource) -> Resource:
        entries = []
        names: dict[str, str] = {}
        for entry in bundle["entry"]:
            asked, text = entry["request"], json.dumps(entry["resource"])
            for urn, reference in names.items():
                text = text.replace(urn, reference)
            kind, _, name = asked["url"].partition("/")
            headers = {"If-Match": asked.get("ifMatch"), "If-None-Exist": asked.get("ifNoneExist")}
            status, stored = self._write(asked["method"], kind, name, headers, json.loads(text))
            response: Resource = {"status": str(status)}
            if stored:
                reference = f"{kind}/{stored['id']}"
                names[entry.get("fullUrl", "urn:none")] = reference
                version = stored["meta"]["versionId"]
                response |= {"location": f"{reference}/_history/{version}", "etag": f'W/"{version}"'}
            entries.append({"response": response, **({"resource": stored} if stored else {})})
        return {"resourceType": "Bundle", "type": f"{bundle['type']}-response", "entry": entries}

    # ------------------------------------------------------------------ answering

    def _configuration(self) -> Resource:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "registration_endpoint": f"{self.issuer}/register",
            "jwks_uri": f"{self.issuer}/keys",
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid"],
        }

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        parts = urlsplit(path)
        if parts.path.endswith(("/smart-configuration", "/openid-configuration")):
            return _json("GET discovery", 200, self._configuration())
        if parts.path == "/token":
            kind = parse_qs(body.decode()).get("grant_type", [""])[0]
            token = {"access_token": uuid.uuid4().hex, "refresh_token": uuid.uuid4().hex, "token_type": "Bearer"}
            return _json(f"POST token {kind}", 200, {**token, "expires_in": 300, "scope": "openid"})
        if parts.path == "/register":
            return _json("POST register", 201, {"client_id": "device-1"})
        self.bearers.append(headers.get("Authorization") or "")
        kind, _, name = parts.path.removeprefix("/fhir").strip("/").partition("/")
        if method == "GET" and kind == "metadata":
            rest = {"mode": "server", "resource": [{"type": "AuditEvent", "updateCreate": True}]}
            return _json("GET metadata", 200, {"resourceType": "CapabilityStatement", "rest": [rest]})
        if method == "GET" and not name:
            found = [one for one in list(self.kept.values()) if one["resourceType"] == kind]
            entries = [{"resource": one, "search": {"mode": "match"}} for one in found]
            return _json(f"GET {kind}?", 200, {"resourceType": "Bundle", "type": "searchset", "entry": entries})
        if method == "GET":
            held = self.kept.get(f"{kind}/{name}")
            return _json(f"GET {kind}", 200 if held else 404, held or {"resourceType": "OperationOutcome"})
        resource = json.loads(body)
        if not kind:
            return _json(f"POST {resource['type']}", 200, self._bundle(resource))
        status, stored = self._write(method, kind, name, headers, resource)
        return _json(f"{method} {kind}", status, stored)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # one request a connection: none is left open

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                true = server.answer(self.command, self.path, self.headers, body)
                server.labels.append(true.label)
                answer = server.spoil(true)
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(answer.size), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in answer.pieces():
                    self.wfile.write(piece)
                    self.wfile.flush()

            do_GET = do_POST = do_PUT = _any

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # a client that has seen enough hangs up
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


def _json(label: str, status: int, body: Resource) -> Answer:
    headers = {"Content-Type": "application/fhir+json"}
    if version := body.get("meta", {}).get("versionId"):
        headers["ETag"] = f'W/"{version}"'
    return Answer(label, status, json.dumps(body).encode(), headers)
