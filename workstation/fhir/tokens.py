"""The session's tokens: renewed under one lock, each new refresh token stored before it is used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workstation.errors import ServerBusy, ServerTrouble, SignedOutByServer
from workstation.fhir.discovery import IdentityProvider, Unclear, post_form

if TYPE_CHECKING:
    import requests

GATEWAY_TIMED_OUT = 504  # as unclear as a line that was cut: the provider behind it may have rotated the token
EARLY = 30.0  # seconds before its end a token is renewed


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in yields. Neither token is ever shown by repr."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float  # POSIX seconds
    fhir_user: str  # Practitioner/id
    subject: str = ""
    scope: str = ""


def tokens_of(answer: dict[str, Any], now: float) -> Tokens | None:
    """The tokens of a token endpoint's answer, None when it holds none."""
    access, kind = answer.get("access_token"), str(answer.get("token_type") or "")
    if not isinstance(access, str) or not access or kind.lower() != "bearer":
        return None
    lasts = answer.get("expires_in")
    seconds = float(lasts) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else 300.0
    refresh = answer.get("refresh_token")
    return Tokens(
        access, refresh if isinstance(refresh, str) else "", now + seconds, "", scope=str(answer.get("scope") or "")
    )


class Session:
    """The signed-in session of one coder. `store` keeps the refresh token; it is called before the token is used."""

    def __init__(
        self,
        provider: IdentityProvider,
        client_id: str,
        tokens: Tokens,
        store: Callable[[Tokens], None],
        http: Callable[[], requests.Session],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._provider = provider
        self._client_id = client_id
        self._tokens = tokens
        self._store = store
        self._http = http
        self._now = now
        self._lock = threading.Lock()
        self._ended = False

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    def access(self) -> str:
        """An access token that still lives. Raises SignedOutByServer, ServerUnreachable, ServerBusy."""
        with self._lock:
            if not self._tokens.access or self._now() > self._tokens.expires_at - EARLY:
                self._renew()
            return self._tokens.access

    def fresh(self, refused: str = "") -> str:
        """Another token than the one the server refused; renewed once even when several threads ask."""
        with self._lock:
            if not refused or refused == self._tokens.access:
                self._renew()
            return self._tokens.access

    def end(self) -> None:
        """Sign out: revoke the refresh token (RFC 7009) as far as the provider can be reached."""
        with self._lock:
            token, self._ended = self._tokens.refresh or self._tokens.access, True
            self._tokens = replace(self._tokens, access="", refresh="", expires_at=0.0)
            if token and self._provider.revocation:
                form = {"token": token, "client_id": self._client_id, "token_type_hint": "refresh_token"}
                try:
                    post_form(self._http(), self._provider.revocation, form)
                except ServerTrouble:
                    return  # the lease and the token's own end remain

    def _renew(self) -> None:
        if self._ended or not self._tokens.refresh:
            raise SignedOutByServer
        form = {"grant_type": "refresh_token", "refresh_token": self._tokens.refresh, "client_id": self._client_id}
        try:
            status, answer = post_form(self._http(), self._provider.token, form)
        except Unclear:
            # the provider may have rotated the token: using the old one again would look like theft
            self._ended = True
            raise SignedOutByServer("The renewal was cut off.") from None
        if status == 429 or (status >= 500 and status != GATEWAY_TIMED_OUT):
            raise ServerBusy(f"The identity provider answered {status}.", status=status)
        renewed = tokens_of(answer, self._now()) if status == 200 else None
        if renewed is None:
            self._ended = True
            raise SignedOutByServer
        kept = self._tokens
        renewed = replace(
            renewed,
            refresh=renewed.refresh or kept.refresh,
            fhir_user=kept.fhir_user,
            subject=kept.subject,
            scope=renewed.scope or kept.scope,
        )
        self._store(renewed)
        self._tokens = renewed
