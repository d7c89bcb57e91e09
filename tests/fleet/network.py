"""A network on loopback between workstations and their server: it loses, delays and repeats a share of the requests."""

from __future__ import annotations

import http.client
import random
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: What befalls a request. `lost answer` and `failed after` are done by the server and not known to be; `twice` is sent
#: two times at once, `again` once more some seconds later, as a proxy that retries would.
FAULTS = (
    "lost request", "lost answer", "cut answer", "failed before", "failed after", "busy", "slow", "twice", "again",
)  # fmt: skip
LONGEST_REST = 5.0  # seconds a connection to the server may lie idle and be used again
DROPPED = ("host", "connection", "proxy-connection")
HOP = ("connection", "keep-alive", "content-length", "transfer-encoding", "server")


@dataclass
class Heard:
    """What went by: requests by method and kind of resource, their times at the server, and what befell them."""

    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    received: int = 0  # bytes towards the workstations
    sent: int = 0


class Network:
    """The workstations' HTTP proxy on the way to `target`, a FHIR base. `share` of what goes there meets a fault.

    Sign-in and tokens pass unharmed: a refresh token sent twice ends its session, as it should.
    """

    def __init__(self, target: str, share: float, seed: int) -> None:
        self._target = urlsplit(target)
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._later: list[threading.Timer] = []
        self._open: set[socket.socket] = set()
        self.share = share
        self.heard = Heard()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="network")
        self._thread.start()

    @property
    def address(self) -> str:
        """What the setting `proxy` holds."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def turn(self) -> Heard:
        """What was heard so far; counted anew from here."""
        with self._lock:
            heard, self.heard = self.heard, Heard()
        return heard

    def close(self) -> None:
        for timer in self._later:
            timer.cancel()
            timer.join()
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            still = list(self._open)
        for connection in still:  # what a client has not closed yet would be waited for
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    # ------------------------------------------------------------------ one request

    def _fault(self, path: str) -> str:
        if not path.startswith(self._target.path):
            return ""
        with self._lock:
            return self._chance.choice(FAULTS) if self._chance.random() < self.share else ""

    def _seconds(self, least: float, most: float) -> float:
        with self._lock:
            return self._chance.uniform(least, most)

    def _count(self, method: str, path: str, status: int, fault: str, spent: float, sizes: tuple[int, int]) -> None:
        rest = path.partition("?")[0]
        own = rest.startswith(self._target.path)
        kind = rest.removeprefix(self._target.path).strip("/").partition("/")[0] or "Bundle" if own else "sign-in"
        with self._lock:
            heard = self.heard
            heard.kinds[f"{method} {kind}"] += 1
            heard.statuses[status] += 1
            if fault:
                heard.faults[fault] += 1
            if spent:
                heard.milliseconds.append(spent)
            heard.sent += sizes[0]
            heard.received += sizes[1]

    def _ask(
        self, line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        line.request(method, path, body=body or None, headers=headers)
        answer = line.getresponse()
        text = answer.read()
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
        return answer.status, kept, text

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(str(self._target.hostname), self._target.port, timeout=60)

    def _repeat(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        line = self._line()
        try:
            self._ask(line, method, path, headers, body)
        except (OSError, http.client.HTTPException):
            pass  # nobody waits for the answer of a repetition
        finally:
            line.close()

    def _again(self, *request: object) -> None:
        timer = threading.Timer(self._seconds(1, 8), self._repeat, request)
        self._later.append(timer)
        timer.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:  # noqa: C901  a row of faults
        network = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 120
            line: http.client.HTTPConnection | None = None
            used = 0.0

            def setup(self) -> None:
                super().setup()
                with network._lock:
                    network._open.add(self.connection)

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = urlsplit(self.path)  # a proxy is asked with the whole address
                self.path = f"{asked.path}?{asked.query}" if asked.query else asked.path
                fault = network._fault(self.path)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in DROPPED}
                request = (self.command, self.path, headers, body)
                if fault == "lost request":
                    network._count(self.command, self.path, 0, fault, 0, (len(body), 0))
                    self._hang_up()
                    return
                if fault in ("failed before", "busy"):
                    status = 503 if fault == "failed before" else 429
                    network._count(self.command, self.path, status, fault, 0, (len(body), 0))
                    self._say(status, {"Retry-After": "1"} if fault == "busy" else {}, b"")
                    return
                if fault == "slow":
                    time.sleep(network._seconds(0.3, 2.5))
                other = threading.Thread(target=network._repeat, args=request) if fault == "twice" else None
                if other is not None:
                    other.start()
                began = time.perf_counter()
                try:
                    if self.line is not None and time.monotonic() - self.used > LONGEST_REST:
                        self.line.close()  # the server may be closing it
                        self.line = None
                    self.line = self.line or network._line()
                    self.used = time.monotonic()
                    status, kept, text = network._ask(self.line, *request)
                except (OSError, http.client.HTTPException):
                    network._count(self.command, self.path, 0, "broken by itself", 0, (len(body), 0))
                    self._hang_up()
                    return
                finally:
                    if other is not None:
                        other.join()
                spent = (time.perf_counter() - began) * 1000
                network._count(self.command, self.path, status, fault, spent, (len(body), len(text)))
                if fault == "again":
                    network._again(*request)
                if fault == "lost answer":
                    self._hang_up()
                elif fault == "failed after":
                    self._say(502, {}, b"")
                else:
                    self._say(status, kept, text, cut=fault == "cut answer")

            do_GET = do_POST = do_PUT = do_DELETE = _any

            def _hang_up(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def _say(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if cut else body)
                if cut:
                    self.wfile.flush()
                    self._hang_up()

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (OSError, ValueError):  # the workstation or a fault hung up
                    self.close_connection = True

            def finish(self) -> None:
                with network._lock:
                    network._open.discard(self.connection)
                if self.line is not None:
                    self.line.close()
                try:
                    super().finish()
                except OSError:
                    return  # the line was cut

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing of a request belongs on standard error."""

        return Handler
