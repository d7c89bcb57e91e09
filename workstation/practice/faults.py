"""Faults on purpose: throttling, delays, broken and cut answers, bundles without transactions, a server that is away."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass, field, replace
from typing import Any

from workstation.practice.outcomes import Refused

KINDS = ("status", "latency", "cut", "drop", "batch", "garbage")


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule: which requests it meets, how often, and what it does to them."""

    id: int
    kind: str  # one of KINDS
    method: str = "*"
    path: str = "*"  # shell pattern over the path, such as /fhir/Task/*
    count: int = 1  # how many requests it meets; 0 is every one until it is cleared
    skip: int = 0  # how many matching requests pass first
    status: int = 429
    retry_after: str = ""  # header value; none when empty
    seconds: float = 0.0
    after_bytes: int = 0  # of the body, before the connection is cut
    hits: int = 0

    def meets(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)


@dataclass
class Faults:
    """The rules in force. A request meets the first rule that fits."""

    offline: bool = False
    _rules: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = 0

    def add(self, asked: Any) -> Fault:
        """Raises Refused(400) for a rule that makes no sense."""
        if not isinstance(asked, dict) or asked.get("kind") not in KINDS:
            raise Refused(400, f"A fault's kind is one of {', '.join(KINDS)}.")
        known = {name: kind for name, kind in Fault.__annotations__.items() if name not in ("id", "hits")}
        wrong = sorted(set(asked) - set(known))
        if wrong:
            raise Refused(400, f"A fault has no {wrong[0][:40]}.")
        with self._lock:
            self._last += 1
            try:
                fault = Fault(id=self._last, **{k: _TYPES[known[k]](v) for k, v in asked.items()})
            except (TypeError, ValueError):
                raise Refused(400, "A value of the fault has the wrong type.") from None
            self._rules.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._rules = []

    def rules(self) -> tuple[Fault, ...]:
        with self._lock:
            return tuple(self._rules)

    def meet(self, method: str, path: str) -> Fault | None:
        """The rule this request runs into; it is counted."""
        with self._lock:
            for position, rule in enumerate(self._rules):
                if not rule.meets(method, path) or (rule.count and rule.hits >= rule.skip + rule.count):
                    continue
                self._rules[position] = replace(rule, hits=rule.hits + 1)
                if rule.hits >= rule.skip:
                    return rule
        return None


_TYPES: dict[str, Any] = {"str": str, "int": int, "float": float}
