"""Templates of provider queries: a neutral question and answers for each reason, and how a draft is started from one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from workstation.domain.queries.mentions import DiagnosisTerms
from workstation.domain.queries.query import (
    NEUTRAL_TITLE,
    Form,
    Option,
    OptionKind,
    ProviderQuery,
    Trigger,
    in_order,
    revise,
)

_CONCERN, _SOURCES = "{concern}", "{sources}"
_LONGEST_CONCERN = 60
_WORD = re.compile(r"[a-z0-9]{3,}")


@dataclass(frozen=True, slots=True)
class TemplateOption:
    """An answer of a template; `needs` says to the coder which indicator makes it credible."""

    text: str
    kind: OptionKind = OptionKind.ANSWER
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a template asks in one form."""

    about: str  # with {concern}, and {sources} for where the indicators stand
    plain: str  # the same for a draft that has no concern yet
    options: tuple[TemplateOption, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One template in one version. `families` and `words` are what it is about; none of them for one of every concern."""

    id: str
    version: str
    trigger: Trigger
    name: str
    asking: Mapping[Form, Asking] = field(hash=False)
    families: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @property
    def forms(self) -> tuple[Form, ...]:
        return tuple(form for form in Form if form in self.asking)


def start(template: Template, form: Form, query: ProviderQuery) -> ProviderQuery:
    """A draft asked by the template; its indicators stay, and so does their support of answers worded alike.

    Raises KeyError for a form the template does not have.
    """
    asking = template.asking[form]
    concern = query.concern.strip()
    text = asking.about if concern and len(concern) <= _LONGEST_CONCERN else asking.plain
    linked = {option.text.casefold(): option.indicators for option in query.options}
    options = (
        Option(_filled(option.text, concern, ""), option.kind)
        for option in asking.options
        if concern or _CONCERN not in option.text
    )
    kept = in_order(replace(option, indicators=linked.get(option.text.casefold(), ())) for option in options)
    return revise(
        query,
        trigger=template.trigger,
        form=form,
        title=NEUTRAL_TITLE,
        question=_filled(text, concern, sources(query)),
        options=kept,
        template_id=template.id,
        template_version=template.version,
    )


def suggest(templates: Iterable[Template], query: ProviderQuery, terms: DiagnosisTerms) -> tuple[Template, ...]:
    """Every template, those for this reason and concern first; the general ones before those of another disease."""
    concern = query.concern.casefold()
    families = {each.family for each in terms.mentions(query.concern)}
    seen = {each.family for indicator in query.indicators for each in terms.mentions(indicator.text)}
    words = set(_WORD.findall(concern))
    excerpts = " ".join(indicator.text.casefold() for indicator in query.indicators)

    def fit(template: Template) -> int:
        same_reason = 4 if template.trigger is query.trigger else 0
        general = not template.families and not template.words
        if general:
            return same_reason + 2
        if template.families & families or any(word in concern for word in template.words):
            return same_reason + 5
        named = template.families & seen or any(word in excerpts for word in template.words)
        about_name = bool(words & set(_WORD.findall(template.name.casefold())))
        return same_reason + (1 if about_name else 0) if named or about_name else -1

    return tuple(sorted(templates, key=lambda template: (-fit(template), template.name.casefold(), template.id)))


def sources(query: ProviderQuery) -> str:
    """Where the indicators stand, in words: "the Progress note of 11/11/2026 and the laboratory results below"."""
    named: list[str] = []
    for indicator in query.indicators:
        day = f" of {indicator.written_at:%m/%d/%Y}" if indicator.written_at else ""
        name = f"the {indicator.source_type.strip()}{day}" if indicator.source_type.strip() else ""
        if name and name not in named:
            named.append(name)
    if not named or len(named) > 3:
        return "the indicators below"
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _filled(text: str, concern: str, where: str) -> str:
    """Placeholders filled in one pass, so that a concern that looks like one stays what it is."""
    return re.sub(r"\{concern\}|\{sources\}", lambda match: concern if match.group() == _CONCERN else where, text)
