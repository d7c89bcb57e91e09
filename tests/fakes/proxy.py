"""A proxy on loopback between client and server that spoils what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import requests


@dataclass
class Fault:
    """What happens to a request. `after`: the server does its work, and only its answer is spoilt."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    after: bool = False
    as_batch: bool = False
    drip: float = 0.0  # seconds between bytes
    change: Callable[[bytes], bytes] | None = None


Rule = Callable[[str, str], Fault | None]


class Proxy:
    """Forwards to `target`; `rule` looks at each method and path and may name a fault."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.rule: Rule = lambda method, path: None
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="proxy")
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{urlsplit(self._target).path}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def times(self, count: int, fault: Fault, method: str, start: str) -> None:
        """Spoil the first `count` requests of a kind."""
        left = [count]

        def rule(asked: str, path: str) -> Fault | None:
            if asked == method and path.split("/fhir", 1)[-1].startswith(start) and left[0] > 0:
                left[0] -= 1
                return fault
            return None

        self.rule = rule

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        origin = urlsplit(self._target)
        kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "content-length", "connection")}
        url = f"{origin.scheme}://{origin.netloc}{path}"
        return requests.request(method, url, headers=kept, data=body or None, timeout=20, allow_redirects=False)

    def _handler(self) -> type[BaseHTTPRequestHandler]:  # noqa: C901  a row of faults
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # one request a connection: none is left open

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.seen.append((self.command, self.path, dict(self.headers)))
                fault = proxy.rule(self.command, self.path) or Fault()
                if fault.as_batch:
                    body = json.dumps({**json.loads(body), "type": "batch"}).encode()
                if fault.cut and not fault.after:
                    self._hang_up()
                    return
                if fault.status and not fault.after:
                    self._say(fault.status, fault.headers, fault.body)
                    return
                answer = proxy._forward(self.command, self.path, dict(self.headers), body)
                if fault.cut:
                    self._hang_up()
                    return
                kept = {
                    k: answer.headers[k]
                    for k in ("Content-Type", "ETag", "Location", "Date", "Retry-After", "RateLimit")
                    if k in answer.headers
                }
                text = answer.content.replace(proxy._target.encode(), proxy.base.encode())
                if fault.change:
                    text = fault.change(text)
                if fault.status:
                    self._say(fault.status, fault.headers, fault.body)
                elif fault.drip:
                    self._drip(text, fault.drip)
                else:
                    self._say(answer.status_code, kept, text)

            do_GET = do_POST = do_PUT = do_DELETE = _any

            def _hang_up(self) -> None:
                self.close_connection = True
                self.connection.close()

            def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _drip(self, body: bytes, pause: float) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    for byte in body:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(pause)
                except OSError:
                    self.close_connection = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (OSError, ValueError):  # the client or a fault hung up
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler
