"""Start and stop the practice server: `practice-server --port 0 --data DIR`, one JSON line on stdout when it is ready."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from workstation.practice.charts import CHARTS

STARTED, BAD_USE = 0, 2


@dataclass(frozen=True, slots=True)
class Options:
    """How one server is run."""

    data: Path
    port: int = 0
    host: str = "127.0.0.1"
    tls: bool = False
    charts: Path = CHARTS
    access_seconds: int = 600
    claim_seconds: float = 1.0
    answer_seconds: float = 90.0
    cancel_seconds: float = 1200.0
    crowd: int = 0
    each: int = 20


class PracticeServer:
    """One server in this process. `serve` blocks until `stop` is called from another thread."""

    def __init__(self, options: Options) -> None:
        from workstation.practice.charts import load_charts
        from workstation.practice.clock import PracticeClock
        from workstation.practice.crowd import charts_of
        from workstation.practice.hospital import Hospital, Pace
        from workstation.practice.people import crowd
        from workstation.practice.seed import seed, to_cancel
        from workstation.practice.store import Store

        charts = load_charts(options.charts)
        options.data.mkdir(parents=True, exist_ok=True)
        self._clock = PracticeClock()
        self._store = Store(options.data / "practice.db", self._clock.now)
        self.control_token = secrets.token_urlsafe(24)
        self.ca = ""
        try:
            many = crowd(options.crowd)
            if many:
                self._store.remember("crowd", str(options.crowd))
            seed(self._store, charts, self._clock.now(), many)
            for one in many:
                seed(self._store, charts_of(one.user, charts, options.each), self._clock.now())
            pace = Pace(options.claim_seconds, options.answer_seconds, options.cancel_seconds)
            self._hospital = Hospital(self._store, self._clock.now, pace, to_cancel(charts))
            self._stopping = threading.Event()
            self._http = self._bind(options)
        except BaseException:
            self._store.close()
            raise
        host, port = self._http.bind_addr[:2]
        shown = f"[{host}]" if ":" in host else host
        self.issuer = f"{'https' if options.tls else 'http'}://{shown}:{port}"
        self.base = f"{self.issuer}/fhir"
        self._store.remember("port", str(port))
        self._http.wsgi_app = self._application(options)

    def ready(self) -> dict[str, Any]:
        """What the one line on stdout says."""
        from workstation.practice.people import everyone, secret_of

        people = [
            {
                "user": one.user,
                "name": one.name,
                "password": one.password,
                "totp_secret": secret_of(self._store, one.user),
                "role": one.roles[0],
            }
            for one in everyone(self._store)
        ]
        line = {
            "base": self.base,
            "issuer": self.issuer,
            "control_token": self.control_token,
            "pid": os.getpid(),
            "people": people,
        }
        return {**line, "ca": self.ca} if self.ca else line

    def serve(self) -> None:
        self._hospital.start()
        try:
            self._http.serve()
        finally:
            self._hospital.stop()
            self._store.close()

    def stop(self) -> None:
        """From any thread; `serve` returns soon after."""
        self._stopping.set()
        self._http.stop()

    def _application(self, options: Options) -> Any:
        from workstation.practice.app import Practice, application
        from workstation.practice.control import add_control
        from workstation.practice.engine import Engine
        from workstation.practice.faults import Faults
        from workstation.practice.oauth import Provider, signing_key
        from workstation.practice.tokens import Tokens

        tokens = Tokens(self._store, self._clock.now)
        provider = Provider(
            self._store, tokens, signing_key(self._store), self.issuer, self.base, options.access_seconds
        )
        practice = Practice(
            Engine(self._store, self.base),
            provider,
            self._clock,
            Faults(),
            deque(maxlen=2000),
            self._hospital.heard,
            self._stopping,
        )
        app = application(practice)
        add_control(app, practice, self._hospital, self.control_token)
        return app

    def _bind(self, options: Options) -> Any:
        """Listen; port 0 means the port of the last start where it is free, so that a client's base stays true."""
        from workstation.practice.http import new_server

        adapter = None
        if options.tls:
            from workstation.practice.tls import adapter_and_ca

            adapter, self.ca = adapter_and_ca(options.data, options.host)
        last = int(self._store.fact("port") or 0)
        for port in (options.port,) if options.port or not last else (last, 0):
            http = new_server(options.host, port, adapter)
            try:
                http.prepare()
            except OSError:
                if port == 0 or port == options.port:
                    raise
                continue
            return http
        raise AssertionError("unreachable")


def run(arguments: list[str]) -> int:
    """The command. Ends on SIGTERM, SIGINT, or, with --watch-stdin, when standard input closes."""
    asked = _read(arguments)
    options = Options(
        data=Path(asked.data),
        port=asked.port,
        host=asked.host,
        tls=asked.tls,
        charts=Path(asked.charts),
        access_seconds=asked.access_seconds,
        claim_seconds=asked.claim_after,
        answer_seconds=asked.answer_after,
        cancel_seconds=asked.cancel_after,
        crowd=asked.crowd,
        each=asked.each,
    )
    from workstation.practice.charts import BadChart

    try:
        server = PracticeServer(options)
    except (BadChart, OSError) as trouble:
        sys.stderr.write(f"The practice server did not start: {trouble}\n")
        return BAD_USE

    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=server.serve, name="practice-http").start()
    sys.stdout.write(json.dumps(server.ready()) + "\n")
    sys.stdout.flush()
    if not asked.quiet:
        sys.stderr.write(f"Practice hospital at {server.base}. Stop it with Ctrl+C.\n")
    if asked.watch_stdin:
        threading.Thread(target=_watch, args=(over,), name="practice-stdin", daemon=True).start()
    while not over.wait(0.5):  # in slices: a wait without end would keep signals out on Windows
        pass
    server.stop()
    return STARTED


def _watch(over: threading.Event) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    over.set()


def _read(arguments: list[str]) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="practice-server", description="A FHIR R4 server with synthetic charts.")
    reader.add_argument("--data", required=True, metavar="DIR", help="where its database lies")
    reader.add_argument("--port", type=int, default=0, help="0 is the last one used, or any that is free")
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--tls", action="store_true", help="https with a certificate of its own authority")
    reader.add_argument("--quiet", action="store_true", help="nothing on standard error but trouble")
    reader.add_argument("--watch-stdin", action="store_true", help="end when standard input closes")
    reader.add_argument("--charts", default=str(CHARTS), metavar="DIR", help="another folder of charts")
    reader.add_argument("--access-seconds", type=int, default=600, metavar="N", help="life of an access token")
    reader.add_argument("--claim-after", type=float, default=1.0, metavar="N", help="seconds until a claim is taken in")
    reader.add_argument(
        "--answer-after", type=float, default=90.0, metavar="N", help="seconds until a query is answered"
    )
    reader.add_argument(
        "--cancel-after",
        type=float,
        default=1200.0,
        metavar="N",
        help="seconds until one task is taken back; 0 is never",
    )
    reader.add_argument("--crowd", type=int, default=0, metavar="N", help="N more coders, for tests with many of them")
    reader.add_argument("--each", type=int, default=20, metavar="N", help="charts for each of the crowd")
    return reader.parse_args(arguments)
