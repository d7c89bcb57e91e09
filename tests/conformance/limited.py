"""A real server with something taken away from it: a proxy that drops what a lesser server would not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from tests.fakes.proxy import Proxy

Request = tuple[str, str, dict[str, str], bytes]


def answer(status: int, body: dict[str, Any] | None = None, **headers: str) -> requests.Response:
    """A response as the proxy hands it on."""
    made = requests.Response()
    made.status_code = status
    made._content = json.dumps(body or {"resourceType": "OperationOutcome", "issue": []}).encode()
    made.headers.update({"Content-Type": "application/fhir+json", **headers})
    return made


class Limited(Proxy):
    """`before` may change a request or answer it; `after` may change the answer."""

    def __init__(
        self,
        target: str,
        before: Callable[[Request], Request | requests.Response] = lambda asked: asked,
        after: Callable[[Request, requests.Response], None] = lambda asked, reply: None,
    ) -> None:
        super().__init__(target)
        self._before, self._after = before, after

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        changed = self._before((method, path, headers, body))
        if isinstance(changed, requests.Response):
            return changed
        reply = super()._forward(*changed)
        self._after(changed, reply)
        return reply


def without_header(name: str) -> Callable[[Request], Request]:
    """A server that has never heard of a header, in requests and in the entries of bundles."""
    field = {"If-None-Match": "ifNoneMatch", "If-None-Exist": "ifNoneExist", "If-Match": "ifMatch"}[name]

    def before(asked: Request) -> Request:
        method, path, headers, body = asked
        kept = {key: value for key, value in headers.items() if key.lower() != name.lower()}
        if method == "POST" and b'"entry"' in body:
            bundle = json.loads(body)
            for entry in bundle.get("entry", []):
                entry["request"].pop(field, None)
            body = json.dumps(bundle).encode()
        return method, path, kept, body

    return before


def changed_json(reply: requests.Response, change: Callable[[dict[str, Any]], None]) -> None:
    body = json.loads(reply.content or b"{}")
    change(body)
    reply._content = json.dumps(body).encode()
