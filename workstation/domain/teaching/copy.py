"""A teaching copy: text without identifiers, what was taken out of it, and how its residual risk was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from workstation.domain.redaction.kinds import Identifier
from workstation.domain.teaching.risk import Answer, Risk, unsettled


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a copy under a heading of ours: never the document's own title, file name or author."""

    heading: str
    when: str  # as the date rule lets it stand
    text: str


@dataclass(frozen=True, slots=True)
class TeachingCopy:
    """Holds no id of a patient, an encounter or a document; `task_id` is the request it was made for."""

    id: str
    task_id: str
    need: str
    topic: str
    sections: tuple[Section, ...]
    removed: Mapping[Identifier, int]
    left_out: int  # scans, pictures and PDFs
    dates: str  # year or shift
    passes: int  # how often the redactor read it until it found nothing
    made_at: datetime
    answers: tuple[Answer, ...] = field(default=())
    released_at: datetime | None = None
    until: datetime | None = None

    @property
    def open_risks(self) -> tuple[Risk, ...]:
        return unsettled(self.answers)

    def answer(self, risk: Risk) -> Answer | None:
        return next((answer for answer in self.answers if answer.risk is risk), None)


def answered(copy: TeachingCopy, given: Answer) -> TeachingCopy:
    """With an answer in place of an earlier one; what was mended for the question stays counted."""
    before = copy.answer(given.risk)
    kept = replace(given, mended=before.mended if before else 0) if not given.mended else given
    others = tuple(answer for answer in copy.answers if answer.risk is not given.risk)
    return replace(copy, answers=(*others, kept))
