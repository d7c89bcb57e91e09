"""Who the coder is, why PHI is seen, and how identifiers are masked until revealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PurposeOfUse(StrEnum):
    """v3-ActReason codes the client uses; coding is payment."""

    CODING = "HPAYMT"
    OPERATIONS = "HOPERAT"
    QUALITY = "HQUALIMP"
    BREAK_GLASS = "BTG"


class RevealReason(StrEnum):
    """Why an identifier is uncovered (each reveal is audited with one of these)."""

    VERIFY_PATIENT = "verify-patient"
    MATCH_DOCUMENT = "match-document"
    DUPLICATE_ACCOUNT = "duplicate-account"
    CALL_PROVIDER = "call-provider"


REVEAL_WORDS: dict[RevealReason, str] = {
    RevealReason.VERIFY_PATIENT: "Verify I have the right patient",
    RevealReason.MATCH_DOCUMENT: "A document may belong to someone else",
    RevealReason.DUPLICATE_ACCOUNT: "Possible duplicate account",
    RevealReason.CALL_PROVIDER: "Speak with the provider or unit",
}


@dataclass(frozen=True, slots=True)
class Coder:
    """The signed-in person as the server issued them."""

    user: str  # unique user id
    practitioner_id: str
    name: str
    credential: str = ""
    roles: frozenset[str] = frozenset()


def initials(family: str, given: tuple[str, ...]) -> str:
    """`H. B.` for Harold Brannigan."""
    letters = [word[0].upper() for word in (*given[:1], family) if word]
    return " ".join(f"{letter}." for letter in letters)


def masked_mrn(mrn: str) -> str:
    """All but the last three characters covered; short numbers wholly."""
    return "•" * max(len(mrn) - 3, 0) + mrn[-3:] if len(mrn) > 5 else "•" * len(mrn)


def age_on(birth_date: date, on: date) -> int:
    """Completed years on a date."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
