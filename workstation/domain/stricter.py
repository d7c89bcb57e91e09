"""Policy of the computer and policy of the server together: the stricter of two values counts, whoever set it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from workstation.domain.policy import Policy, within_floors
from workstation.domain.versions import is_older

_IN_WORDS = 400  # characters of an audit event's reason


def changes(before: Policy, after: Policy) -> str:
    """What a change of policy changed, for the audit: names and values of numbers and switches, of the rest the names."""
    found = []
    for name in Policy.__dataclass_fields__:
        was, now = getattr(before, name), getattr(after, name)
        if was != now and name not in ("version", "said", "here"):
            plain = isinstance(now, int) or name == "minimum_version"
            found.append(f"{name} {_short(was)} to {_short(now)}" if plain else f"{name} changed")
    words = "; ".join(found)
    return words if len(words) <= _IN_WORDS else f"{words[:_IN_WORDS]}..."


def is_of_the_computer(policy: Policy) -> bool:
    """Whether IT has set anything of it on the computer."""
    return policy.version.endswith(_TOO)


def _short(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value) or "none"


def _newer(here: str, there: str) -> str:
    if not here or not there:
        return here or there
    return there if is_older(here, there) else here


_TOO = " and this computer's"  # in the name of the rules in force
_CHOOSE: dict[str, Callable[[Any, Any], Any]] = {
    "shared_workstation": lambda here, there: here or there,
    "step_up_at_unlock": lambda here, there: here or there,
    "code_copy": lambda here, there: here and there,
    "step_up_for": lambda here, there: frozenset(here) | frozenset(there),
    "idle_warning": lambda here, there: here,
    "support_contact": lambda here, there: here or there,
    "minimum_version": _newer,
}


def stricter(server: Policy, computer: Mapping[str, Any]) -> Policy:
    """The policy in force: `computer` holds fields IT has set there; what neither set is built in."""
    if not computer:
        return within_floors(server)
    fields: dict[str, Any] = {
        "version": server.version.removesuffix(_TOO) + _TOO,
        "here": frozenset(computer) - server.said,
    }
    for name, here in computer.items():
        value = frozenset(here) if name == "step_up_for" else here
        if name in server.said:
            value = _CHOOSE.get(name, min)(value, getattr(server, name))
        fields[name] = value
    return within_floors(replace(server, **fields))


def as_the_server_said(policy: Policy) -> Policy:
    """A kept policy without what the computer alone had added: that is added anew, as IT has it now."""
    built_in: dict[str, Any] = {
        name: getattr(Policy(), name) for name in policy.here if name in Policy.__dataclass_fields__
    }
    return replace(policy, **built_in, version=policy.version.removesuffix(_TOO), here=frozenset())
