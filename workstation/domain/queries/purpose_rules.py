"""Rules of asking at all: why, in which form, whom, whether again, and whether it is needed (Q12, Q27-Q29, Q36)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workstation.domain.encounter import Encounter, EncounterClass, Provider
from workstation.domain.mirror import may_diagnose
from workstation.domain.queries.case import Case
from workstation.domain.queries.context import PastQuery, PastState, place_of
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.mending import as_choice_or_open, reworded
from workstation.domain.queries.query import Form, Trigger, revise

_WORD = re.compile(r"[a-z0-9]{3,}")
_LITTLE_WORDS = frozenset({"the", "and", "with", "for", "due", "from", "after", "before", "his", "her", "this", "that"})


def findings(case: Case) -> Iterator[QueryFinding]:
    yield from _reason(case)
    yield from _yes_no(case)
    yield from _recipient(case)
    yield from _again(case)
    yield from _decided(case)


def _reason(case: Case) -> Iterator[QueryFinding]:
    if case.query.trigger is None:
        yield case.finding("Q27", "Choose why this query is needed.", "trigger")
    if not case.query.question.strip():
        yield case.finding(
            "Q27", "Nothing is asked yet.", "question", fix="Use the neutral question", mended=reworded(case)
        )


def _yes_no(case: Case) -> Iterator[QueryFinding]:
    """Q12. A diagnosis that nobody documented is Q13's; here is the form, and that something documented is there."""
    query = case.query
    if query.form is not Form.YES_NO:
        return
    named = (*case.mentions(query.question), *case.mentions(query.concern))
    if query.trigger is not None and query.trigger not in case.pack.yes_no_triggers:
        said = "This reason is not for a yes/no question."
    elif not named:
        said = "A yes/no question needs the documented diagnosis it is about; none is named here."
    else:
        yield from _unshown(case, {each.family for each in named})
        return
    yield case.finding("Q12", said, "form", fix="Ask it without yes and no", mended=as_choice_or_open(case))


def _unshown(case: Case, families: set[str]) -> Iterator[QueryFinding]:
    """Yes and no are about something documented, so the passage that documents it is part of the question."""
    where = [each.documents for each in case.context.documented if each.family in families]
    shown = {each.document_id for each in case.query.indicators}
    if where and case.query.indicators and not any(documents & shown for documents in where):
        said = "None of the indicators is from a note that documents what this question is about. Add the passage."
        yield case.finding("Q12", said, "indicators", fix="Ask it without yes and no", mended=as_choice_or_open(case))


def _recipient(case: Case) -> Iterator[QueryFinding]:
    encounter, query = case.context.encounter, case.query
    if query.recipient_id is None:
        # Nothing can leave without an address, so no word of justification passes this one.
        yield case.finding("Q29", "Choose whom to ask.", "recipient", weight=Weight.BLOCK)
        return
    attending = _attending(encounter)
    to_attending = revise(query, recipient_id=attending.id) if attending else None
    fix = f"Ask {attending.name}" if attending else ""
    chosen = next((each for each in encounter.providers if each.id == query.recipient_id), None)
    if chosen is None:
        said = "This person took no part in this encounter."
    elif not may_diagnose(chosen.credential, "", EncounterClass.AMBULATORY):
        said = f"{chosen.name} does not diagnose; ask a provider who treated the patient."
    elif not _wrote(chosen, encounter):
        said = f"{chosen.name} has documented nothing in this encounter."
    elif query.trigger is Trigger.CONFLICTING and attending and chosen.role != "attending":
        said = "Providers who contradict one another are a question for the attending."
    else:
        return
    yield case.finding("Q29", said, "recipient", fix=fix, mended=to_attending)


def _wrote(provider: Provider, encounter: Encounter) -> bool:
    return any(provider.name and provider.name in document.author for document in encounter.documents)


def _attending(encounter: Encounter) -> Provider | None:
    """The attending who wrote last; emergency physicians are attendings too, of the beginning."""
    attendings = [each for each in encounter.providers if each.role == "attending" and _wrote(each, encounter)]
    written = [(document.written_at, document.author) for document in encounter.documents if document.written_at]
    for _, author in sorted(written, reverse=True):
        for each in attendings:
            if each.name in author:
                return each
    return attendings[0] if attendings else None


def _again(case: Case) -> Iterator[QueryFinding]:
    """Q36: the same question twice, or again after an answer, with nothing new to show."""
    query = case.query
    places = {place_of(each) for each in query.indicators}
    for past in case.context.history:
        if past.id in (query.id, query.replaces) or not _same_topic(case, past):
            continue
        if past.state is PastState.OPEN:
            said = "A query on this topic is still open."
        elif past.state in (PastState.DISAGREED, PastState.UNDETERMINED) and places <= past.places:
            said = "This was answered, and there is no new indicator since."
        else:
            continue
        yield case.finding("Q36", said, "history")
        return


def _same_topic(case: Case, past: PastQuery) -> bool:
    """The same disease for the same reason, while one is open; after an answer the disease alone.

    Where either names no disease, the words of the concern tell.
    """
    query = case.query
    families = {each.family for text in (query.concern, query.question) for each in case.mentions(text)}
    families = families or {each.family for option in case.options for each in case.mentions(option.text)}
    same_reason = past.trigger in (None, query.trigger)
    if families & past.families:
        return same_reason or past.state is not PastState.OPEN
    if families and past.families:
        return False
    return same_reason and bool(_words(past.concern) & _words(query.concern))


def _words(concern: str) -> set[str]:
    return set(_WORD.findall(concern.casefold())) - _LITTLE_WORDS


def _decided(case: Case) -> Iterator[QueryFinding]:
    """Q28: the classification already answers (ICD-10-CM Guidelines I.A.15, inclusion terms)."""
    query = case.query
    texts = (query.question, query.concern)
    if query.trigger is Trigger.CAUSE_AND_EFFECT:
        families = {each.family for text in texts for each in case.mentions(text)}
        for link in case.pack.presumed:
            if families & link.first and families & link.second:
                yield case.finding("Q28", link.says, "question")
                return
    if query.trigger is Trigger.SPECIFICITY:
        offered = " ; ".join(option.text for option in case.options)
        for known in case.pack.inclusions:
            if any(known.documented.hits(text) for text in texts) and known.asked.hits(f"{query.question} ; {offered}"):
                yield case.finding("Q28", known.says, "question")
                return
