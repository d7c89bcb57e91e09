"""Structural validation of what is written: known elements, right types and cardinalities, codes where R4 fixes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from workstation.practice.outcomes import Refused, Unsound
from workstation.practice.shapes import TEXT

MOST_FAULTS = 50

_PRIMITIVES: dict[str, str] = {
    "base64Binary": r"(\s*([0-9a-zA-Z+/=]){4}\s*)*",
    "canonical": r"\S+",
    "code": r"[^\s]+(\s[^\s]+)*",
    "date": r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?",
    "dateTime": r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d))?)?)?",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "instant": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)",
    "markdown": r"[\s\S]*\S[\s\S]*",
    "string": r"[\s\S]*\S[\s\S]*",
    "uri": r"\S+",
    "url": r"\S+",
}
_PATTERNS = {name: re.compile(text) for name, text in _PRIMITIVES.items()}
_ANY = (
    "boolean", "integer", "decimal", "positiveInt", "unsignedInt", *_PRIMITIVES, "Coding", "CodeableConcept",
    "Identifier", "Reference", "Period", "Quantity", "Range", "Ratio", "Money", "Annotation", "Attachment",
    "HumanName", "ContactPoint", "Address", "Timing", "Dosage", "Meta",
)  # fmt: skip
_DURATIONS = {"Duration": "Quantity", "Age": "Quantity", "Count": "Quantity"}


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a type."""

    name: str
    types: tuple[str, ...]
    least: int
    many: bool
    codes: frozenset[str]


def sound(resource: Any) -> dict[str, Any]:
    """The resource, when its structure holds. Raises Unsound with every fault found, Refused for an unknown type."""
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise Refused(400, "The body is not a FHIR resource.")
    kind = resource["resourceType"]
    if kind not in stored_types():
        raise Refused(404, f"This server does not store {kind[:40]}.", code="not-supported")
    faults: Faults = []
    _resource(resource, kind, kind, faults)
    if faults:
        raise Unsound(faults[:MOST_FAULTS])
    return resource


@cache
def stored_types() -> frozenset[str]:
    """The resource types this server keeps."""
    after = TEXT.split("\n\n", 1)[1]
    return frozenset(line.partition(":")[0] for line in _lines(after) if "." not in line.partition(":")[0])


def required(kind: str) -> tuple[str, ...]:
    """The names of the elements a type may not be without (choices by their stem)."""
    return tuple(part.name.removesuffix("[x]") for part in _shapes()[kind].values() if part.least)


def _lines(text: str) -> list[str]:
    joined = re.sub(r"\\?\n +", " ", text)
    return [line for line in joined.splitlines() if line.strip()]


@cache
def _shapes() -> dict[str, dict[str, Part]]:
    shapes = {}
    for line in _lines(TEXT):
        name, _, rest = line.partition(": ")
        parts = [_part(one) for one in re.findall(r"\S+?:[^\s{]+(?:\{[^}]*\})?", rest)]
        shapes[name] = {part.name: part for part in parts}
    return shapes


def _part(text: str) -> Part:
    name, _, types = text.partition(":")
    types, _, codes = types.partition("{")
    mark = name[-1] if name[-1] in "*!+" else ""
    name = name.rstrip("*!+")
    known = _ANY if types == "$any" else tuple(types.removeprefix("@").split("|"))
    return Part(name, known, int(mark in ("!", "+")), mark in ("*", "+"), frozenset(codes.rstrip("}").split()))


Faults = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Table:
    """The elements of a type and of what it is built on, by every name they may have on the wire."""

    named: dict[str, tuple[Part, str]]
    needed: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def _table(*kinds: str) -> _Table:
    parts = {name: part for kind in kinds for name, part in _shapes()[kind].items()}
    names = {part.name: _names(part) for part in parts.values()}
    return _Table(
        {name: (part, kind) for part in parts.values() for name, kind in names[part.name].items()},
        tuple((part.name, tuple(names[part.name])) for part in parts.values() if part.least),
    )


def _resource(resource: dict[str, Any], kind: str, where: str, faults: Faults) -> None:
    name = resource.get("id")
    if name is not None and not (isinstance(name, str) and _PATTERNS["id"].fullmatch(name)):
        faults.append((f"{where}.id", "is not an id"))
    base = "Resource" if kind == "Binary" else "DomainResource"
    _fields(resource, _table(kind, base, "Element"), where, faults, known=("resourceType", "id"))


def _fields(value: dict[str, Any], table: _Table, where: str, faults: Faults, known: tuple[str, ...] = ()) -> None:
    if len(faults) >= MOST_FAULTS:
        return
    for said, names in table.needed:
        if not any(name in value or f"_{name}" in value for name in names):
            faults.append((f"{where}.{said}", "is required"))
    chosen: set[str] = set()
    for name, inner in value.items():
        found = table.named.get(name)
        if found is not None:
            stem = found[0].name
            if stem != name:  # one of the types of a choice
                if stem in chosen:
                    faults.append((f"{where}.{stem}", "may be given once only"))
                chosen.add(stem)
            _element(inner, *found, f"{where}.{name}", faults)
        elif name not in known and name != "modifierExtension" and name.removeprefix("_") not in table.named:
            faults.append((f"{where}.{name[:60]}", "is not an element of this type"))


def _names(part: Part) -> dict[str, str]:
    if not part.name.endswith("[x]"):
        return {part.name: part.types[0]}
    stem = part.name.removesuffix("[x]")
    named = {f"{stem}{kind[0].upper()}{kind[1:]}": kind for kind in part.types}
    if "Quantity" in part.types:
        named |= {f"{stem}{kind}": quantity for kind, quantity in _DURATIONS.items() if part.types is _ANY}
    return named


def _element(value: Any, part: Part, kind: str, where: str, faults: Faults) -> None:
    if not part.many:
        if isinstance(value, list):
            faults.append((where, "is not a list"))
        else:
            _value(value, kind, where, part.codes, faults)
        return
    if not isinstance(value, list) or not value:
        faults.append((where, "is a list with at least one value"))
        return
    for position, one in enumerate(value):
        if one is None and kind[0].islower():  # the place of a primitive that has an extension only
            continue
        _value(one, kind, f"{where}[{position}]", part.codes, faults)


def _value(value: Any, kind: str, where: str, codes: frozenset[str], faults: Faults) -> None:
    if kind == "$resource":
        known = isinstance(value, dict) and value.get("resourceType") in stored_types()
        if known:
            _resource(value, value["resourceType"], where, faults)
        else:
            faults.append((where, "is not a resource this server knows"))
    elif kind[0].islower():
        if not _is_primitive(value, kind):
            faults.append((where, f"is not a {kind}"))
        elif codes and value not in codes:
            faults.append((where, "is not one of the codes allowed here"))
    elif not isinstance(value, dict) or not value:
        faults.append((where, f"is not a {kind.rpartition('.')[2]}"))
    else:
        _fields(value, _table(kind, "Element"), where, faults)


def _is_primitive(value: Any, kind: str) -> bool:
    check = _CHECKS.get(kind)
    if check is not None:
        return check(value)
    if not isinstance(value, str) or not _PATTERNS[kind].fullmatch(value):
        return False
    return _is_real_day(value) if kind in ("date", "dateTime", "instant") else True


def _is_real_day(value: str) -> bool:
    if len(value) < 10:
        return True
    try:
        datetime.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**31


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "decimal": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
    "integer": _whole(-(2**31)),
    "positiveInt": _whole(1),
    "unsignedInt": _whole(0),
}
