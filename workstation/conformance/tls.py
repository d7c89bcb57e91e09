"""TLS as it was agreed on: version, how long the certificate lasts, and the pins IT may put into the settings."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from workstation.conformance.findings import Finding, adapts, not_asked, note, works
from workstation.errors import WrongServerKey
from workstation.fhir.pins import OPENSSL_CHECKS, checked_chain, demand, pin_of
from workstation.fhir.transport import context_of
from workstation.settings import ServerSettings

SOON = timedelta(days=30)
LIMIT = 5.0


def look(settings: ServerSettings) -> Iterator[Finding]:
    """The connection's own facts. Trouble with it was found by the first request already."""
    address = urlsplit(settings.base)
    if address.scheme == "http":
        yield note("TLS", "none: plain http", "Taken for this computer alone.")
        return
    if settings.proxies:
        yield not_asked("TLS", "a proxy stands between; certificate and pin are checked through it all the same")
        return
    whole = OPENSSL_CHECKS or settings.verify is not True
    try:
        plain = socket.create_connection((address.hostname or "", address.port or 443), timeout=LIMIT)
        with contextlib.closing(
            context_of(settings.verify).wrap_socket(plain, server_hostname=address.hostname)
        ) as sock:
            chain = checked_chain(sock, whole=whole)
            version, cipher = sock.version() or "unknown", (sock.cipher() or ("unknown",))[0]
            if settings.pin:
                demand(sock, settings.pin, whole=whole)
    except WrongServerKey:
        raise
    except (OSError, ssl.SSLError) as error:
        yield not_asked("TLS", f"a second connection failed ({type(error).__name__})")
        return
    yield works("TLS", f"{version}, {cipher}")
    yield works("Certificate roots", "one CA file" if settings.ca else "the system's roots")
    yield from _certificate(chain)
    yield (
        works("Pin", "one of the settings' keys stands in the checked chain")
        if settings.pin
        else note("Pin", "none in the settings", "Any certificate the roots accept is taken.")
    )


def _certificate(chain: tuple[bytes, ...]) -> Iterator[Finding]:
    from cryptography.x509 import load_der_x509_certificate

    for place, der in enumerate(chain):
        which = "server" if place == 0 else "root" if place == len(chain) - 1 else "authority"
        yield note(f"Pin of the {which}'s key", pin_of(der))
    if chain:
        ends = load_der_x509_certificate(chain[0]).not_valid_after_utc
        if ends - datetime.now(UTC) < SOON:
            yield adapts("Certificate", f"ends on {ends:%Y-%m-%d}", "Renew it: afterwards nothing is sent.")
        else:
            yield works("Certificate", f"good until {ends:%Y-%m-%d}")
