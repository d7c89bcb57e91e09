"""Where the server is and how it is reached, as guard and desk hand it on; who may set what is `managed`'s."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from workstation.errors import WrongKindOfUse


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One FHIR server. `ca` is a PEM file to trust instead of the system's roots; `proxy` a URL, never the environment's."""

    base: str = ""
    issuer: str = ""  # only where the server does not publish its identity provider
    redirect_ports: tuple[int, ...] = (0,)
    pin: tuple[str, ...] = ()  # base64 SHA-256 of public keys, one of which vouches for each TLS connection
    ca: str = ""
    proxy: str = ""
    command_key: str = ""  # Ed25519, base64: commands to this device must be signed with its private half
    recovery_key: str = ""  # X25519, base64: unsent work can be saved with its private half when a password is lost
    receipt_key: str = ""  # Ed25519, base64: receipts for audit events must be signed with its private half
    query_packs: str = ""  # a folder with query_rules and templates of the organisation's own, in place of ours
    organisation: str = ""  # whose policy applies; the server's word when empty

    @property
    def command_key_bytes(self) -> bytes:
        """32 bytes, or none where the authenticated server's word is enough."""
        return base64.b64decode(self.command_key)

    @property
    def verify(self) -> bool | str:
        return self.ca or True

    @property
    def proxies(self) -> Mapping[str, str] | None:
        return {"http": self.proxy, "https": self.proxy} if self.proxy else None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "redirect_ports": list(self.redirect_ports), "pin": list(self.pin)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> ServerSettings:
        """Raises WrongKindOfUse naming the setting that cannot be used."""
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(found) - known)
        if unknown:
            raise WrongKindOfUse(f"Unknown setting {unknown[0]!r}.", remedy=f"Known are: {', '.join(sorted(known))}.")
        ports = found.get("redirect_ports", (0,))
        if not isinstance(ports, list | tuple) or not all(isinstance(port, int) for port in ports):
            raise WrongKindOfUse("The setting 'redirect_ports' is not a list of port numbers.")
        pins = found.get("pin", ())
        for name in known - {"redirect_ports", "pin"}:
            if not isinstance(found.get(name, ""), str):
                raise WrongKindOfUse(f"The setting {name!r} is not a text.")
        for name in ("command_key", "recovery_key", "receipt_key"):
            try:
                if len(base64.b64decode(found.get(name, ""), validate=True)) not in (0, 32):
                    raise ValueError
            except ValueError:
                raise WrongKindOfUse(f"The setting {name!r} is not a public key of 32 bytes in base64.") from None
        return cls(**{**found, "redirect_ports": tuple(ports) or (0,), "pin": _pins(pins)})


def _pins(found: object) -> tuple[str, ...]:
    """One pin or several. A pin that cannot be one is refused: ignored, it would leave the server unpinned."""
    pins = (found,) if isinstance(found, str) else found
    try:
        if not isinstance(pins, list | tuple) or any(len(base64.b64decode(pin, validate=True)) != 32 for pin in pins):
            raise ValueError
    except (ValueError, TypeError):
        raise WrongKindOfUse(
            "The setting 'pin' is not a list of pins.",
            remedy="Each is the base64 SHA-256 of a public key, 44 characters.",
        ) from None
    return tuple(pins)
