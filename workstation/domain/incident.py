"""A privacy incident as a draft: what happened, when it was discovered, and what was in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workstation.domain.encounter import EncounterId

#: Individuals are told without unreasonable delay, at the latest 60 days after discovery (45 CFR 164.404(b)).
NOTICE_WITHIN = timedelta(days=60)


class IncidentKind(StrEnum):
    QUERY_RETRACTED = "query-retracted"


class RetractReason(StrEnum):
    """Why a sent query is taken back."""

    WRONG_PATIENT = "wrong-patient"
    WRONG_RECIPIENT = "wrong-recipient"
    TOO_MUCH = "more-than-necessary"
    IDENTIFIER = "identifier-in-it"
    MISTAKE = "mistaken-question"


RETRACT_WORDS = {
    RetractReason.WRONG_PATIENT: "It holds another patient's facts",
    RetractReason.WRONG_RECIPIENT: "It went to the wrong provider",
    RetractReason.TOO_MUCH: "It holds more than was needed",
    RetractReason.IDENTIFIER: "It holds an identifier",
    RetractReason.MISTAKE: "The question was a mistake",
}
#: Reasons for which the disclosure was not a permitted one, and is accounted for (45 CFR 164.528).
IMPERMISSIBLE = frozenset({RetractReason.WRONG_PATIENT, RetractReason.WRONG_RECIPIENT})


@dataclass(frozen=True, slots=True)
class Incident:
    """A draft for the privacy officer: facts as the program knows them, judged by people (45 CFR 164.402).

    `facts` are (question of the four factors, what is known). Nothing of the chart's text is in it.
    """

    id: str
    kind: IncidentKind
    encounter_id: EncounterId
    discovered_at: datetime  # never changed afterwards
    query_id: str
    reason: RetractReason
    recipient: str
    contents: tuple[str, ...]  # what was in the query: kinds of excerpt and their size
    facts: tuple[tuple[str, str], ...] = ()
    state: str = "draft"

    @property
    def notice_by(self) -> datetime:
        return self.discovered_at + NOTICE_WITHIN
