"""Sign-in: SMART App Launch standalone, authorization code with PKCE in the system browser."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from workstation.errors import ServerBusy, SignInRefused
from workstation.fhir.discovery import IdentityProvider, discover, get_json, post_form
from workstation.fhir.id_token import checked_claims, fhir_user, require_fresh_login
from workstation.fhir.loopback import Listener
from workstation.fhir.origin import safe_base
from workstation.fhir.tokens import Session, Tokens, tokens_of
from workstation.fhir.transport import new_session

if TYPE_CHECKING:
    import requests

CLIENT_ID = "coder-workstation"
SCOPES = (
    "openid", "fhirUser", "offline_access", "user/Task.crus", "user/Claim.crus", "user/Encounter.rs",
    "user/Patient.rs", "user/Practitioner.r", "user/PractitionerRole.rs", "user/Organization.r", "user/Coverage.rs",
    "user/DocumentReference.rs", "user/Binary.r", "user/Observation.rs", "user/Condition.rs", "user/Procedure.rs",
    "user/MedicationRequest.rs", "user/MedicationAdministration.rs", "user/Communication.rs",
    "user/CommunicationRequest.crus", "user/Basic.rs", "user/Device.crus", "user/AuditEvent.c",
)  # fmt: skip
LONGEST_SIGN_IN = 300.0  # seconds in the browser


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A finished sign-in: the tokens, and the provider that will renew them."""

    tokens: Tokens
    provider: IdentityProvider
    claims: Mapping[str, object] = field(repr=False)


class SignIn:
    """Signs a coder in at the identity provider of one FHIR server."""

    def __init__(
        self,
        base: str,
        *,
        client_id: str = CLIENT_ID,
        scopes: Sequence[str] = SCOPES,
        ports: Sequence[int] = (0,),
        issuer: str = "",
        verify: bool | str = True,
        pins: tuple[str, ...] = (),
        proxies: Mapping[str, str] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base = safe_base(base)
        self._client_id = client_id
        self._scopes = tuple(scopes)
        self._ports = tuple(ports)
        self._issuer = issuer
        self._verify = verify
        self._pins = pins
        self._proxies = proxies
        self._now = now
        self._local = threading.local()

    def run(
        self,
        open_browser: Callable[[str], None],
        *,
        prompt_login: bool = False,
        hint: str = "",
        seconds: float = LONGEST_SIGN_IN,
        cancelled: threading.Event | None = None,
    ) -> SignedIn:
        """Blocks until the browser comes back. Raises SignInRefused, ServerUnreachable, ServerBusy."""
        provider = self.discover()
        began = self._now()
        verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
        listener = Listener(state, self._ports)
        try:
            redirect = listener.redirect_uri
            url = self._authorization(provider, verifier, state, nonce, redirect, prompt_login, hint)
            open_browser(url)
            answer = listener.wait(seconds, cancelled)
        finally:
            listener.close()
        if "code" not in answer:
            raise SignInRefused("The identity provider did not let you in.")
        if answer.get("iss", provider.issuer) != provider.issuer:  # RFC 9207: a mix-up of providers
            raise SignInRefused("The answer came from another identity provider.")
        signed_in = self._exchange(provider, answer["code"], verifier, nonce, redirect)
        if prompt_login:
            require_fresh_login(signed_in.claims, self._now() - began)
        return signed_in

    def discover(self) -> IdentityProvider:
        return discover(self._http(), self._base, self._issuer)

    def session(self, signed_in: SignedIn, store: Callable[[Tokens], None]) -> Session:
        """The session that renews what was signed in. `store` gets each new set before it is used."""
        store(signed_in.tokens)
        return Session(signed_in.provider, self._client_id, signed_in.tokens, store, self._http, now=self._now)

    def resume(self, refresh: str, fhir_user: str, store: Callable[[Tokens], None]) -> Session:
        """A session from a refresh token that was kept; the first access renews it."""
        kept = Tokens("", refresh, 0.0, fhir_user)
        return Session(self.discover(), self._client_id, kept, store, self._http, now=self._now)

    def _authorization(
        self,
        provider: IdentityProvider,
        verifier: str,
        state: str,
        nonce: str,
        redirect: str,
        prompt_login: bool,
        hint: str,
    ) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect,
            "scope": " ".join(self._scopes),
            "state": state,
            "nonce": nonce,
            "aud": self._base,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if prompt_login:
            asked["prompt"], asked["max_age"] = "login", "0"
        if hint:
            asked["login_hint"] = hint
        joint = "&" if "?" in provider.authorization else "?"
        return f"{provider.authorization}{joint}{urlencode(asked)}"

    def _exchange(self, provider: IdentityProvider, code: str, verifier: str, nonce: str, redirect: str) -> SignedIn:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        status, answer = post_form(self._http(), provider.token, form)
        if status == 429 or status >= 500:
            raise ServerBusy(f"The identity provider answered {status}.", status=status)
        tokens = tokens_of(answer, self._now()) if status == 200 else None
        id_token = answer.get("id_token")
        if tokens is None or not isinstance(id_token, str):
            raise SignInRefused("The identity provider did not give a token.")
        claims = checked_claims(
            id_token,
            issuer=provider.issuer,
            client_id=self._client_id,
            nonce=nonce,
            now=self._now(),
            keys=lambda: get_json(self._http(), provider.keys)[1],
        )
        named = replace(tokens, fhir_user=fhir_user(claims), subject=str(claims.get("sub") or ""))
        return SignedIn(named, provider, claims)

    def _http(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = new_session(self._verify, self._proxies, self._pins)
        return session
