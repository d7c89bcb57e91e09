"""What an HTTP answer means: JSON within limits, or one of the server troubles with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from workstation.errors import (
    Conflict,
    MalformedAnswer,
    ServerBusy,
    ServerRefused,
    ServerTrouble,
    SignedOutByServer,
)

LONGEST_WAIT = 15 * 60.0  # seconds; a server that asks for more is asked again after this
LONGEST_REASON = 500


class RefusedForReason(ServerRefused):
    """A refusal with the server's own words, kept apart because they may quote the resource."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"It answered {status}.", status=status)
        self.reason = reason


def json_of(body: bytes) -> dict[str, Any]:
    """One JSON resource. Raises MalformedAnswer for anything FHIR does not allow at all."""
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedAnswer("It is not JSON.") from None
    if not isinstance(found, dict):
        raise MalformedAnswer("It is not a resource.")
    return found


def _no_constant(text: str) -> float:
    raise ValueError(text)  # NaN and Infinity are no JSON


def reason_of(outcome: object) -> str:
    """The words of an OperationOutcome: details or diagnostics, and where."""
    issues = outcome.get("issue") if isinstance(outcome, dict) else None
    words: list[str] = []
    for issue in issues if isinstance(issues, list) else []:
        if not isinstance(issue, dict):
            continue
        details = issue.get("details")
        said = (details.get("text") if isinstance(details, dict) else None) or issue.get("diagnostics")
        where = issue.get("expression") or issue.get("location")
        text = str(said or issue.get("code") or "")
        if isinstance(where, list) and where:
            text += f" ({where[0]})"
        words.append(text)
    return "; ".join(word for word in words if word)[:LONGEST_REASON]


def trouble(status: int, headers: Mapping[str, str], body: bytes, now: datetime | None = None) -> ServerTrouble:
    """The trouble a failed answer means."""
    try:
        reason = reason_of(json_of(body))
    except MalformedAnswer:
        reason = ""
    return trouble_of_status(status, reason, wait_of(headers, now))


def trouble_of_status(status: int, reason: str, wait: float | None = None) -> ServerTrouble:
    """The same from the status and reason of one entry of a bundle."""
    if status == 401:
        return SignedOutByServer()
    if status in (409, 412):
        return Conflict()
    if status in (408, 425, 429) or status >= 500:
        return ServerBusy(f"It answered {status}.", retry_after=wait, status=status)
    return RefusedForReason(status, reason)


def wait_of(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds the server asks us to wait: Retry-After, Azure's header, or the longest part of RateLimit."""
    for said in (_retry_after(headers, now), _milliseconds(headers), _rate_limit(headers)):
        if said is not None:
            return max(0.0, min(said, LONGEST_WAIT))
    return None


def _retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    after = headers.get("Retry-After", "").strip()
    if after.isascii() and after.isdigit():
        return float(after)
    try:
        until = parsedate_to_datetime(after)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return (until - (now or datetime.now(UTC))).total_seconds()


def _milliseconds(headers: Mapping[str, str]) -> float | None:
    said = headers.get("x-ms-retry-after-ms", "").strip()
    return int(said) / 1000 if said.isascii() and said.isdigit() else None


def _rate_limit(headers: Mapping[str, str]) -> float | None:
    parts = [part.strip() for piece in headers.get("RateLimit", "").split(",") for part in piece.split(";")]
    waits = [float(part[2:]) for part in parts if part.startswith("t=") and part[2:].isascii() and part[2:].isdigit()]
    return max(waits) if waits else None
