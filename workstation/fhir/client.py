"""The FHIR R4 client: read, search page by page, create, update, transaction; every failure a ServerTrouble."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from workstation.errors import MalformedAnswer, ServerRefused, ServerUnreachable, SignedOutByServer
from workstation.fhir.answers import json_of, reason_of, trouble, wait_of
from workstation.fhir.bundles import EntryAnswer, Page, Resource, Stored, bytes_of_binary, jws_of, page_of, version_of
from workstation.fhir.origin import is_loopback, is_under, path_of, rebased, safe_base
from workstation.fhir.transport import new_session, read_body, unreachable

if TYPE_CHECKING:
    import requests

Params = Iterable[tuple[str, str]]

__all__ = ["EntryAnswer", "FhirClient", "Page", "Resource", "Stored", "version_of"]

FHIR_JSON = "application/fhir+json"
JOURNAL_HEAD = "X-Journal-Head"  # opaque: device, chain, entry, hash; never sent off our server
LARGEST_JSON = 8 * 1024 * 1024
LARGEST_DOCUMENT = 30 * 1024 * 1024
MOST_PAGES = 2_000
MOST_REMEMBERED = 100  # request ids, to know an answer that belongs to one before


class FhirClient:
    """One server, one token source. Each thread gets its own connection."""

    def __init__(
        self,
        base: str,
        token: Callable[[], str],
        *,
        fresh_token: Callable[[], str] | None = None,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        pins: tuple[str, ...] = (),
        head: Callable[[], str] = lambda: "",
        timeout: tuple[float, float] = (5.0, 30.0),
        longest_answer: float = 120.0,
    ) -> None:
        self.base = safe_base(base)
        self._token = token
        self._fresh_token = fresh_token
        self._verify = verify
        self._proxies = proxies
        self._pins = pins
        self._head = head
        self._timeout = timeout
        self._longest_answer = longest_answer
        self._local = threading.local()
        self._asked: deque[str] = deque(maxlen=MOST_REMEMBERED)
        self._renewing = threading.Lock()

    # ---------------------------------------------------------------- interactions

    def read(self, reference: str, *, request_id: str = "", params: Params = ()) -> Stored:
        """One resource by `Type/id`. Raises MalformedAnswer when another one comes."""
        name = path_of(reference, self.base)
        return self._demand(name, self._resource("GET", self._url(name, params), request_id=request_id))

    def read_if_changed(self, reference: str, version: str) -> Stored | None:
        """The resource, or None when the server answers 304 to the version we hold."""
        name = path_of(reference, self.base)
        found = self._resource("GET", self._url(name), {"If-None-Match": f'W/"{version}"'})
        return None if found.status == 304 else self._demand(name, found)

    def pages(self, kind: str, params: Params, *, request_id: str = "") -> Iterator[Page]:
        """Every page of a search, in the server's order, on the configured server only."""
        url = self._url(kind, params)
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) >= MOST_PAGES:
                raise MalformedAnswer("Its pages run in a circle.")
            seen.add(url)
            # HAPI answers from a cache of 60 s otherwise
            bundle = self._resource("GET", url, {"Cache-Control": "no-cache"}, request_id=request_id).resource
            if bundle.get("resourceType") != "Bundle":
                raise MalformedAnswer("A search brought no Bundle.")
            yield page_of(bundle)
            url = self._next(bundle)

    def search(self, kind: str, params: Params, *, request_id: str = "") -> tuple[Resource, ...]:
        """All matches of a search."""
        return tuple(found for page in self.pages(kind, params, request_id=request_id) for found in page.matches)

    def create(self, resource: Resource, *, if_none_exist: str = "", request_id: str = "") -> Stored:
        """POST; with `if_none_exist` (a query string) it is safe to repeat."""
        headers = {"If-None-Exist": if_none_exist} if if_none_exist else {}
        return self._resource("POST", self._url(resource["resourceType"]), headers, resource, request_id)

    def update(self, resource: Resource, *, if_match: str = "", request_id: str = "") -> Stored:
        """PUT under its id; `if_match` is the version it replaces. Raises Conflict when that is not the current one."""
        path = path_of(f"{resource['resourceType']}/{resource['id']}", self.base)
        headers = {"If-Match": f'W/"{if_match}"'} if if_match else {}
        stored = self._resource("PUT", self._url(path), headers, resource, request_id)
        return (
            stored if stored.resource.get("resourceType") in (None, "OperationOutcome") else self._demand(path, stored)
        )

    def bundle(self, bundle: Resource, *, request_id: str = "") -> tuple[EntryAnswer, ...]:
        """Send a transaction or batch; one answer an entry, in order."""
        return self.signed_bundle(bundle, request_id=request_id)[0]

    def signed_bundle(
        self, bundle: Resource, *, request_id: str = "", minimal: bool = False
    ) -> tuple[tuple[EntryAnswer, ...], str]:
        """As `bundle`, with the JWS by which the server vouches for its answer; empty where it does not.

        `minimal` asks for the statuses alone: what the receipt names need not come back.
        """
        prefer = {"Prefer": "return=minimal"} if minimal else {}
        answer = self._resource("POST", self.base, prefer, bundle, request_id)
        entries = answer.resource.get("entry")
        if not isinstance(entries, list) or len(entries) != len(bundle["entry"]):
            raise MalformedAnswer("A bundle came back with another number of entries.")
        return tuple(self._entry(entry, answer.wait) for entry in entries), jws_of(answer.resource)

    def capabilities(self) -> Resource:
        found = self._resource("GET", self._url("metadata")).resource
        if found.get("resourceType") != "CapabilityStatement":  # who takes another for it writes events the wrong way
            self.close()
            raise MalformedAnswer("Something else came than was asked for.")
        return found

    def document(self, url: str, media_type: str, *, request_id: str = "") -> bytes:
        """The bytes of an attachment: raw, or from the Binary a server sends instead.

        Off our server (a presigned address) only https is followed, and never with the bearer.
        """
        target = urljoin(self.base + "/", url)
        own = is_under(target, self.base)
        if not own and not (target.startswith("https://") or (target.startswith("http://") and is_loopback(target))):
            raise MalformedAnswer("A document's address is not allowed.")
        accept = {"Accept": f"{media_type or '*/*'}, {FHIR_JSON};q=0.5" if own else "*/*"}
        answer, body = self._send("GET", target, accept, None, request_id, LARGEST_DOCUMENT * 2, bearer=own)
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind in (FHIR_JSON, "application/json") and media_type != kind:
            body = bytes_of_binary(json_of(body))
        if len(body) > LARGEST_DOCUMENT:
            raise MalformedAnswer("A document is larger than this workstation takes.")
        return body

    def close(self) -> None:
        """Close the calling thread's connections."""
        for session in vars(self._local).values():
            session.close()
        vars(self._local).clear()

    # ---------------------------------------------------------------- one request

    def _url(self, path: str, params: Params = ()) -> str:
        query = urlencode(list(params))  # encodes the + of a time zone
        return f"{self.base}/{path}?{query}" if query else f"{self.base}/{path}"

    def _resource(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] = {},
        resource: Resource | None = None,
        request_id: str = "",
    ) -> Stored:
        wanted = {"Accept": FHIR_JSON, **headers}
        body = None
        if resource is not None:
            wanted["Content-Type"] = f"{FHIR_JSON}; charset=utf-8"
            wanted.setdefault("Prefer", "return=representation")
            body = json.dumps(resource, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        answer, text = self._send(method, url, wanted, body, request_id, LARGEST_JSON)
        found = json_of(text) if text.strip() else {}
        if method == "GET" and answer.status_code == 200 and not isinstance(found.get("resourceType"), str):
            raise MalformedAnswer("It is not a resource.")
        return Stored(
            answer.status_code,
            found,
            version_of(answer.headers.get("ETag", ""), found),
            self._location(answer.headers.get("Location", "") or answer.headers.get("Content-Location", "")),
            wait_of(answer.headers),
        )

    def _demand(self, name: str, found: Stored) -> Stored:
        """The answer to our question and to no other: a proxy that mixes up two must not put one chart into another."""
        if f"{found.resource.get('resourceType')}/{found.resource.get('id')}" != name:
            self.close()  # whatever else is on that line is not meant for us either
            raise MalformedAnswer("Something else came than was asked for.")
        return found

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        request_id: str,
        cap: int,
        *,
        bearer: bool = True,
    ) -> tuple[requests.Response, bytes]:
        wanted = {**headers, "X-Request-Id": request_id or str(uuid.uuid4())}
        self._asked.append(wanted["X-Request-Id"])
        used = self._token() if bearer else ""
        if bearer:
            wanted["Authorization"] = f"Bearer {used}"
            said = self._head()  # asked after the token, which may bring a newer one
            wanted |= {JOURNAL_HEAD: said} if said else {}
        answer, text = self._once(method, url, wanted, body, cap)
        if answer.status_code == 401 and bearer and self._fresh_token is not None:
            wanted["Authorization"] = f"Bearer {self._other_than(used, self._fresh_token)}"
            answer, text = self._once(method, url, wanted, body, cap)
        echoed = answer.headers.get("X-Request-Id", "")
        if echoed != wanted["X-Request-Id"] and echoed in self._asked:  # a line that has come out of step
            self.close()
            raise ServerUnreachable("The answer to another question came.")
        if answer.status_code == 401 and bearer:
            raise SignedOutByServer
        if 300 <= answer.status_code < 400 and answer.status_code != 304:
            raise ServerRefused("It sends us to another address.", status=answer.status_code)
        if answer.status_code in (409, 412) and method == "GET":  # nothing was changed, and nobody has to decide
            raise ServerRefused(f"It answered {answer.status_code}.", status=answer.status_code)
        if answer.status_code >= 400:
            raise trouble(answer.status_code, answer.headers, text)
        return answer, text

    def _other_than(self, refused: str, fresh_token: Callable[[], str]) -> str:
        """Another token than the one refused: the one a neighbour has just fetched, else a new one. One thread at a time."""
        with self._renewing:
            now = self._token()
            return now if now != refused else fresh_token()

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, cap: int
    ) -> tuple[requests.Response, bytes]:
        import requests
        from urllib3.exceptions import HTTPError

        try:
            with self._session(own="Authorization" in headers).request(
                method, url, headers=dict(headers), data=body, timeout=self._timeout, allow_redirects=False, stream=True
            ) as answer:
                return answer, read_body(answer, cap, time.monotonic() + self._longest_answer)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise unreachable(error) from None  # ValueError: a Location that is no address

    def _session(self, *, own: bool) -> requests.Session:
        """The pins are our server's: a presigned address lies on another, and gets no credential."""
        name = "session" if own else "outside"
        session: requests.Session | None = getattr(self._local, name, None)
        if session is None:
            session = new_session(self._verify, self._proxies, self._pins if own else ())
            setattr(self._local, name, session)
        return session

    # ---------------------------------------------------------------- reading answers

    def _next(self, bundle: Resource) -> str:
        links = bundle.get("link")
        for link in links if isinstance(links, list) else []:
            if isinstance(link, dict) and link.get("relation") == "next" and isinstance(link.get("url"), str):
                return rebased(link["url"], self.base)
        return ""

    def _location(self, text: str) -> str:
        parts = text.partition("/_history/")[0].rstrip("/").split("/")
        try:
            return path_of("/".join(parts[-2:]), self.base) if len(parts) > 1 else ""
        except MalformedAnswer:
            return ""

    def _entry(self, entry: object, wait: float | None) -> EntryAnswer:
        response = entry.get("response") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(response, dict):
            raise MalformedAnswer("An entry of a bundle has no response.")
        digits = str(response.get("status", ""))[:3]
        if not (digits.isascii() and digits.isdigit()):
            raise MalformedAnswer("An entry of a bundle has no status.")
        found = entry.get("resource")
        resource: Resource = found if isinstance(found, dict) else {}
        location = str(response.get("location") or "")
        version = version_of(str(response.get("etag") or ""), resource) or location.partition("/_history/")[2]
        named = self._location(location)
        if not named and "id" in resource:
            named = f"{resource.get('resourceType')}/{resource['id']}"
        return EntryAnswer(int(digits), version, named, reason_of(response.get("outcome")), resource, wait)
