"""What an HTTP answer means: JSON within limits, or one of the server troubles with its reason."""

from __future__ import annotations

import json
import math
import re
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
MOST_VALUES = 1_000_000  # commas: text has some, too
MOST_CONTAINERS = 250_000  # objects and lists in one answer; a hundred long documents' worth has a tenth of that
DEEPEST = 100  # levels; FHIR's own resources stay under thirty

_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # half of a character beyond the first 65,536


class RefusedForReason(ServerRefused):
    """A refusal with the server's own words, kept apart because they may quote the resource."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"It answered {status}.", status=status)
        self.reason = reason


def json_of(body: bytes) -> dict[str, Any]:
    """One JSON resource. Raises MalformedAnswer for anything FHIR does not allow at all, and for what is too large to read.

    What comes back can be kept and written again: no number without end, no half of a character, no endless depth.
    """
    # each costs thirty times its two bytes, and time
    if body.count(b"{") + body.count(b"[") > MOST_CONTAINERS or body.count(b",") > MOST_VALUES:
        raise MalformedAnswer("It has more entries than this workstation takes.")
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
    except (ValueError, RecursionError):
        raise MalformedAnswer("It is not JSON.") from None
    if not isinstance(found, dict):
        raise MalformedAnswer("It is not a resource.")
    _demand_shallow(found)
    return _with_whole_characters(found) if _HALF.search(text) else found


def _no_constant(text: str) -> float:
    raise ValueError(text)  # NaN and Infinity are no JSON


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e999 is JSON, and no number to reckon with
        raise ValueError(text)
    return number


def _whole(text: str) -> float:
    return int(text) if len(text) < 18 else _finite(text)


def _demand_shallow(found: dict[str, Any]) -> None:
    """What was read near the bottom of the stack may be written again near its top."""
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise MalformedAnswer("It is nested deeper than this workstation reads.")


def _with_whole_characters(found: dict[str, Any]) -> dict[str, Any]:
    """A text cut in the middle of a character ends with a mark in its place: no database takes the half."""
    text = json.dumps(found, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    mended: dict[str, Any] = json.loads(text)
    return mended


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
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return (until - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def _milliseconds(headers: Mapping[str, str]) -> float | None:
    said = headers.get("x-ms-retry-after-ms", "").strip()
    return float(said) / 1000 if said.isascii() and said.isdigit() else None


def _rate_limit(headers: Mapping[str, str]) -> float | None:
    parts = [part.strip() for piece in headers.get("RateLimit", "").split(",") for part in piece.split(";")]
    waits = [float(part[2:]) for part in parts if part.startswith("t=") and part[2:].isascii() and part[2:].isdigit()]
    return max(waits) if waits else None
