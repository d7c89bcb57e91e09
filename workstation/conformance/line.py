"""The line to the server under examination: plain requests with everything that came back, and no redirect, within bounds."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from workstation.conformance.findings import Unreached
from workstation.errors import MalformedAnswer, ServerUnreachable, WorkstationError
from workstation.fhir.answers import json_of, wait_of
from workstation.fhir.bundles import page_of, version_of
from workstation.fhir.client import FHIR_JSON, LARGEST_JSON
from workstation.fhir.origin import safe_base
from workstation.fhir.transport import new_session, read_body
from workstation.settings import ServerSettings

if TYPE_CHECKING:
    import requests

Resource = dict[str, Any]

TIMEOUT = (5.0, 30.0)
LONGEST_ANSWER = 60.0
LONGEST_PAUSE = 5.0  # seconds a 429 is waited for here; the program itself waits as long as it is told
TRIES = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, whatever its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Resource = field(repr=False)  # empty when it was no JSON object
    size: int = 0

    @property
    def is_bundle(self) -> bool:
        return self.status == 200 and self.body.get("resourceType") == "Bundle"

    @property
    def matches(self) -> tuple[Resource, ...]:
        return page_of(self.body).matches

    @property
    def version(self) -> str:
        return version_of(self.headers.get("ETag", ""), self.body)

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def name(self) -> str:
        """`Type/id` of what was stored, from the Location or the resource."""
        place = self.headers.get("Location", "").partition("/_history/")[0].rstrip("/").split("/")
        if len(place) > 1:
            return "/".join(place[-2:])
        return f"{self.body.get('resourceType')}/{self.body['id']}" if self.body.get("id") else ""


@dataclass
class Line:
    """Asks; counts; waits when it is told to. The token is in the header and nowhere else."""

    settings: ServerSettings
    token: str = field(default="", repr=False)
    asked: int = 0  # requests so far
    throttled: list[str] = field(default_factory=list)  # how each 429 or 503 was worded, without its body
    limits: dict[str, str] = field(default_factory=dict)  # throttling headers seen on any answer

    def __post_init__(self) -> None:
        self.base = safe_base(self.settings.base)
        self._session = new_session(self.settings.verify, self.settings.proxies, self.settings.pin)
        self._elsewhere = new_session(self.settings.verify, self.settings.proxies)

    def close(self) -> None:
        self._session.close()
        self._elsewhere.close()

    def get(self, path: str, params: Iterable[tuple[str, str]] = ()) -> Reply:
        return self.ask("GET", path, params)

    def ask(
        self,
        method: str,
        path: str,
        params: Iterable[tuple[str, str]] = (),
        *,
        body: Resource | None = None,
        headers: Mapping[str, str] = {},
        bare: bool = False,
        outside: bool = False,
        most: int = LARGEST_JSON,
    ) -> Reply:
        """One request, repeated while the server asks to wait. Raises Unreached.

        `bare` leaves the token out; `outside` too, and the pins: a presigned address is not our server's.
        """
        query = urlencode(list(params))
        url = path if path.startswith(("http://", "https://")) else f"{self.base}/{path}".rstrip("/")
        url = f"{url}?{query}" if query else url
        sent = {"Accept": FHIR_JSON, "Cache-Control": "no-cache", "X-Request-Id": str(uuid.uuid4()), **headers}
        if self.token and not bare and not outside:
            sent["Authorization"] = f"Bearer {self.token}"
        text = None
        if body is not None:
            sent["Content-Type"] = f"{FHIR_JSON}; charset=utf-8"
            sent["Prefer"] = "return=representation"
            text = json.dumps(body, separators=(",", ":")).encode()
        for attempt in range(TRIES):
            reply = self._once(self._elsewhere if outside else self._session, method, url, sent, text, most)
            if reply.status not in (429, 503):
                return reply
            asked = wait_of(reply.headers)
            self.throttled.append(f"{reply.status}, " + ("no wait named" if asked is None else f"wait {asked:g} s"))
            if attempt < TRIES - 1 and (asked or 0.0) <= LONGEST_PAUSE:
                time.sleep(1.0 if asked is None else asked)
            else:
                break
        raise Unreached(
            f"It is busy ({self.throttled[-1]}): nothing is said of what was not answered. Try again later."
        )

    def _once(
        self,
        session: requests.Session,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        most: int,
    ) -> Reply:
        import requests
        from urllib3.exceptions import HTTPError

        self.asked += 1
        try:
            with session.request(
                method, url, headers=dict(headers), data=body, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                text = read_body(answer, most, time.monotonic() + LONGEST_ANSWER)
        except MalformedAnswer:
            raise Unreached("An answer was larger than this program takes.") from None
        except ServerUnreachable:
            raise Unreached("An answer took longer than a minute.") from None
        except WorkstationError:
            raise
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Unreached(_why(error)) from None
        try:
            found = json_of(text) if text.strip() else {}
        except MalformedAnswer:
            found = {}
        for name in ("Retry-After", "RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "x-ms-retry-after-ms"):
            if name in answer.headers:
                self.limits[name] = answer.headers[name][:60]
        return Reply(answer.status_code, answer.headers, found, len(text))


def _why(error: Exception) -> str:
    """What failed, without the address: that may name a patient."""
    said = repr(error)
    for sign, words in (
        ("CERTIFICATE_VERIFY_FAILED", "Its certificate is not trusted: `ca` in the settings names the authority."),
        ("NameResolution", "Its name is not known to this network."),
        ("ProxyError", "The proxy did not let it through: `proxy` in the settings names it."),
        ("refused", "Nothing listens at that address and port."),
        ("SSLError", "No TLS 1.2 or newer could be agreed on."),
        ("Timeout", "It did not answer in time."),
    ):
        if sign in said:
            return words
    return f"The connection ended ({type(error).__name__})."
