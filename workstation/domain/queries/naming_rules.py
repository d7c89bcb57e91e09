"""Rules of naming: a diagnosis nobody documented stands in no title, question or yes/no (Q07, Q10, Q13, Q22, Q26); quoted
passages stand in the chart (Q03)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workstation.domain.queries.case import Case
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.mending import as_choice_or_open, neutral_question, reworded, without_words
from workstation.domain.queries.mentions import Mention
from workstation.domain.queries.query import NEUTRAL_TITLE, Form, Span, Trigger, revise

# Questions that join two diagnoses by their nature.
LINKS = frozenset({Trigger.CAUSE_AND_EFFECT, Trigger.CONFLICTING})


_JOINS = re.compile(r"\s+|\s+(?:with|due to|secondary to|in|from)\s+(?:(?:a|an|the|acute|chronic)\s+)?")


def findings(case: Case) -> Iterator[QueryFinding]:
    yield from _title(case)
    yield from _question(case)
    yield from _false_quotes(case)
    yield from _one_issue(case)


def _words(mentions: tuple[Mention, ...], text: str) -> str:
    return ", ".join(
        dict.fromkeys(f"“{' '.join(text[each.start - each.lead : each.end].split())}”" for each in mentions)
    )


def _span(mention: Mention) -> Span:
    """The name with what is said of it before."""
    return mention.start - mention.lead, mention.end


def _title(case: Case) -> Iterator[QueryFinding]:
    title = case.query.title
    named = tuple(each for each in case.named(title) if not case.is_documented(each))
    if named:
        yield case.finding(
            "Q10", f"The title names {_words(named, title)}, which no provider has documented.", "title",
            span=_span(named[0]), fix="Use the neutral title",
            mended=revise(case.query, title=NEUTRAL_TITLE),
        )  # fmt: skip


def _question(case: Case) -> Iterator[QueryFinding]:
    question = case.query.question
    if case.query.form is Form.YES_NO:
        named = tuple(each for each in case.named(question) if not case.is_documented(each, with_reports=True))
        if named:
            said = f"A yes to this question would establish {_words(named, question)}, which nobody has documented."
            yield case.finding(
                "Q13", said, "question", span=_span(named[0]), fix="Let the provider say what it is",
                mended=as_choice_or_open(case),
            )  # fmt: skip
        return
    # To quote a doubt of the chart states nothing; a yes to the quotation would, so a yes/no question has no such way.
    named = tuple(each for each in case.named_by_coder(question) if not case.is_documented(each))
    if named:
        said = f"The question states {_words(named, question)}, which no provider has documented."
        yield case.finding(
            "Q22", said, "question", span=_span(named[0]), fix="Ask it without the diagnosis",
            mended=reworded(case),
        )  # fmt: skip


def _false_quotes(case: Case) -> Iterator[QueryFinding]:
    question = case.query.question
    _, false = case.quotes(question)
    if false:
        start, end = false[0]
        yield case.finding(
            "Q03", f"{question[start:end]} is in quotation marks but stands nowhere in this chart.", "question",
            span=false[0], fix="Take it out", mended=without_words(case, "question", false),
        )  # fmt: skip


def _apart(named: tuple[Mention, ...], text: str) -> tuple[Mention, ...]:
    """Without those a word such as "with" makes a part of the one before: diabetes with polyneuropathy is one issue."""
    return tuple(
        each
        for at, each in enumerate(named)
        if at == 0 or _JOINS.fullmatch(text[named[at - 1].end : each.start]) is None
    )


def _one_issue(case: Case) -> Iterator[QueryFinding]:
    """Q26: one issue, asked shortly. Answers may differ in diagnosis; what is asked about may not."""
    caps, query = case.pack.caps, case.query
    question = query.question
    neutral = revise(query, question=neutral_question(case))
    most = caps.families_of_links if query.trigger in LINKS else caps.families
    named = case.named_by_coder(question)
    families = {each.family for each in (*_apart(named, question), *case.named(query.concern))}
    if len(question) > caps.question:
        said = f"The question has {len(question)} characters; {caps.question} are the most."
    elif question.count("?") > caps.question_marks:
        said = f"There are {question.count('?')} questions here; ask one thing at a time."
    elif len(families) > most:
        said = f"This is about {len(families)} diagnoses ({_words(named, question) or query.concern}); ask about one."
    else:
        return
    yield case.finding("Q26", said, "question", fix="Ask it in one sentence", mended=neutral)
