"""The loopback listener that takes the browser's way back (RFC 8252): one answer, then it closes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from workstation.errors import SignInRefused

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Coder Workstation</title>
<style>body{{font:18px system-ui,sans-serif;margin:20vh auto;max-width:32em;text-align:center;color:#223}}</style>
</head><body><h1>{title}</h1><p>{words}</p></body></html>"""


class Listener:
    """Waits on 127.0.0.1 for the callback that carries our state; everything else is turned away."""

    def __init__(self, state: str, ports: Sequence[int] = (0,)) -> None:
        self._state = state
        self._answer: dict[str, str] | None = None
        self._server = self._bind(ports)
        self._server.timeout = 0.2

    @property
    def redirect_uri(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/callback"

    def wait(self, seconds: float, cancelled: threading.Event | None = None) -> dict[str, str]:
        """The parameters of the callback. Raises SignInRefused when it does not come."""
        until = time.monotonic() + seconds
        while self._answer is None:
            if cancelled is not None and cancelled.is_set():
                raise SignInRefused("The sign-in was cancelled.")
            if time.monotonic() > until:
                raise SignInRefused("The sign-in in the browser took too long.")
            self._server.handle_request()
        return self._answer

    def close(self) -> None:
        self._server.server_close()

    def _bind(self, ports: Sequence[int]) -> HTTPServer:
        listener = self

        class Callback(BaseHTTPRequestHandler):
            timeout = 2  # a silent connection must not hold the others

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                answer = dict(parse_qsl(parts.query))
                if parts.path != "/callback" or answer.get("state") != listener._state:
                    self._say(404, "Nothing here", "This address only takes a running sign-in.")
                elif "code" in answer:
                    listener._answer = answer
                    self._say(200, "You are signed in", "You can close this tab and go back to Coder Workstation.")
                else:
                    listener._answer = answer
                    self._say(200, "You are not signed in", "Go back to Coder Workstation to try again.")

            def _say(self, status: int, title: str, words: str) -> None:
                page = _PAGE.format(title=title, words=words).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(page)

            def version_string(self) -> str:
                return "Coder Workstation"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
                """The address carries the code: nothing of it is logged."""

        class Quiet(HTTPServer):
            allow_reuse_address = False

            def server_bind(self) -> None:
                if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows lets another program share a port otherwise
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
                super().server_bind()

            def handle_error(self, request: object, client_address: object) -> None:
                """A browser that hangs up is no trouble."""

        for port in ports or (0,):
            try:
                return Quiet(("127.0.0.1", port), Callback)
            except OSError:
                continue
        raise SignInRefused("No port is free for the way back from the browser.")
