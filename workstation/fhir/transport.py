"""HTTP to trusted places only: the OS's roots or one CA bundle, TLS 1.2 or newer, no environment."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workstation.errors import WrongKindOfUse

if TYPE_CHECKING:
    import requests


def new_session(verify: bool | str, proxies: Mapping[str, str] | None) -> requests.Session:
    """A session. `verify` is True for the roots of the OS or the path of a CA bundle; False is refused."""
    # 175 ms of import: paid on the thread that talks, not at start
    import requests
    from requests.adapters import HTTPAdapter

    context = _context(verify)

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


def _context(verify: bool | str) -> ssl.SSLContext:
    if verify is False:
        raise WrongKindOfUse("Certificates are always checked; give a CA bundle instead.")
    if verify is True:
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.create_default_context(cafile=verify)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
