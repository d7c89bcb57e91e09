"""One value as IT wrote it, made usable or refused with the reason; limits tighten it and say so."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from workstation.domain.policy import LONGEST_CONTACT
from workstation.domain.versions import is_version
from workstation.managed.rules import Kind, Rule

LONGEST_TEXT = 2000  # characters: an address, a path or a word is shorter


class Unusable(ValueError):
    """Why a value cannot be used, in words that hold nothing of it."""


def usable(rule: Rule, raw: object) -> tuple[object, str]:
    """The value within its limits, and what was done to bring it there ("" for nothing). Raises Unusable."""
    match rule.kind:
        case Kind.SWITCH:
            return _switch(raw), ""
        case Kind.SECONDS:
            return _within(rule, _whole(raw))
        case Kind.PORTS:
            return _ports(rule, raw), ""
        case Kind.PINS:
            return _pins(raw), ""
        case Kind.WORDS:
            return _words(rule, raw), ""
        case Kind.MOMENT:
            return _moment(raw), ""
    text = _text(raw)
    plain = {Kind.KEY: _key, Kind.PATH: _path}.get(rule.kind)
    if plain is not None:
        plain(text)
    elif rule.kind is Kind.URL:
        _address(text, plain=rule.name == "proxy")
    elif rule.kind is Kind.VERSION and text and not is_version(text):
        raise Unusable("it names no version; write it as 1.4.2")
    elif rule.kind is Kind.CHOICE and text not in rule.choices:
        raise Unusable(f"it is none of: {', '.join(rule.choices)}")
    if rule.name == "support_contact" and len(text) > LONGEST_CONTACT:
        return text[:LONGEST_CONTACT], f"cut to {LONGEST_CONTACT} characters"
    return text, ""


def _path(text: str) -> None:
    """Whole, or it would be looked for in whatever folder the coder starts the program from."""
    if text and not (PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()):
        raise Unusable("it is not a whole path, from the root or the drive on")


def _switch(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in (0, 1):  # the registry knows numbers alone
        return bool(raw)
    raise Unusable("it is neither on nor off: write true or false, in the registry 1 or 0")


def _whole(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise Unusable("it is not a whole number of seconds")
    return raw


def _within(rule: Rule, number: int) -> tuple[int, str]:
    if number < rule.low:
        return rule.low, f"raised to the least allowed, {rule.low} s"
    if number > rule.high:
        return rule.high, f"lowered to the most allowed, {rule.high} s"
    return number, ""


def _ports(rule: Rule, raw: object) -> tuple[int, ...]:
    if not isinstance(raw, list | tuple) or not raw:
        raise Unusable("it is not a list of port numbers")
    found = []
    for one in raw:
        number = int(one) if isinstance(one, str) and one.isascii() and one.isdigit() else one
        if isinstance(number, bool) or not isinstance(number, int) or not rule.low <= number <= rule.high:
            raise Unusable("it holds something that is not a port number from 0 to 65535")
        found.append(number)
    return tuple(found)


def _pins(raw: object) -> tuple[str, ...]:
    pins = (raw,) if isinstance(raw, str) else raw
    if not isinstance(pins, list | tuple) or not pins:
        raise Unusable("it is not a list of pins")
    for pin in pins:
        _key(_text(pin), "it holds something that is not the SHA-256 of a public key in base64, 44 characters")
        if not pin:
            raise Unusable("it holds an empty pin")
    return tuple(_text(pin) for pin in pins)


def _words(rule: Rule, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
        raise Unusable("it is not a list of words")
    if set(raw) - set(rule.choices):
        raise Unusable(f"it holds a word that is none of: {', '.join(rule.choices)}")
    if not raw or ("none" in raw and len(raw) > 1):
        raise Unusable("it says none and something else, or nothing at all; for nothing write none alone")
    return tuple(sorted(word for word in set(raw) if word != "none"))


def _moment(raw: object) -> int:
    try:
        moment = (
            raw.replace(tzinfo=raw.tzinfo or UTC) if isinstance(raw, datetime) else datetime.fromisoformat(_text(raw))
        )
        if moment.tzinfo is None:
            raise Unusable("it names no zone; write it as 2027-03-01T17:00:00+00:00")
        return max(0, int(moment.timestamp()))
    except Unusable:
        raise
    except (ValueError, OverflowError):
        raise Unusable("it is no moment; write it as 2027-03-01T17:00:00+00:00") from None


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise Unusable("it is not a text")
    if len(raw) > LONGEST_TEXT or any(not sign.isprintable() for sign in raw):
        raise Unusable("it is longer than any usable value, or holds signs that cannot be printed")
    return raw.strip()


def _key(text: str, why: str = "it is not a public key of 32 bytes in base64") -> None:
    try:
        if len(base64.b64decode(text, validate=True)) in (0, 32):
            return
    except ValueError:
        pass
    raise Unusable(why)


def _address(text: str, *, plain: bool) -> None:
    """https, and http where nothing leaves this computer or, for a proxy, where TLS goes through it."""
    try:
        parts = urlsplit(text)
        fine = not text or (parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0)
    except ValueError:
        raise Unusable("it is not an address that begins with https://") from None
    if not fine:
        raise Unusable("it is not an address that begins with https://")
    if parts.scheme == "http" and not plain and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise Unusable("it begins with http://, which is for this computer alone: write https://")
