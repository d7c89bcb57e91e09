"""A FHIR client for the desk: its tokens come through the pipe, short-lived, from the guard."""

from __future__ import annotations

from typing import Any

from workstation.errors import ServerUnreachable
from workstation.fhir.client import FhirClient
from workstation.link import GuardLink
from workstation.settings import ServerSettings

LONGEST_WAIT = 60.0  # seconds the guard may take to renew a token


def client_for(server: dict[str, Any], link: GuardLink) -> FhirClient:
    """A client for the server an invitation names. Used on the sync thread only."""
    settings = ServerSettings.from_json(server)

    def token(*, stale: bool = False) -> str:
        try:
            return link.ask_token(stale=stale).result(LONGEST_WAIT).value
        except TimeoutError:
            raise ServerUnreachable("No token came in time.") from None

    return FhirClient(
        settings.base,
        token,
        fresh_token=lambda: token(stale=True),
        verify=settings.verify,
        pins=settings.pin,
        proxies=settings.proxies,
        head=lambda: link.head,
    )
