"""Mending a query: the changes behind the buttons of the findings. Each gives a new query and changes nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from workstation.domain.queries.case import Case
from workstation.domain.queries.query import (
    NEUTRAL_TITLE,
    Form,
    Option,
    OptionKind,
    ProviderQuery,
    Span,
    Trigger,
    revise,
    set_options,
)

_SENTENCE = re.compile(r"\S.*?(?:[.?!]+(?=[\s\"”)]|$)[\"”)]*|$)", re.DOTALL)
_NO_END = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|St|vs|e\.g|i\.e|No|approx)|\b[A-Z])\.$")
_ASKS = re.compile(r"\?|\bplease\b", re.IGNORECASE)
_LONGEST_CONCERN = 60


def neutral_question(case: Case) -> str:
    """The pack's question for this reason; about the concern where naming it leads nowhere."""
    query, pack = case.query, case.pack
    neutral = pack.neutral[query.trigger or Trigger.AMBIGUOUS]
    concern = query.concern.strip()
    if query.form is Form.YES_NO and neutral.yes_no and is_plain(case, concern):
        return neutral.yes_no.replace("{concern}", concern)
    return neutral.about.replace("{concern}", concern) if is_plain(case, concern) else neutral.plain


def is_plain(case: Case, concern: str) -> bool:
    """Whether a concern can stand in a question: short, documented or no diagnosis at all, and no identifier."""
    if not concern or len(concern) > _LONGEST_CONCERN or any(sign in concern for sign in '\n{}"“”?!*<>[]'):
        return False
    if any(case.hits(rule, concern) for rule in ("Q08", "Q09", "Q11", "Q23", "Q25")) or any(case.named_in(concern)):
        return False
    return all(case.is_documented(each) for each in case.named(concern))


def reworded(case: Case) -> ProviderQuery:
    """With the neutral question of its reason; a yes/no question that has none becomes an open one."""
    query = case.query
    if query.form is Form.YES_NO and not (
        query.trigger is Trigger.PRESENT_ON_ADMISSION and is_plain(case, query.concern.strip())
    ):
        return as_open(case)
    return revise(query, question=neutral_question(case))


def as_open(case: Case) -> ProviderQuery:
    opened = revise(case.query, form=Form.OPEN, options=())
    return replace(opened, question=neutral_question(case.of(opened)))


def as_choice_or_open(case: Case) -> ProviderQuery:
    """A yes/no query as a choice when it has answers to choose from, else as an open question."""
    answers = tuple(option for option, kind in zip(case.options, case.kinds, strict=True) if kind is OptionKind.ANSWER)
    if not answers:
        return as_open(case)
    chosen = revise(case.query, form=Form.MULTIPLE_CHOICE)
    kept = tuple(
        option
        for option, kind in zip(case.options, case.kinds, strict=True)
        if kind not in (OptionKind.YES, OptionKind.NO)
    )
    with_kept = case.of(replace(chosen, options=kept))
    asked = replace(with_kept.query, question=neutral_question(with_kept))
    return with_standard(case.of(asked), (OptionKind.OTHER, OptionKind.UNDETERMINED))


def with_standard(case: Case, kinds: Iterable[OptionKind]) -> ProviderQuery:
    """With the answers of those kinds added, each once, as the pack words them."""
    more = tuple(Option(case.pack.answers.wordings[kind], kind) for kind in kinds if not case.has(kind))
    return set_options(case.query, (*settled_kinds(case), *more))


def settled_kinds(case: Case) -> tuple[Option, ...]:
    """The answers, each marked as what it is."""
    return tuple(replace(option, kind=kind) for option, kind in zip(case.options, case.kinds, strict=True))


def without_option(case: Case, at: int) -> ProviderQuery:
    """Without one answer; when none is left to choose, the question becomes an open one."""
    left = tuple(option for place, option in enumerate(settled_kinds(case)) if place != at)
    if case.query.form is Form.MULTIPLE_CHOICE and not any(option.kind is OptionKind.ANSWER for option in left):
        return as_open(case)
    return set_options(case.query, left)


def with_option_text(case: Case, at: int, text: str) -> ProviderQuery:
    options = list(settled_kinds(case))
    options[at] = replace(options[at], text=text)
    return set_options(case.query, options)


def without_words(case: Case, part: str, hits: tuple[Span, ...]) -> ProviderQuery | None:
    """Without the sentences that hold the hits; None where the part is not the coder's to shorten so."""
    kind, _, which = part.partition(":")
    query = case.query
    if kind == "title":
        return revise(query, title=NEUTRAL_TITLE)
    if kind == "question":
        left = _without_sentences(query.question, hits)
        return revise(query, question=left) if _ASKS.search(left) else reworded(case)
    if kind == "option":
        at = int(which)
        standard = case.pack.answers.wordings.get(case.kinds[at])
        return with_option_text(case, at, standard) if standard else without_option(case, at)
    if kind in ("reference_note", "reference_source"):
        return revise(query, reference_note=None)
    if kind == "concern":
        return revise(query, concern="")
    if kind == "pertinence":
        kept = tuple(
            replace(each, pertinence=_without_sentences(each.pertinence, hits)) if each.id == which else each
            for each in query.indicators
        )
        return revise(query, indicators=kept)
    return None


def sentences(text: str) -> tuple[Span, ...]:
    """Where each sentence stands, without the space around it."""
    found: list[Span] = []
    pending: int | None = None
    for match in _SENTENCE.finditer(text):
        start = match.start() if pending is None else pending
        if _NO_END.search(match.group()):
            pending = start
            continue
        pending = None
        found.append((start, match.end()))
    if pending is not None:
        found.append((pending, len(text.rstrip())))
    return tuple(found)


def _without_sentences(text: str, hits: tuple[Span, ...]) -> str:
    kept = [
        text[start:end] for start, end in sentences(text) if not any(low < end and start < high for low, high in hits)
    ]
    return " ".join(kept)
