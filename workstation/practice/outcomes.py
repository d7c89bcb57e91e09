"""What goes wrong on the wire: a refusal with its HTTP status, said as an OperationOutcome."""

from __future__ import annotations

from typing import Any

_CODES = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    409: "conflict", 410: "deleted", 412: "conflict", 413: "too-long", 415: "not-supported", 422: "structure",
    429: "throttled", 503: "transient",
}  # fmt: skip


class Refused(Exception):
    """The request is not carried out. The words may reach a coder: no PHI in them."""

    def __init__(self, status: int, words: str, *, expression: str = "", code: str = "") -> None:
        super().__init__(words)
        self.status, self.words, self.expression = status, words, expression
        self.code = code or _CODES.get(status, "exception" if status >= 500 else "processing")

    @property
    def outcome(self) -> dict[str, Any]:
        return outcome(self.code, self.words, self.expression)


class Unsound(Refused):
    """A resource whose structure is wrong, with every place where it is."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(422, "; ".join(f"{where}: {what}" for where, what in faults[:5]))
        self.faults = faults

    @property
    def outcome(self) -> dict[str, Any]:
        issues = [_issue("structure", what, where) for where, what in self.faults[:50]]
        return {"resourceType": "OperationOutcome", "issue": issues}


def outcome(code: str, words: str, expression: str = "", severity: str = "error") -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [_issue(code, words, expression, severity)]}


def _issue(code: str, words: str, expression: str = "", severity: str = "error") -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "details": {"text": words}, "diagnostics": words}
    return {**issue, "expression": [expression]} if expression else issue
