"""Reads a rule pack: four JSON files of one version, checked word by word, into frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from workstation.domain.queries.finding import Weight
from workstation.domain.queries.phrases import BadPhrase, Lexicon, PhraseGroup, compiled
from workstation.domain.queries.query import OptionKind, Trigger
from workstation.domain.queries.rules import (
    BY_DESIGN,
    FLOORS,
    RULE_IDS,
    Answers,
    Caps,
    Inclusion,
    NeutralQuestion,
    PresumedLink,
    Rule,
    RulePack,
)
from workstation.query_packs.reading import Node, QueryPackUnusable, open_json, versions

BUILT_IN = Path(__file__).resolve().parents[2] / "resources" / "query_rules"
LEXICONS = ("Q08", "Q09", "Q11", "Q20", "Q23", "Q25")
_DESIGN = "design"
_WEIGHTS = {weight.name.lower(): weight for weight in Weight}
_ANSWER_LEXICONS = ("confirms", "rules_out", "standing", "severe", "slight")
_Enum = TypeVar("_Enum", bound=StrEnum)


def rule_versions(folder: Path = BUILT_IN) -> tuple[str, ...]:
    """The versions an installation or an organisation keeps, the newest first."""
    return versions(folder)


def read_rules(folder: Path = BUILT_IN, version: str = "") -> RulePack:
    """The pack of a version, the newest when none is named. Raises QueryPackUnusable with file, place and reason."""
    there = versions(folder)
    chosen = version or (there[0] if there else "")
    if chosen not in there:
        raise QueryPackUnusable(f"(no version {chosen or 'at all'} in {folder.name})")
    home = folder / chosen
    rules, words = open_json(home / "rules.json"), open_json(home / "words.json")
    questions, classification = open_json(home / "questions.json"), open_json(home / "classification.json")
    if rules.get("version").text() != chosen:
        raise rules.get("version").wrong(f"the folder is named {chosen}")
    return RulePack(
        version=chosen,
        publisher=rules.get("publisher").text(),
        rules=_rules(rules.only("version", "publisher", "sources", "rules").get("rules")),
        lexicons=_lexicons(words.only("lexicons", "definitions", "capitals").get("lexicons")),
        caps=_caps(questions.get("caps")),
        answers=_answers(questions.get("answers")),
        neutral=_neutral(questions.get("neutral")),
        yes_no_triggers=_set(questions.get("yes_no_triggers"), Trigger),
        not_significant_triggers=_set(questions.get("not_significant_triggers"), Trigger),
        capitals=frozenset(words.get("capitals").texts()),
        definitions=_plain(words.get("definitions")),
        retention_classes=frozenset(questions.get("retention_classes").texts()),
        presumed=tuple(_link(each) for each in classification.get("presumed").items()),
        inclusions=tuple(_inclusion(each) for each in classification.get("inclusions").items()),
        sources=rules.get("sources").texts(),
    )


def _rules(node: Node) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for each in node.items():
        rule = _rule(each.only("id", "title", "weight", "weak", "why"))
        if rule.id in found:
            raise each.wrong(f"{rule.id} is there twice")
        found[rule.id] = rule
    missing = [rule_id for rule_id in RULE_IDS if rule_id not in found]
    if missing:
        raise node.wrong(f"{missing[0]} is missing")
    return MappingProxyType(found)


def _rule(node: Node) -> Rule:
    rule_id, written = node.get("id").text(), node.get("weight").text()
    if rule_id not in RULE_IDS:
        raise node.get("id").wrong(f"there is no rule {rule_id}")
    by_design = rule_id in BY_DESIGN
    if by_design != (written == _DESIGN):
        raise node.get("weight").wrong(f"{rule_id} is {'always' if by_design else 'never'} {_DESIGN!r}")
    weight = Weight.INFORMATION if by_design else _WEIGHTS.get(written)
    if weight is None:
        raise node.get("weight").wrong(f"one of {', '.join(sorted(_WEIGHTS))} is expected")
    if weight < FLOORS[rule_id]:
        raise node.get("weight").wrong(f"{rule_id} may be raised, never lowered below {FLOORS[rule_id].name.lower()}")
    weak = node.maybe("weak")
    title, why = node.get("title").text(), node.get("why").text()
    return Rule(rule_id, title, weight, why, bool(weak and weak.flag()), by_design)


def _lexicons(node: Node) -> Mapping[str, Lexicon]:
    node.only(*LEXICONS)
    return MappingProxyType({rule: Lexicon(tuple(map(_group, node.get(rule).items()))) for rule in LEXICONS})


def _group(node: Node) -> PhraseGroup:
    node.only("say", "unless", "cased", "unless_documented", "before_diagnosis", "in_excerpts")
    cased, unless, families = node.maybe("cased"), node.maybe("unless"), node.maybe("unless_documented")
    before, excerpts = node.maybe("before_diagnosis"), node.maybe("in_excerpts")
    try:
        say = compiled(node.get("say").texts(), cased=bool(cased and cased.flag()))
        innocent = compiled(unless.texts()) if unless else None
    except BadPhrase as slip:
        raise node.wrong(str(slip)) from None
    if say is None:
        raise node.get("say").wrong("no phrase is there")
    return PhraseGroup(
        say,
        innocent,
        frozenset(families.texts()) if families else frozenset(),
        before_diagnosis=bool(before and before.flag()),
        in_excerpts=bool(excerpts and excerpts.flag()),
    )


def _plain(node: Node) -> Lexicon:
    """A bare list of phrases."""
    try:
        say = compiled(node.texts())
    except BadPhrase as slip:
        raise node.wrong(str(slip)) from None
    return Lexicon((PhraseGroup(say),) if say else ())


def _caps(node: Node) -> Caps:
    names = [each.name for each in fields(Caps)]
    node.only(*names)
    return Caps(**{name: node.get(name).number() for name in names})


def _answers(node: Node) -> Answers:
    node.only("wordings", "recognised", "confirmed", "ruled_out", *_ANSWER_LEXICONS)
    wordings = {_one(each, key, OptionKind): each.text() for key, each in node.get("wordings").members()}
    absent = [kind.value for kind in OptionKind if kind is not OptionKind.ANSWER and kind not in wordings]
    if absent:
        raise node.get("wordings").wrong(f"{absent[0]!r} is missing")
    recognised = {_one(each, key, OptionKind): _plain(each) for key, each in node.get("recognised").members()}
    return Answers(
        MappingProxyType(wordings),
        MappingProxyType(recognised),
        node.get("confirmed").text(),
        node.get("ruled_out").text(),
        *(_plain(node.get(name)) for name in _ANSWER_LEXICONS),
    )


def _neutral(node: Node) -> Mapping[Trigger, NeutralQuestion]:
    found = {_one(each, key, Trigger): _question(each) for key, each in node.members()}
    absent = [trigger.value for trigger in Trigger if trigger not in found]
    if absent:
        raise node.wrong(f"{absent[0]!r} is missing")
    return MappingProxyType(found)


def _question(node: Node) -> NeutralQuestion:
    node.only("plain", "about", "yes_no")
    yes_no = node.maybe("yes_no")
    return NeutralQuestion(node.get("plain").text(), node.get("about").text(), yes_no.text() if yes_no else "")


def _link(node: Node) -> PresumedLink:
    node.only("first", "second", "code", "says")
    first, second = frozenset(node.get("first").texts()), frozenset(node.get("second").texts())
    return PresumedLink(first, second, node.get("code").text(), node.get("says").text())


def _inclusion(node: Node) -> Inclusion:
    node.only("documented", "asked", "says")
    return Inclusion(_plain(node.get("documented")), _plain(node.get("asked")), node.get("says").text())


def _set(node: Node, kind: type[_Enum]) -> frozenset[_Enum]:
    return frozenset(_one(each, each.text(), kind) for each in node.items())


def _one(node: Node, text: str, kind: type[_Enum]) -> _Enum:
    try:
        return kind(text)
    except ValueError:
        raise node.wrong(f"{text!r} is not one of {', '.join(each.value for each in kind)}") from None
