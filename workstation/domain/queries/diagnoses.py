"""Which diagnoses a text names, and which of them providers have documented."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from workstation.domain.encounter import DocumentId, Encounter

# Imaging, pathology and echocardiography: a physician's interpretation that may be put to the treating provider.
REPORT_TYPES = frozenset({"18748-4", "11526-1", "34552-0", "42148-7"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A diagnosis named in a text. Two mentions of one `family` are about the same disease."""

    start: int
    end: int
    term: str
    family: str


class DiagnosisTerms(Protocol):
    """The diagnosis names the program knows."""

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """In order, without overlaps; the longest name wins."""


class Standing(Enum):
    """What a writer says of the diagnosis they name."""

    STATED = auto()
    HISTORY = auto()
    UNCERTAIN = auto()
    RULED_OUT = auto()
    FAMILY = auto()


class Basis(Enum):
    """Who documented a diagnosis."""

    PROVIDER = auto()
    REPORT = auto()  # interpreted by a physician who does not treat the patient


@dataclass(frozen=True, slots=True)
class Documented:
    """A diagnosis somebody documented, with where."""

    family: str
    term: str
    document_id: DocumentId
    start: int
    end: int
    basis: Basis = Basis.PROVIDER


_END_OF_CLAUSE = re.compile(r"[.;!](?=\s|$)|\n\s*\n|\n\s*(?=\d{1,2}[.)]\s|[-•*]\s)|:\s")
_TURN = re.compile(r"\b(?:but|however|although|except|though|yet|instead|now with|presents with)\b", re.IGNORECASE)
_LIST_DENIAL = re.compile(
    r"\b(?:denies|denied|denying|negative for|neg for|no (?:evidence|sign|signs|history|hx|documentation|indication|"
    r"suspicion|features?) (?:of|for)|absence of|free of|ruled out|rules out|excluded|doubt|never had|without evidence of|"
    r"not consistent with|no longer has|does not have|did not have)\b",
    re.IGNORECASE,
)
_NEAR_DENIAL = re.compile(
    r"\b(?:no|not|without|w/o|never|nor|neither|non)\b[\s-]*(?:[\w/-]+[\s,]+){0,4}$", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\b(?:possible|possibly|probable|probably|suspected|suspect|suspects|suspicion (?:of|for)|concern(?:ing|ed)? (?:for|of)|"
    r"likely|rule out|r/o|questionable|consider(?:ing)?|cannot (?:exclude|rule out)|can't (?:exclude|rule out)|consistent with|"
    r"compatible with|suggest(?:s|ive|ing)?(?: of)?|evaluat(?:e|ion) for|work-?up (?:for|of)|may have|might have|could be|"
    r"could have|may be|might be|differential|ddx|risk (?:of|for)|at risk|prevent(?:ion of)?|prophylaxis|screen(?:ing|ed)? for|"
    r"if|watch(?:ing)? for|monitor(?:ing)? for|assess for|test(?:ed|ing)? for|versus|vs\.?|worrisome for|queried|query)\b"
    r"(?:[\s,]+[\w/'’-]+){0,6}[\s,:(]*$",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"\b(?:history of|hx of|h/o|hx|s/p|status post)\b(?:[\s,]+[\w/'’-]+){0,5}[\s,]*$", re.IGNORECASE)
_FAMILY = re.compile(
    r"\b(?:family history|family hx|fhx?|father|mother|brother|sister|parents?|sibling|grand\w+|aunt|uncle|cousin|son|"
    r"daughter|wife|husband)\b",
    re.IGNORECASE,
)
_AFTER_DOUBT = re.compile(
    r"\s*(?:\?|(?:vs\.?|versus)\b|(?:is |was |remains |still )?(?:suspected|possible|likely|questionable|prophylaxis|ppx|"
    r"precautions?|risk|screen(?:ing)?|protocol|workup|work-up|pathway|prevention|education|bundle|criteria|score)\b)",
    re.IGNORECASE,
)
_AFTER_DENIAL = re.compile(
    r"\s*(?:(?:is |was |were |has been |have been |had been )?(?:ruled out|excluded|unlikely|"
    r"not (?:favored|suspected|present|seen|identified|likely)|negative|absent|denied)|:\s*(?:no|none|negative|denies)\b)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^[ \t]*([A-Z][A-Z /,&()'-]{3,60}?):?[ \t]*$|^[ \t]*([A-Za-z][A-Za-z /&-]{2,40}):", re.MULTILINE)
_FAMILY_HEADING = re.compile(r"\b(?:family|fhx?)\b", re.IGNORECASE)
_WINDOW = 160  # characters before a mention that may speak of it


def standing(text: str, mention: Mention) -> Standing:
    """What the words around a mention make of it, within its own clause (headings apart)."""
    before = _clause_before(text, mention.start)
    after = text[mention.end : mention.end + 40]
    if _FAMILY.search(before):
        return Standing.FAMILY
    if _AFTER_DENIAL.match(after) or _LIST_DENIAL.search(before) or _NEAR_DENIAL.search(before):
        return Standing.RULED_OUT
    if _AFTER_DOUBT.match(after) or _DOUBT.search(before):
        return Standing.UNCERTAIN
    if _HISTORY.search(before):
        return Standing.HISTORY
    return Standing.STATED


def documented(encounter: Encounter, texts: Mapping[DocumentId, str], terms: DiagnosisTerms) -> tuple[Documented, ...]:
    """What providers documented in this encounter, the first place of each family and basis.

    A code may rest only on a provider's words, so notes of nurses, dietitians and therapists do not count; nor does
    what was ruled out, is uncertain, or is the family's.
    """
    found: dict[tuple[str, Basis], Documented] = {}
    for document in encounter.documents:
        if document.encounter_id != encounter.id:
            continue
        is_report = document.type_code in REPORT_TYPES
        if not (document.author_is_provider or is_report):
            continue
        text = texts.get(document.id, "")
        headings = _headings(text)
        basis = Basis.PROVIDER if document.author_is_provider else Basis.REPORT
        for mention in terms.mentions(text):
            if (mention.family, basis) in found or _under_family(headings, mention.start):
                continue
            if standing(text, mention) in (Standing.STATED, Standing.HISTORY):
                found[mention.family, basis] = Documented(
                    mention.family, mention.term, document.id, mention.start, mention.end, basis
                )
    return tuple(found.values())


def _clause_before(text: str, start: int) -> str:
    window = text[max(0, start - _WINDOW) : start]
    cut = 0
    for match in _END_OF_CLAUSE.finditer(window):
        cut = match.end()
    for match in _TURN.finditer(window, cut):
        cut = match.end()
    return window[cut:]


def _headings(text: str) -> tuple[list[int], list[bool]]:
    starts, is_family = [], []
    for match in _HEADING.finditer(text):
        starts.append(match.start())
        is_family.append(bool(_FAMILY_HEADING.search(match.group(1) or match.group(2))))
    return starts, is_family


def _under_family(headings: tuple[list[int], list[bool]], at: int) -> bool:
    starts, is_family = headings
    place = bisect_right(starts, at) - 1
    return place >= 0 and is_family[place]
