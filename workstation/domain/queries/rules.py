"""A rule pack as values: each rule with its weight and why, and the words, caps and answers the rules go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from workstation.domain.queries.finding import Weight
from workstation.domain.queries.phrases import Lexicon
from workstation.domain.queries.query import OptionKind, Trigger

RULE_IDS = tuple(f"Q{number:02}" for number in range(1, 41))

# Kept by how the program is made, not by a check: nothing here may be asked of a query.
BY_DESIGN = frozenset({"Q02", "Q18"})

_WARNS = ["Q05", "Q06", "Q09", "Q17", "Q21", "Q23", "Q24", "Q26", "Q29", "Q36", "Q38"]
_TELLS = ["Q02", "Q18", "Q19", "Q28", "Q39"]
# A pack may raise a rule and never lower it below these.
FLOORS: Mapping[str, Weight] = MappingProxyType(
    {
        rule: Weight.WARNING if rule in _WARNS else Weight.INFORMATION if rule in _TELLS else Weight.BLOCK
        for rule in RULE_IDS
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the pack."""

    id: str
    title: str
    weight: Weight
    why: str  # what it is for and where it comes from
    weak: bool = False  # rests on secondary sources
    by_design: bool = False


@dataclass(frozen=True, slots=True)
class Caps:
    """How long is too long; characters unless the name says otherwise."""

    excerpt: int
    all_excerpts: int
    whole_document_percent: int  # an excerpt of more of its document than this is the document
    question: int
    reference_note: int
    question_marks: int
    families: int
    families_of_links: int  # where the question is about two diagnoses: cause and effect, conflict
    option_ratio: int  # an answer this many times as long as another
    option_gap: int  # and longer by this much


@dataclass(frozen=True, slots=True)
class Answers:
    """How the answers every query carries are worded, and how they are recognised when somebody worded them anew."""

    wordings: Mapping[OptionKind, str]
    recognised: Mapping[OptionKind, Lexicon]  # of a whole answer
    confirmed: str  # "{concern}" is filled in
    ruled_out: str
    confirms: Lexicon
    rules_out: Lexicon
    standing: Lexicon  # answers that are always credible: present on admission, confirmed, ruled out
    severe: Lexicon
    slight: Lexicon


@dataclass(frozen=True, slots=True)
class NeutralQuestion:
    """A question that leads nowhere, for one trigger."""

    plain: str
    about: str  # with "{concern}", a documented diagnosis or a finding
    yes_no: str = ""


@dataclass(frozen=True, slots=True)
class PresumedLink:
    """Two diagnoses the classification links unless the provider says otherwise (ICD-10-CM Guidelines I.A.15)."""

    first: frozenset[str]
    second: frozenset[str]
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A documented wording that already is an inclusion term, and the words of a question it makes needless."""

    documented: Lexicon
    asked: Lexicon
    says: str


@dataclass(frozen=True, slots=True)
class RulePack:
    """All rules in one version; the version is stamped on each query checked by it."""

    version: str
    publisher: str
    rules: Mapping[str, Rule]
    lexicons: Mapping[str, Lexicon]  # by rule, "Q20" the marks of preference, "Q25" the lead toward removal
    caps: Caps
    answers: Answers
    neutral: Mapping[Trigger, NeutralQuestion]
    yes_no_triggers: frozenset[Trigger]
    not_significant_triggers: frozenset[Trigger]
    capitals: frozenset[str]  # words that are written in capitals without shouting
    definitions: Lexicon  # names of published criteria
    retention_classes: frozenset[str]
    presumed: tuple[PresumedLink, ...] = ()
    inclusions: tuple[Inclusion, ...] = ()
    sources: tuple[str, ...] = field(default=())

    def rule(self, rule_id: str) -> Rule:
        return self.rules[rule_id]
