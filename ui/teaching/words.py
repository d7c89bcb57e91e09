"""Words the teaching screens share: needs, steps, questions in short, and a copy as one text."""

from __future__ import annotations

from datetime import datetime

from ui.room import Room
from ui.sealed.viewer import Mark, MarkKind, Viewer
from ui.theme import TextRole
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.note import PLACEHOLDER
from workstation.domain.teaching.copy import Section, TeachingCopy
from workstation.domain.teaching.request import NEED_WORDS, NeedCode, Step
from workstation.domain.teaching.risk import Answer, Risk

TONES = {
    Step.ASKED: "info",
    Step.APPROVED: "success",
    Step.CHECKING: "warning",
    Step.RELEASED: "success",
    Step.UNSENT: "danger",
    Step.WITHHELD: "danger",
    Step.LAPSED: "warning",
    Step.DECLINED: "warning",
    Step.RECALLED: "warning",
}
SHORT = {
    Risk.RARE_CONDITION: "Rare disease or finding",
    Risk.EVENT: "Event people heard of",
    Risk.OCCUPATION: "Occupation or title",
    Risk.DATES_FROM_EVENTS: "Days told by events",
    Risk.SMALL_PLACE: "Small place",
    Risk.NEWS: "In the news",
    Risk.COMBINATION: "Unusual combination",
    Risk.PICTURE: "Sight of the person",
    Risk.FAMILY: "Family",
    Risk.OWN_WORDS: "Quotations, nicknames",
    Risk.ACTUAL_KNOWLEDGE: "You know who it is",
}


def need_words(need: str) -> str:
    try:
        return NEED_WORDS[NeedCode(need)]
    except ValueError:
        return need.replace("-", " ") or "not said"


def step_words(step: Step) -> str:
    return step.value[:1].upper() + step.value[1:]


def day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = moment.astimezone()
    return f"{local:%b} {local.day}, {local:%Y}"


def answer_words(answer: Answer | None) -> str:
    if answer is None:
        return "open"
    if not answer.yes:
        return "no"
    if answer.mended:
        return f"yes, {answer.mended} taken out"
    return "yes, with a reason" if answer.settled else "yes: settle it"


def title_of(section: Section) -> str:
    """The heading with when it was written, as the date rule lets it stand."""
    when = section.when.replace("[DATE ", "").replace("]", "")
    return f"{section.heading} · {when}" if when else section.heading


def as_text(copy: TeachingCopy) -> tuple[str, tuple[int, ...]]:
    """All sections below one another, and where each begins."""
    parts: list[str] = []
    starts, at = [], 0
    for section in copy.sections:
        starts.append(at)
        part = f"{title_of(section).upper()}\n\n{section.text.strip()}\n\n\n"
        parts.append(part)
        at += len(part)
    return "".join(parts).rstrip() + "\n", tuple(starts)


def show_copy(viewer: Viewer, copy: TeachingCopy, room: Room) -> tuple[str, tuple[int, ...]]:
    """Show a copy with what was taken out tinted; its text, and where each section begins."""
    text, starts = as_text(copy)
    viewer.show_text(text, font=room.theme.font(TextRole.CHART))
    tone(viewer, room)
    viewer.show_marks([Mark(m.start(), m.end(), MarkKind.OTHER_EVIDENCE) for m in PLACEHOLDER.finditer(text)])
    return text, starts


def tone(viewer: Viewer, room: Room) -> None:
    viewer.color_marks({MarkKind.OTHER_EVIDENCE: room.theme.colour("neutral_soft")})


def removed_words(copy: TeachingCopy) -> str:
    """`31 names, 40 dates, 2 places …`: counts alone."""
    counts: dict[str, int] = {}
    for kind, count in copy.removed.items():
        words = _KINDS.get(kind, "other numbers")
        counts[words] = counts.get(words, 0) + count
    return ", ".join(
        f"{count} {words}" for words, count in sorted(counts.items(), key=lambda p: (-p[1], p[0])) if count
    )


_KINDS = {
    Identifier.NAME: "names of the patient",
    Identifier.RELATIVE: "names of others",
    Identifier.PROVIDER: "names of staff",
    Identifier.FACILITY: "facilities",
    Identifier.EMPLOYER: "employers",
    Identifier.ADDRESS: "places",
    Identifier.CITY: "places",
    Identifier.ZIP: "places",
    Identifier.DATE: "dates",
    Identifier.AGE: "ages over 89",
    Identifier.PHONE: "phone numbers",
    Identifier.FAX: "phone numbers",
    Identifier.MRN: "record numbers",
    Identifier.ACCOUNT: "account numbers",
    Identifier.ADDED: "words by hand or by doubt",
}
