"""One query under check: its parts, the diagnoses they name, and how a finding about them is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from workstation.domain.queries.context import Context
from workstation.domain.queries.diagnoses import Basis
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.mentions import Mention
from workstation.domain.queries.query import ClinicalIndicator, Form, Option, OptionKind, ProviderQuery, Span
from workstation.domain.queries.rules import RulePack
from workstation.domain.queries.standing import Standing, standing

DEFINITIONS = "Q24"  # its words are the pack's names of published criteria
_NUMBERED = re.compile(r"^(?:(?:\[\s*\]|\(\s*\)|[☐□○]|[A-Za-z0-9][.)])\s*)+")  # "A. ", "[ ] "
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,600})[\"”]")
_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.\]?|…)\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """One text of the query, by the name findings call it."""

    name: str
    text: str

    @property
    def is_asked(self) -> bool:
        """Whether the provider reads it as the question or one of its answers."""
        return self.name in ("title", "question") or self.name.startswith("option")


@dataclass
class Memory:
    """What was read of texts that stay the same while the others are typed and mended."""

    mentions: dict[str, tuple[Mention, ...]] = field(default_factory=dict)
    named: dict[str, tuple[Mention, ...]] = field(default_factory=dict)
    hits: dict[tuple[str, str, bool], tuple[Span, ...]] = field(default_factory=dict)
    recognised: dict[str, OptionKind] = field(default_factory=dict)
    quotes: dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]] = field(default_factory=dict)
    redacted: dict[ClinicalIndicator, str] = field(default_factory=dict)
    identifiers: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    own_words: dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]] = field(default_factory=dict)


@dataclass
class Case:
    """A query beside its chart and the rules; reads each text once."""

    query: ProviderQuery
    context: Context
    pack: RulePack
    memory: Memory = field(default_factory=Memory)

    def of(self, query: ProviderQuery) -> Case:
        """The same chart and rules for another state of the query."""
        return Case(query, self.context, self.pack, self.memory)

    def finding(
        self,
        rule: str,
        text: str,
        part: str,
        *,
        span: Span = (0, 0),
        fix: str = "",
        mended: ProviderQuery | None = None,
        weight: Weight | None = None,
    ) -> QueryFinding:
        known = self.pack.rule(rule)
        level = known.weight if weight is None else weight
        return QueryFinding(rule, level, text, known.why, part, span[0], span[1], fix, mended)

    @cached_property
    def families(self) -> frozenset[str]:
        """Of the diagnoses providers documented."""
        return frozenset(each.family for each in self.context.documented if each.basis is Basis.PROVIDER)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The answers as they will be offered: none to an open question."""
        return () if self.query.form is Form.OPEN else self.query.options

    @cached_property
    def kinds(self) -> tuple[OptionKind, ...]:
        """What each answer is, however somebody worded or marked it."""
        return tuple(self.kind_of(option) for option in self.options)

    def kind_of(self, option: Option) -> OptionKind:
        if option.kind is not OptionKind.ANSWER:
            return option.kind
        known = self.memory.recognised.get(option.text)
        if known is None:
            known = self.memory.recognised[option.text] = self._recognised(_NUMBERED.sub("", option.text.strip()))
        return known

    def _recognised(self, words: str) -> OptionKind:
        for kind, lexicon in self.pack.answers.recognised.items():
            if any(end - start >= len(words.rstrip(" .:_)")) for start, end in lexicon.hits(words)):
                return kind
        return OptionKind.ANSWER

    def has(self, kind: OptionKind) -> bool:
        return kind in self.kinds

    @cached_property
    def live_ids(self) -> frozenset[str]:
        return frozenset(each.id for each in self.query.indicators)

    def is_linked(self, option: Option) -> bool:
        """Whether an indicator of this query supports the answer."""
        return any(each in self.live_ids for each in option.indicators)

    def finding_in(
        self, rule: str, part: Part, hits: tuple[Span, ...], said: str, fix: str, mended: ProviderQuery | None
    ) -> QueryFinding:
        """One finding for a part, at its first hit, naming all of them where `said` has {words}."""
        words = ", ".join(dict.fromkeys(f"“{' '.join(part.text[a:b].split())}”" for a, b in hits))
        return self.finding(rule, said.replace("{words}", words), part.name, span=hits[0], fix=fix, mended=mended)

    def body(self) -> Iterator[Part]:
        """Every text the coder wrote that leaves with the query, excerpts apart."""
        yield Part("title", self.query.title)
        yield Part("question", self.query.question)
        for at, option in enumerate(self.options):
            yield Part(f"option:{at}", option.text)
        note = self.query.reference_note
        if note is not None:
            yield Part("reference_note", note.text)
            yield Part("reference_source", note.source)
        yield Part("concern", self.query.concern)
        for indicator in self.query.indicators:
            if indicator.pertinence:
                yield Part(f"pertinence:{indicator.id}", indicator.pertinence)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        known = self.memory.mentions.get(text)
        if known is None:
            known = self.memory.mentions[text] = self.context.terms.mentions(text)
        return known

    def named(self, text: str) -> tuple[Mention, ...]:
        """Diagnoses a text names, other than as history or a relative's."""
        known = self.memory.named.get(text)
        if known is None:
            found = self.mentions(text)
            money = self.hits("Q08", text) if found else ()  # HCC, where it is no liver cancer
            known = self.memory.named[text] = tuple(
                each
                for each in found
                if not _within((each.start, each.end), money)
                and standing(text, each) not in (Standing.HISTORY, Standing.FAMILY)
            )
        return known

    def named_by_coder(self, text: str) -> tuple[Mention, ...]:
        """Those that do not stand in a passage quoted from the chart."""
        found = self.named(text)
        quoted, _ = self.quotes(text) if found else ((), ())
        return tuple(each for each in found if not _within((each.start, each.end), quoted))

    def hits(self, rule: str, text: str, *, excerpt: bool = False) -> tuple[Span, ...]:
        """Where the words of a rule stand in a text, whoever wrote them."""
        key = (rule, text, excerpt)
        known = self.memory.hits.get(key)
        if known is None:
            lexicon = self.pack.definitions if rule == DEFINITIONS else self.pack.lexicons[rule]
            known = self.memory.hits[key] = lexicon.hits(text, self.families, excerpt=excerpt)
        return known

    def undocumented(self, text: str) -> tuple[Mention, ...]:
        """Diseases a text names that no provider documented; of an answer, whose detail is what is asked for."""
        return tuple(each for each in self.named(text) if each.family not in self.families)

    def is_documented(self, mention: Mention, *, with_reports: bool = False) -> bool:
        """Whether the disease is documented and all that is said of it: heart failure is not yet acute heart failure."""
        said = self._said_read if with_reports else self._said
        known = said.get(mention.family)
        return known is not None and mention.qualifiers <= known

    @cached_property
    def _said(self) -> dict[str, frozenset[str]]:
        return {each.family: each.qualifiers for each in self.context.documented if each.basis is Basis.PROVIDER}

    @cached_property
    def _said_read(self) -> dict[str, frozenset[str]]:
        joined: dict[str, frozenset[str]] = {}
        for each in self.context.documented:
            joined[each.family] = joined.get(each.family, frozenset()) | each.qualifiers
        return joined

    def quotes(self, text: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Passages in quotation marks: those that stand in the chart, and those that do not."""
        known = self.memory.quotes.get(text)
        if known is None:
            true: list[Span] = []
            false: list[Span] = []
            for match in _QUOTED.finditer(text):
                (true if self._stands_in_chart(match.group(1)) else false).append(match.span())
            known = self.memory.quotes[text] = (tuple(true), tuple(false))
        return known

    def said(self, text: str, hits: tuple[Span, ...]) -> tuple[Span, ...]:
        """Those hits that are the coder's own words."""
        quoted, _ = self.quotes(text) if hits else ((), ())
        return tuple(hit for hit in hits if not _within(hit, quoted))

    def leaves(self, indicator: ClinicalIndicator) -> str:
        """What of an indicator will leave."""
        known = self.memory.redacted.get(indicator)
        if known is None:
            known = self.memory.redacted[indicator] = self.context.redacted(indicator)
        return known

    def identifiers(self, text: str) -> tuple[Span, ...]:
        known = self.memory.identifiers.get(text)
        if known is None:
            known = self.memory.identifiers[text] = self.context.identifiers(text) if text.strip() else ()
        return known

    def named_in(self, text: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Where the coder's own words surely name a person, and where they only may."""
        known = self.memory.own_words.get(text)
        if known is None:
            look = self.context.own_words
            known = (self.identifiers(text), ()) if look is None else look(text) if text.strip() else ((), ())
            self.memory.own_words[text] = known
        return known

    def _stands_in_chart(self, quoted: str) -> bool:
        """Word for word in one document or indicator; only line breaks and what was left out by ... may differ."""
        pieces = [piece.rstrip(" ,.;?!") for piece in _ELLIPSIS.split(quoted) if piece.strip(" ,.;?!")]
        if not pieces:
            return True
        texts = [each.text for each in self.query.indicators]
        texts += self.context.texts.values()
        return any(all(_holds(text, piece) for piece in pieces) for text in texts)


def _holds(text: str, piece: str) -> bool:
    if piece in text:
        return True
    words = piece.split()
    return len(words) > 1 and re.search(r"\s+".join(re.escape(word) for word in words), text) is not None


def _within(span: Span, others: tuple[Span, ...]) -> bool:
    return any(low <= span[0] and span[1] <= high for low, high in others)
