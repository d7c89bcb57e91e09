"""What was found out about a server: one finding a feature, and what all of them come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: Exit codes, for scripts.
WELL, DEGRADED, UNUSABLE, NOT_REACHED = 0, 1, 2, 3


class Verdict(StrEnum):
    """How a feature stands. What was not asked is never called good."""

    WORKS = "works"  # asked, and it did
    DECLARED = "declared"  # the server says so; not tried
    ADAPTS = "adapts"  # it does not, and this client does without, or somebody should look
    MISSING = "missing"  # it does not, and this client cannot do without
    NOT_ASKED = "not asked"  # needs a token, a write, or something to look at
    NOTE = "note"  # a fact, neither good nor bad


@dataclass(frozen=True, slots=True)
class Finding:
    """One feature: what was found, and what this client makes of it."""

    feature: str
    verdict: Verdict
    found: str
    client: str = ""

    def to_json(self) -> dict[str, str]:
        return {"feature": self.feature, "verdict": self.verdict.value, "found": self.found, "client": self.client}


class Unreached(Exception):
    """The server gave no answer: nothing more can be said of it. The words name no address and hold no answer."""


def exit_code(findings: Iterable[Finding]) -> int:
    verdicts = {finding.verdict for finding in findings}
    if Verdict.MISSING in verdicts:
        return UNUSABLE
    return DEGRADED if Verdict.ADAPTS in verdicts else WELL


def works(feature: str, found: str, client: str = "") -> Finding:
    return Finding(feature, Verdict.WORKS, found, client)


def declared(feature: str, found: str, client: str = "") -> Finding:
    return Finding(feature, Verdict.DECLARED, found, client)


def adapts(feature: str, found: str, client: str) -> Finding:
    return Finding(feature, Verdict.ADAPTS, found, client)


def missing(feature: str, found: str, client: str) -> Finding:
    return Finding(feature, Verdict.MISSING, found, client)


def not_asked(feature: str, why: str) -> Finding:
    return Finding(feature, Verdict.NOT_ASKED, why)


def note(feature: str, found: str, client: str = "") -> Finding:
    return Finding(feature, Verdict.NOTE, found, client)
