"""What could still point to a person when every identifier is gone: what a person answers before release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Risk(StrEnum):
    """What is asked. After the 164.514(b) guidance of HHS (26 November 2012) on what lets people be told apart."""

    RARE_CONDITION = "rare-condition"
    EVENT = "event"
    OCCUPATION = "occupation"
    DATES_FROM_EVENTS = "dates-from-events"
    SMALL_PLACE = "small-place"
    NEWS = "news"
    COMBINATION = "combination"
    PICTURE = "picture"
    FAMILY = "family"
    OWN_WORDS = "own-words"
    ACTUAL_KNOWLEDGE = "actual-knowledge"


QUESTIONS: dict[Risk, str] = {
    Risk.RARE_CONDITION: "Is a disease, finding or procedure so rare that it points to one person?",
    Risk.EVENT: "Is an accident, crime, disaster or other event told that people have heard of?",
    Risk.OCCUPATION: "Is an occupation, title, office or rank told that few people hold?",
    Risk.DATES_FROM_EVENTS: "Can a day be told from a holiday, a storm, a strike or another event in the text?",
    Risk.SMALL_PLACE: "Is a place smaller than a state told or easy to guess: a village, a plant, a school, a tribe?",
    Risk.NEWS: "Is the patient, or what happened to them, likely to have been in the news or on social media?",
    Risk.COMBINATION: "Do age, sex, family, history and circumstances together fit only a few people?",
    Risk.PICTURE: "Is a photograph, tattoo, birthmark or other sight of the person described?",
    Risk.FAMILY: "Are details of relatives told that would be known to others: twins, adoption, a relative's case?",
    Risk.OWN_WORDS: "Is somebody quoted in words, a nickname or a handle by which they could be found?",
    Risk.ACTUAL_KNOWLEDGE: "Do you know, or think you know, who the patient is?",
}
#: 45 CFR 164.514(b)(2)(ii): actual knowledge is not argued away. What gives the person away goes, or the copy does.
ONLY_MENDED = frozenset({Risk.ACTUAL_KNOWLEDGE})
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, with who gave it and when; `mended` counts what was taken out of the text for it."""

    risk: Risk
    yes: bool
    by: str  # Practitioner id
    at: datetime
    reason: str = ""
    mended: int = 0

    @property
    def settled(self) -> bool:
        """A no is; a yes needs a mending, or a reason where one counts."""
        if not self.yes or self.mended:
            return True
        return self.risk not in ONLY_MENDED and len(self.reason.strip()) >= SHORTEST_REASON


def unsettled(answers: Iterable[Answer]) -> tuple[Risk, ...]:
    """The questions that still keep a copy from its release, in their order."""
    done = {answer.risk for answer in answers if answer.settled}
    return tuple(risk for risk in QUESTIONS if risk not in done)
