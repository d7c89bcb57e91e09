"""HTTP to trusted places only: the OS's roots or one CA bundle, TLS 1.2 or newer, no environment."""

from __future__ import annotations

import logging
import os
import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workstation.errors import MalformedAnswer, ServerTrouble, ServerUnreachable, WrongCertificate, WrongKindOfUse
from workstation.fhir.pins import OPENSSL_CHECKS, pinned

if TYPE_CHECKING:
    import requests

_OPENSSL_READS = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def new_session(verify: bool | str, proxies: Mapping[str, str] | None, pins: tuple[str, ...] = ()) -> requests.Session:
    """A session. `verify` is True for the roots of the OS or the path of a CA bundle; False is refused.

    With `pins` one of those keys has to stand in the checked chain of every TLS connection it makes.
    """
    # 175 ms of import: paid on the thread that talks, not at start
    import requests

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it quotes addresses, and those name encounters
    from requests.adapters import HTTPAdapter

    context = pinned(context_of(verify), pins, whole=OPENSSL_CHECKS or verify is not True)

    class Pinned(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
            return super().init_poolmanager(*args, **kwargs, ssl_context=context)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            return super().proxy_manager_for(*args, **kwargs, ssl_context=context)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            conn.cert_reqs = "CERT_REQUIRED"  # the context holds the roots; certifi is not consulted

    session = requests.Session()
    session.trust_env = False  # ~/.netrc would replace the bearer, REQUESTS_CA_BUNDLE the roots
    session.proxies = dict(proxies or {})
    session.mount("https://", Pinned(max_retries=0))
    session.mount("http://", HTTPAdapter(max_retries=0))
    return session


def unreachable(error: BaseException) -> ServerTrouble:
    """Why nothing came, by class alone: the address of a search may name an encounter."""
    seen: list[BaseException] = [error]
    for one in seen:  # urllib3 and requests wrap what they caught, each in a way of its own
        if isinstance(one, ssl.SSLCertVerificationError):
            return WrongCertificate()
        inner = [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
        seen.extend(each for each in inner if isinstance(each, BaseException) and each not in seen)
    return ServerUnreachable(f"({type(error).__name__})")


def read_body(answer: requests.Response, cap: int, until: float) -> bytes:
    """The whole answer within bounds of size and time. Raises MalformedAnswer, ServerUnreachable."""
    head = getattr(getattr(answer.raw, "_original_response", None), "msg", None)
    if getattr(head, "defects", None):  # cut within the headers, it would pass for a success without a body
        raise ServerUnreachable("Its answer was cut off.")
    parts: list[bytes] = []
    size = 0
    # read1 hands over what is there; read would wait for a whole block from a server that drips
    while part := answer.raw.read1(64 * 1024, decode_content=True):
        size += len(part)
        if size > cap:
            raise MalformedAnswer("An answer is larger than this workstation takes.")
        if time.monotonic() > until:
            raise ServerUnreachable("Its answer took too long.")
        parts.append(part)
    return b"".join(parts)


def context_of(verify: bool | str) -> ssl.SSLContext:
    """TLS 1.2 or newer, with the roots of the OS or of one file."""
    if verify is False:
        raise WrongKindOfUse("Certificates are always checked; give a CA bundle instead.")
    if verify is True:
        import truststore

        for name in _OPENSSL_READS:  # else whoever sets a variable of the session chooses the roots
            os.environ.pop(name, None)
        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.create_default_context(cafile=verify)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
