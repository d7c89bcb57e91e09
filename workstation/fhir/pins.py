"""Pins: which public keys the organisation has named for its server, and whether one of them vouched for a connection."""

from __future__ import annotations

import base64
import hashlib
import ssl
import sys
from collections.abc import Iterable
from typing import Any

from workstation.errors import WrongKindOfUse, WrongServerKey

#: Where OpenSSL itself builds and checks the chain. Elsewhere the system does, and only the leaf is what it checked for
#: certain: the rest of what the server sent may name any key at all.
OPENSSL_CHECKS = sys.platform not in ("win32", "darwin")


def pin_of(certificate: bytes) -> str:
    """Base64 of the SHA-256 of a DER certificate's SubjectPublicKeyInfo, as RFC 7469 writes it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(certificate).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


def checked_chain(sock: ssl.SSLSocket, *, whole: bool) -> tuple[bytes, ...]:
    """The certificates that were verified, leaf first, as DER; the leaf alone when the chain was not built by OpenSSL."""
    if not whole:
        leaf = sock.getpeercert(binary_form=True)
        return (leaf,) if leaf else ()
    public = getattr(sock, "get_verified_chain", None)  # from Python 3.13
    if public is not None:
        return tuple(public())
    inner: Any = sock._sslobj  # type: ignore[attr-defined]
    return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in inner.get_verified_chain() or ())


def demand(sock: ssl.SSLSocket, pins: Iterable[str], *, whole: bool) -> None:
    """Raises WrongServerKey, and hangs up before anything is sent, when no pinned key stands in the checked chain."""
    wanted = frozenset(pins)
    if any(pin_of(one) in wanted for one in checked_chain(sock, whole=whole)):
        return
    sock.close()
    raise WrongServerKey


def pinned(context: ssl.SSLContext, pins: tuple[str, ...], *, whole: bool) -> ssl.SSLContext:
    """The context, looking at each connection it has made before it hands it over."""
    if not pins:
        return context
    wrap = context.wrap_socket

    def wrap_socket(*args: Any, **kwargs: Any) -> ssl.SSLSocket:
        sock = wrap(*args, **kwargs)
        demand(sock, pins, whole=whole)
        return sock

    def wrap_bio(*args: Any, **kwargs: Any) -> Any:
        raise WrongKindOfUse(
            "With a pin the proxy must be plain http: what an https proxy carries cannot be looked at."
        )

    context.wrap_socket = wrap_socket  # type: ignore[method-assign]
    context.wrap_bio = wrap_bio  # type: ignore[method-assign]
    return context
