"""Libraries of Windows for tests: every call is converted by its declared types, as ctypes would, and kept."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any


class FakeFunction:
    """Refuses a call whose types nobody declared: its handles would be cut to 32 bits."""

    def __init__(self, name: str, calls: list[tuple[Any, ...]], answer: Callable[..., Any]) -> None:
        self._name, self._calls, self._answer = name, calls, answer
        self.argtypes: list[Any] | None = None
        self.restype: Any = "undeclared"

    def __call__(self, *given: Any) -> Any:
        assert self.argtypes is not None, f"{self._name}: argument types are not declared"
        assert self.restype != "undeclared", f"{self._name}: result type is not declared"
        assert len(given) == len(self.argtypes), f"{self._name}: {len(given)} arguments"
        passed = tuple(_passed(kind, value) for kind, value in zip(self.argtypes, given, strict=True))
        self._calls.append((self._name, *passed))
        answer = self._answer(*passed)
        if answer is None or self.restype is None:
            return None
        return self.restype(answer).value


class FakeLibrary:
    """`answers` by function name; what is not told succeeds."""

    def __init__(self, **answers: Callable[..., Any]) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._answers, self._functions = answers, dict[str, FakeFunction]()

    def __getattr__(self, name: str) -> FakeFunction:
        if name not in self._functions:
            self._functions[name] = FakeFunction(name, self.calls, self._answers.get(name, lambda *_: 1))
        return self._functions[name]

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]


def _passed(kind: Any, value: Any) -> Any:
    """The value as the callee would see it: pointers as addresses, numbers cut to their size."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return kind(value).value
    kind.from_param(value)  # raises what ctypes would raise
    referred = getattr(value, "_obj", None)  # of byref
    return ctypes.addressof(referred) if referred is not None else value.value
