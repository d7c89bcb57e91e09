"""A FHIR client for the desk: its tokens come through the pipe, short-lived, from the guard."""

from __future__ import annotations

from typing import Any

from workstation.fhir.client import FhirClient
from workstation.link import GuardLink
from workstation.settings import ServerSettings

LONGEST_WAIT = 60.0  # seconds the guard may take to renew a token


def client_for(server: dict[str, Any], link: GuardLink) -> FhirClient:
    """A client for the server an invitation names. Used on the sync thread only."""
    settings = ServerSettings.from_json(server)
    return FhirClient(
        settings.base,
        lambda: link.ask_token().result(LONGEST_WAIT).value,
        fresh_token=lambda: link.ask_token(stale=True).result(LONGEST_WAIT).value,
        verify=settings.verify,
        pins=settings.pin,
        proxies=settings.proxies,
        head=lambda: link.head,
    )
