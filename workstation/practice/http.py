"""The HTTP server under the practice application: cheroot, which tells the application its connection."""

from __future__ import annotations

from typing import Any

from cheroot import wsgi

from workstation.practice.app import CONNECTION

THREADS = 12
WAITING, LINES = 128, 500


class _Gateway(wsgi.Gateway_10):
    def get_environ(self) -> Any:
        environ: Any = super().get_environ()  # type: ignore[no-untyped-call]
        return {**environ, CONNECTION: self.req.conn}


class _Server(wsgi.Server):
    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Cut connections are what faults are for; nothing of a request belongs on standard error."""


def new_server(host: str, port: int, adapter: Any) -> Any:
    """A server that is not listening yet."""
    server = _Server(
        (host, port), None, numthreads=THREADS, server_name="practice", timeout=30, shutdown_timeout=2,
        request_queue_size=WAITING,
    )  # fmt: skip
    server.gateway = _Gateway
    server.keep_alive_conn_limit = LINES  # its own ten are fewer than a crowd has
    server.ssl_adapter = adapter
    return server
