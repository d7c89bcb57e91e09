"""The whole practice server as one WSGI application, with the faults in front of every door but the control's."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request

from workstation.practice.clock import PracticeClock
from workstation.practice.engine import Engine
from workstation.practice.faults import Fault, Faults
from workstation.practice.identity import add_identity
from workstation.practice.oauth import Provider
from workstation.practice.outcomes import Refused, outcome
from workstation.practice.rest import add_rest

CONNECTION = "practice.connection"  # the WSGI key of the request's socket


@dataclass
class Practice:
    """The house: everything a request or a control call needs."""

    engine: Engine
    provider: Provider
    clock: PracticeClock
    faults: Faults
    requests: deque[dict[str, Any]]
    heard: Callable[[str], None]
    stopping: threading.Event


def application(practice: Practice) -> Flask:
    app = Flask("practice", static_folder=None)
    app.logger.setLevel(logging.CRITICAL)
    app.before_request(lambda: _before(practice))
    add_identity(app, practice.provider)
    add_rest(app, practice.engine, practice.provider, practice.heard)
    app.register_error_handler(Exception, _broken)
    app.after_request(lambda response: _after(practice, response))
    return app


def _before(practice: Practice) -> Response | None:
    if request.path.startswith("/practice/"):
        return None
    if practice.faults.offline:
        _cut_connection()
        return Response(status=503)
    fault = practice.faults.meet(request.method, request.path)
    g.fault = fault
    if fault is None:
        return None
    if fault.kind == "latency":
        practice.stopping.wait(fault.seconds)
    elif fault.kind == "drop":
        _cut_connection()
        return Response(status=503)
    elif fault.kind == "status":
        return _failure(fault)
    return None


def _after(practice: Practice, response: Response) -> Response:
    if request.path.startswith("/practice/"):
        return response
    heard = {"method": request.method, "path": request.path, "status": response.status_code}
    heard["parameters"] = sorted(request.args)
    heard["head"] = request.headers.get("X-Journal-Head", "")[:200]
    practice.requests.append({**heard, "request_id": request.headers.get("X-Request-Id", "")})
    fault = g.get("fault")
    if fault is not None and fault.kind == "garbage":
        response.set_data(b'{"resourceType": "Bundle", "entry": [{"resource": NaN')
    if fault is not None and fault.kind == "cut":
        response.response = _half(response.get_data(), fault.after_bytes, request.environ.get(CONNECTION))
    return response


def _failure(fault: Fault) -> Response:
    from flask import json

    phrase = HTTPStatus(fault.status).phrase if fault.status in set(HTTPStatus) else "Failure"
    body = json.dumps(outcome(Refused(fault.status, phrase).code, phrase))
    response = Response(body, status=fault.status, content_type="application/fhir+json; charset=utf-8")
    if fault.retry_after:
        response.headers["Retry-After"] = fault.retry_after
    return response


def _half(body: bytes, after: int, connection: Any) -> Iterator[bytes]:
    """The first bytes of an answer that has promised them all; then the line is dead."""
    yield body[: after or len(body) // 2]
    time.sleep(0.01)  # lets what was sent leave before the line is cut
    if connection is not None:
        _shut(connection)


def _cut_connection() -> None:
    connection = request.environ.get(CONNECTION)
    if connection is not None:
        _shut(connection)


def _shut(connection: Any) -> None:
    import socket

    try:
        connection.socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was quicker


def _broken(error: Exception) -> Response:
    """A fault of this server: its kind is said, its words may hold a chart."""
    from flask import json

    body = outcome("exception", f"The practice server failed ({type(error).__name__}).")
    return Response(json.dumps(body), status=500, content_type="application/fhir+json; charset=utf-8")
