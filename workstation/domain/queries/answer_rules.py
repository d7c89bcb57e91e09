"""Rules of answers: a way out is always there, each is supported, none outweighs another (Q07, Q14-Q17, Q19, Q21, Q25)."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.domain.queries.case import Case
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.mending import (
    reworded,
    settled_kinds,
    with_option_text,
    with_standard,
    without_option,
)
from workstation.domain.queries.query import Form, Option, OptionKind, Trigger, set_options

_YES_NO = (OptionKind.YES, OptionKind.NO, OptionKind.OTHER, OptionKind.UNDETERMINED)


def findings(case: Case) -> Iterator[QueryFinding]:
    if case.query.form is Form.YES_NO:
        yield from _yes_no(case)
    elif case.query.form is Form.MULTIPLE_CHOICE:
        yield from _ways_out(case)
        yield from _balance(case)
    for at, option in enumerate(case.options):
        yield from _support(case, at, option)
        yield from _not_significant(case, at)
    if case.query.trigger is Trigger.CLINICAL_VALIDATION:
        yield from _validation(case)


def _yes_no(case: Case) -> Iterator[QueryFinding]:
    missing = [kind for kind in _YES_NO if not case.has(kind)]
    if missing:
        words = ", ".join(f"“{case.pack.answers.wordings[kind]}”" for kind in missing)
        yield case.finding(
            "Q14", f"A yes/no question also needs {words}.", "options", fix="Add what is missing",
            mended=with_standard(case, missing),
        )  # fmt: skip


def _ways_out(case: Case) -> Iterator[QueryFinding]:
    if not case.has(OptionKind.OTHER):
        yield case.finding(
            "Q15", "There is no answer for something else, in the provider's own words.", "options",
            fix="Add “Other”", mended=with_standard(case, (OptionKind.OTHER,)),
        )  # fmt: skip
    if not case.has(OptionKind.UNDETERMINED):
        yield case.finding(
            "Q16", "There is no answer for a provider who cannot determine it.", "options",
            fix="Add “Unable to determine”", mended=with_standard(case, (OptionKind.UNDETERMINED,)),
        )  # fmt: skip


def _support(case: Case, at: int, option: Option) -> Iterator[QueryFinding]:
    """Q07 for a diagnosis that would be new, Q17 for any other answer nothing in the query speaks for."""
    kind, part = case.kinds[at], f"option:{at}"
    named = case.undocumented(option.text)
    if named and not (kind is OptionKind.ANSWER and case.is_linked(option)):
        words = " ".join(option.text[named[0].start : named[0].end].split())
        if kind is OptionKind.ANSWER:
            said = f"“{words}” is documented by no provider, and no indicator of this query supports it."
            fix, mended = "Take this answer out", without_option(case, at)
        else:
            said = f"“{words}” does not belong into this answer: no provider has documented it."
            fix, mended = "Use the plain wording", with_option_text(case, at, case.pack.answers.wordings[kind])
        span = (named[0].start, named[0].end)
        yield case.finding("Q07", said, part, span=span, fix=fix, mended=mended)
        return
    if case.query.form is not Form.MULTIPLE_CHOICE or kind is not OptionKind.ANSWER:
        return
    if not case.is_linked(option) and not case.pack.answers.standing.hits(option.text):
        yield case.finding(
            "Q17", f"No indicator of this query supports “{option.text.strip()}”. Link one, or take it out.", part,
            fix="Take this answer out", mended=without_option(case, at),
        )  # fmt: skip


def _not_significant(case: Case, at: int) -> Iterator[QueryFinding]:
    trigger = case.query.trigger
    if case.kinds[at] is OptionKind.NOT_SIGNIFICANT and trigger and trigger not in case.pack.not_significant_triggers:
        yield case.finding(
            "Q19", "This answer fits where a finding may mean nothing, not where the reason is another one.",
            f"option:{at}", fix="Take this answer out", mended=without_option(case, at),
        )  # fmt: skip


def _balance(case: Case) -> Iterator[QueryFinding]:
    """Q21: a heuristic. One long answer among short ones, or one grave one among slight ones."""
    answers = [
        (at, option.text.strip())
        for at, option in enumerate(case.options)
        if case.kinds[at] is OptionKind.ANSWER and not case.pack.answers.standing.hits(option.text)
    ]
    if len(answers) < 2:
        return
    caps = case.pack.caps
    by_length = sorted(answers, key=lambda each: len(each[1]))
    longest, next_longest = len(by_length[-1][1]), len(by_length[-2][1])
    if longest > caps.option_ratio * next_longest and longest - next_longest > caps.option_gap:
        said = "This answer is told at much greater length than the others."
        yield case.finding("Q21", said, f"option:{by_length[-1][0]}")
        return
    severe = [at for at, text in answers if case.pack.answers.severe.hits(text)]
    slight = [at for at, text in answers if at not in severe and case.pack.answers.slight.hits(text)]
    if len(severe) == 1 and len(slight) == len(answers) - 1:
        said = "One answer is grave and every other is slight, so the choice looks made."
        yield case.finding("Q21", said, f"option:{severe[0]}")


def _validation(case: Case) -> Iterator[QueryFinding]:
    """Q25: the documented diagnosis is shown, both ways are open, and nothing asks to take it away."""
    query, answers = case.query, case.pack.answers
    hits = case.said(query.question, case.hits("Q25", query.question))
    if hits:
        words = query.question[hits[0][0] : hits[0][1]]
        yield case.finding(
            "Q25", f"“{words}” asks to take the diagnosis away.", "question", span=hits[0], fix="Ask it neutrally",
            mended=reworded(case),
        )  # fmt: skip
    shown = (*case.mentions(query.question), *case.mentions(query.concern))
    if not any(each.family in case.families for each in shown):
        said = "Say which documented diagnosis is to be validated."
        yield case.finding("Q25", said, "question")
    if query.form is not Form.MULTIPLE_CHOICE:
        return
    concern = next((each.term for each in shown if each.family in case.families), "") or "The diagnosis"
    missing = [
        wording.replace("{concern}", concern)
        for wording, lexicon in ((answers.confirmed, answers.confirms), (answers.ruled_out, answers.rules_out))
        if not any(lexicon.hits(option.text) for option in case.options)
    ]
    if missing:
        known = settled_kinds(case)
        words = " and ".join(f"“{each}”" for each in missing)
        yield case.finding(
            "Q25", f"The answers need {words}.", "options", fix="Add what is missing",
            mended=set_options(query, (*known, *(Option(each) for each in missing))),
        )  # fmt: skip
