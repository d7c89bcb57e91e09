"""Where to sign in: SMART discovery of a FHIR server, else OpenID discovery, and small JSON over HTTP for both."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workstation.errors import MalformedAnswer, ServerBusy, ServerUnreachable, SignInRefused, WrongCertificate
from workstation.fhir.answers import json_of, wait_of
from workstation.fhir.origin import is_loopback
from workstation.fhir.transport import read_body, unreachable

if TYPE_CHECKING:
    import requests

LARGEST = 256 * 1024
TIMEOUT = (5.0, 20.0)
LONGEST_ANSWER = 30.0  # seconds for the whole of it: whoever asks for a token holds up all others


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The endpoints of one identity provider; "" for what it does not offer."""

    issuer: str
    authorization: str
    token: str
    revocation: str = ""
    keys: str = ""
    registration: str = ""
    scopes: tuple[str, ...] = ()


def discover(session: requests.Session, base: str, issuer: str = "") -> IdentityProvider:
    """Ask the FHIR server who signs its people in; `issuer` of the settings overrides what it says.

    Raises SignInRefused when nothing usable is published, ServerUnreachable when nobody answers.
    """
    found: dict[str, Any] = {}
    if not issuer:
        found = _published(session, f"{base.rstrip('/')}/.well-known/smart-configuration")
        issuer = str(found.get("issuer") or "")
    if issuer and not (found.get("jwks_uri") and found.get("token_endpoint")):
        found = {**_published(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration"), **found}
    if not found:
        found = _published(session, f"{base.rstrip('/')}/.well-known/openid-configuration")
    return _provider(found)


def _provider(found: dict[str, Any]) -> IdentityProvider:
    def endpoint(name: str) -> str:
        url = found.get(name)
        if not isinstance(url, str) or not url:
            return ""
        try:
            allowed = urlsplit(url).scheme == "https" or is_loopback(url)
        except ValueError:
            allowed = False
        if not allowed:
            raise SignInRefused("The server names an address for sign-in that is not https.")
        return url

    authorization, token = endpoint("authorization_endpoint"), endpoint("token_endpoint")
    methods = found.get("code_challenge_methods_supported")
    if not authorization or not token:
        raise SignInRefused("The server does not say where to sign in.", remedy="Ask your IT support to check it.")
    if isinstance(methods, list) and "S256" not in methods:
        raise SignInRefused("The identity provider does not support PKCE with S256.")
    scopes = found.get("scopes_supported")
    return IdentityProvider(
        issuer=str(found.get("issuer") or ""),
        authorization=authorization,
        token=token,
        revocation=endpoint("revocation_endpoint"),
        keys=endpoint("jwks_uri"),
        registration=endpoint("registration_endpoint"),
        scopes=tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else (),
    )


def _published(session: requests.Session, url: str) -> dict[str, Any]:
    status, body = get_json(session, url)
    return body if status == 200 else {}


def get_json(session: requests.Session, url: str) -> tuple[int, dict[str, Any]]:
    return _exchange(session, "GET", url, None, {})


def post_form(
    session: requests.Session, url: str, form: Mapping[str, str], headers: Mapping[str, str] = {}
) -> tuple[int, dict[str, Any]]:
    """POST a form; status and JSON. Raises ServerBusy, ServerUnreachable, or Unclear when it may have arrived."""
    return _exchange(session, "POST", url, dict(form), headers)


class Unclear(ServerUnreachable):
    """The request may have arrived; its answer did not."""


def _exchange(
    session: requests.Session, method: str, url: str, form: dict[str, str] | None, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    import requests
    from urllib3.exceptions import HTTPError

    try:
        with session.request(
            method,
            url,
            data=form,
            headers={"Accept": "application/json", **headers},
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code in (429, 503):  # not carried out, whatever the body says
                said = f"The identity provider answered {answer.status_code}."
                raise ServerBusy(said, retry_after=wait_of(answer.headers), status=answer.status_code)
            try:
                body = read_body(answer, LARGEST, time.monotonic() + LONGEST_ANSWER)
                return answer.status_code, json_of(body)
            except MalformedAnswer:
                return answer.status_code, {}
            except ServerUnreachable as slow:
                raise Unclear(slow.detail) from None
    except requests.ConnectTimeout as error:
        raise ServerUnreachable(f"({type(error).__name__})") from None
    except requests.ConnectionError as error:
        trouble = unreachable(error)
        if isinstance(trouble, WrongCertificate):
            raise trouble from None
        never_arrived = "NewConnectionError" in repr(error) or "SSLError" in repr(error)
        kind = ServerUnreachable if never_arrived else Unclear
        raise kind(f"({type(error).__name__})") from None
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise Unclear(f"({type(error).__name__})") from None
