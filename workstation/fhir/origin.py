"""Where a request may go: the configured base alone, http only on this machine."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from workstation.errors import MalformedAnswer, WrongKindOfUse

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_REFERENCE = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}")


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK


def safe_base(url: str) -> str:
    """The base without its last slash. Raises WrongKindOfUse for http to another machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise WrongKindOfUse("The server address is not a plain https address.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise WrongKindOfUse("The server address must be https; http is for this machine only.")
    return url.rstrip("/")


def same_origin(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, a.hostname, _port(a.scheme, a.port)) == (b.scheme, b.hostname, _port(b.scheme, b.port))


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)


def is_under(url: str, base: str) -> bool:
    """Whether an address lies on the base, at it or below: what may carry our credential."""
    return same_origin(url, base) and _below(urlsplit(url).path, urlsplit(base).path)


def _below(path: str, base: str) -> bool:
    """Also once the way up is undone, however often it was encoded: HTTP libraries and servers decode and fold it."""
    plain = path
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    steps = plain.replace("\\", "/").split("/")
    return ".." not in steps and "." not in steps and (path == base or path.startswith(base + "/"))


def rebased(link: str, base: str) -> str:
    """A next link on the configured base, whatever host it names. Raises MalformedAnswer when outside."""
    try:
        parts = urlsplit(urljoin(base + "/", link))
        parts.port  # noqa: B018  a bad port raises here, not later
    except ValueError:
        raise MalformedAnswer("A link to the next page cannot be read.") from None
    own = urlsplit(base)
    if parts.scheme not in ("http", "https") or not _below(parts.path, own.path):
        raise MalformedAnswer("A link to the next page leads to another server.")
    return urlunsplit((own.scheme, own.netloc, parts.path, parts.query, ""))


def path_of(reference: str, base: str) -> str:
    """`Type/id` of a reference on this server. Raises MalformedAnswer for any other."""
    text = reference.partition("/_history/")[0]
    if text.startswith(base + "/"):
        text = text[len(base) + 1 :]
    if not _REFERENCE.fullmatch(text):
        raise MalformedAnswer("A reference does not point to this server.")
    return text
