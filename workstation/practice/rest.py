"""The FHIR door: HTTP to interactions and back, with ETags, content negotiation and an OperationOutcome for every error."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from workstation.practice.access import Reach
from workstation.practice.bundles import run as run_bundle
from workstation.practice.capability import statement
from workstation.practice.engine import Answer, Engine
from workstation.practice.heads import HEADER, head_of
from workstation.practice.identity import caller_of
from workstation.practice.oauth import Provider
from workstation.practice.outcomes import Refused, outcome
from workstation.practice.receipts import WELL_KNOWN
from workstation.practice.store import Held

FHIR_JSON = "application/fhir+json"
LARGEST_BODY = 8 * 1024 * 1024


def add_rest(app: Flask, engine: Engine, provider: Provider, heard: Callable[[str], None]) -> None:
    """Everything under /fhir. `heard` is told of each Task search by its caller's user name."""
    door = Blueprint("fhir", __name__, url_prefix="/fhir")
    rest = _Rest(engine, provider, heard)
    for rule, view, method in (
        ("/metadata", rest.capabilities, "GET"),
        (WELL_KNOWN, rest.receipt_keys, "GET"),
        ("", rest.bundle, "POST"),
        ("/", rest.bundle, "POST"),
        ("/<kind>", rest.search, "GET"),
        ("/<kind>", rest.create, "POST"),
        ("/<kind>/<name>", rest.read, "GET"),
        ("/<kind>/<name>", rest.update, "PUT"),
        ("/<kind>/<name>", rest.delete, "DELETE"),
    ):
        door.add_url_rule(rule, endpoint=f"{method}{rule}".replace(".", "_"), view_func=view, methods=[method])
    app.register_blueprint(door)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _not_served)
    app.after_request(_finish(provider))


class _Rest:
    def __init__(self, engine: Engine, provider: Provider, heard: Callable[[str], None]) -> None:
        self._engine, self._provider, self._heard = engine, provider, heard

    def capabilities(self) -> Response:
        return _json(statement(self._engine.base))

    def read(self, kind: str, name: str) -> Response:
        answer = self._engine.read(self._reach(), kind, name, request.headers.get("If-None-Match", ""))
        if kind == "Binary" and answer.held is not None and answer.status == 200:
            return _binary(answer.held)
        return _answer(answer)

    def search(self, kind: str) -> Response:
        reach = self._reach()
        answer = self._engine.search(reach, kind, list(request.args.items(multi=True)))
        if kind == "Task" and reach.caller.user:
            self._heard(reach.caller.user)
        return _answer(answer)

    def create(self, kind: str) -> Response:
        reach, resource = self._reach(), _body()
        if not isinstance(resource, dict) or resource.get("resourceType") != kind:
            raise Refused(400, "The resource is not of the type its address says.")
        with self._engine.store.whole():
            answer = self._engine.create(reach, resource, request.headers.get("If-None-Exist", ""))
            self._engine.take([answer])
        return _answer(answer, self._location(answer))

    def update(self, kind: str, name: str) -> Response:
        with self._engine.store.whole():
            answer = self._engine.update(self._reach(), kind, name, _body(), request.headers.get("If-Match", ""))
            self._engine.take([answer])
        return _answer(answer, self._location(answer))

    def delete(self, kind: str, name: str) -> Response:
        return _answer(self._engine.delete(self._reach(), kind, name))

    def bundle(self) -> Response:
        fault = g.get("fault")
        as_batch = fault is not None and fault.kind == "batch"
        minimal = _is_minimal()
        return _json(run_bundle(self._engine, self._reach(), _body(), as_batch=as_batch, minimal=minimal))

    def receipt_keys(self) -> Response:
        return jsonify(self._engine.receipts.jwks())

    def _reach(self) -> Reach:
        caller = caller_of(self._provider, request.headers.get("Authorization", ""))
        head = head_of(request.headers.get(HEADER, ""))
        if head is not None and caller.installation in ("", head.device):  # a device speaks for itself alone
            self._engine.ledger.heard(head)
        return self._engine.reach(caller)

    def _location(self, answer: Answer) -> str:
        held = answer.held
        return f"{self._engine.base}/{held.reference}/_history/{held.version}" if held else ""


def _body() -> Any:
    if request.mimetype not in (FHIR_JSON, "application/json"):
        raise Refused(415, "This server reads application/fhir+json.")
    if (request.content_length or 0) > LARGEST_BODY:
        raise Refused(413, "The request is larger than this server takes.")
    try:
        return json.loads(request.get_data(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.") from None


def _no_constant(text: str) -> float:
    raise ValueError(text)


def _is_minimal() -> bool:
    return "return=minimal" in request.headers.get("Prefer", "").replace(" ", "")


def _answer(answer: Answer, location: str = "") -> Response:
    written = request.method in ("POST", "PUT")
    response = Response(status=304) if answer.status == 304 else _json(answer.body, answer.status)
    if written and _is_minimal():
        response.set_data(b"")
    if answer.held is not None:
        _mark(response, answer.held)
    if location:
        response.headers["Location"] = location
    return response


def _mark(response: Response, held: Held) -> None:
    response.headers["ETag"] = f'W/"{held.version}"'
    response.headers["Last-Modified"] = format_datetime(datetime.fromisoformat(held.updated), usegmt=True)


def _binary(held: Held) -> Response:
    """The bytes in their own type, or the resource as FHIR JSON: whichever is asked for first."""
    kind = str(held.body["contentType"])
    plain = kind.partition(";")[0].strip()
    chosen = request.accept_mimetypes.best_match([plain, FHIR_JSON, "application/json"], default=plain)
    if chosen == plain:
        response = Response(base64.b64decode(held.body.get("data", "")), content_type=kind)
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    else:
        response = _json(held.body)
    _mark(response, held)
    return response


def _json(body: Any, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")) if body is not None else ""
    return Response(text, status=status, content_type=f"{FHIR_JSON}; charset=utf-8")


def _refused(refused: Refused) -> Response:
    response = _json(refused.outcome, refused.status)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="practice", error="invalid_token"'
    return response


def _not_served(error: HTTPException) -> Response:
    status = error.code or 500
    words = "There is nothing at this address." if status == 404 else (error.name or "The request failed.")
    return _json(outcome(Refused(status, words).code, words), status)


def _finish(provider: Provider) -> Callable[[Response], Response]:
    def finish(response: Response) -> Response:
        response.headers["Date"] = format_datetime(provider.tokens.now(), usegmt=True)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        if "X-Request-Id" in request.headers:
            response.headers["X-Request-Id"] = request.headers["X-Request-Id"][:100]
        return response

    return finish
