"""Unspecified codes: would the words in evidence support a more specific one?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workstation.domain.codes import CodeFacts
from workstation.domain.coding import Line
from workstation.domain.edits.finding import Case, Finding, Level

_WORD = re.compile(r"[a-z0-9]+")
_VAGUE = frozenset({
    "unspecified", "other", "specified", "and", "of", "the", "or", "with", "without", "not", "due", "to", "in", "by",
    "type", "site", "side", "encounter", "initial", "for", "as", "on",
})  # fmt: skip
_ALIKE = {"rt": "right", "lt": "left", "r": "right", "l": "left", "bilat": "bilateral", "b/l": "bilateral"}


def rules(case: Case) -> Iterator[Finding]:
    for line in case.diagnoses:
        facts = case.reference.look_up(line.code, case.on)
        title = facts.title.lower()
        if "unspecified" not in title:
            continue
        near = case.reference.siblings(line.code, case.on)
        choices = [f for f in near if f.title.lower().count("unspecified") < title.count("unspecified")]
        supported = _supported(line, facts, choices)
        if supported:
            listed = ", ".join(f"{f.code} {f.title}" for f in supported[:3])
            yield Finding("more-specific", Level.WARNING, f"The words in evidence for {line.code} say more.",
                          f"Consider {listed}.", "ICD-10-CM Guidelines I.B.2 and I.B.18", line.id,
                          tuple(f.code for f in supported[:3]))  # fmt: skip
        elif case.encounter.is_inpatient and "unspecified" in case.reference.flags(line.code, case.on):
            yield Finding("unspecified", Level.WARNING, f"{line.code} does not say which side or site.",
                          "See whether the chart says it; if it does not, ask the provider or keep the code.",
                          "Definitions of Medicare Code Edits: unspecified code (from 2022-04-01)", line.id,
                          tuple(f.code for f in choices[:3]))  # fmt: skip


def _words(text: str) -> set[str]:
    return {_ALIKE.get(word, word) for word in _WORD.findall(text.lower())}


def _supported(line: Line, facts: CodeFacts, choices: list[CodeFacts]) -> list[CodeFacts]:
    """The siblings whose own words all stand in the evidence, those that say most first."""
    if not line.evidence:
        return []
    said = _words(" ".join(passage.text for passage in line.evidence))
    own = _words(facts.title)
    found: list[tuple[int, CodeFacts]] = []
    for choice in choices:
        more = _words(choice.title) - own - _VAGUE
        if more and more <= said:
            found.append((len(more), choice))
    best = max((count for count, _ in found), default=0)
    return [choice for count, choice in found if count == best]
