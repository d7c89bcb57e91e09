"""Which diagnoses providers have documented in an encounter."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from workstation.domain.encounter import DocumentId, Encounter
from workstation.domain.queries.mentions import DiagnosisTerms
from workstation.domain.queries.standing import Standing, standing

# Imaging, pathology and echocardiography: a physician's interpretation that may be put to the treating provider.
REPORT_TYPES = frozenset({"18748-4", "11526-1", "34552-0", "42148-7"})
_DOCUMENTS = (Standing.STATED, Standing.HISTORY)
_HEADING = re.compile(r"^[ \t]*([A-Z][A-Z /,&()'-]{3,60}?):?[ \t]*$|^[ \t]*([A-Za-z][A-Za-z /&-]{2,40}):", re.MULTILINE)
_FAMILY_HEADING = re.compile(r"\b(?:family|fhx?)\b", re.IGNORECASE)


class Basis(Enum):
    """Who documented a diagnosis."""

    PROVIDER = auto()
    REPORT = auto()  # interpreted by a physician who does not treat the patient


@dataclass(frozen=True, slots=True)
class Documented:
    """A diagnosis somebody documented, with its first place and all that was said of it: acute, stage 3, diastolic."""

    family: str
    term: str
    document_id: DocumentId
    start: int
    end: int
    basis: Basis = Basis.PROVIDER
    qualifiers: frozenset[str] = frozenset()
    documents: frozenset[DocumentId] = frozenset()  # every one that documents it


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
            known = found.get((mention.family, basis))
            if known and document.id in known.documents and mention.qualifiers <= known.qualifiers:
                continue
            if _under_family(headings, mention.start) or standing(text, mention) not in _DOCUMENTS:
                continue
            one = Documented(
                mention.family, mention.term, document.id, mention.start, mention.end, basis, mention.qualifiers,
                frozenset({document.id}),
            )  # fmt: skip
            found[mention.family, basis] = _joined(known, one) if known else one
    return tuple(found.values())


def _joined(known: Documented, more: Documented) -> Documented:
    """The first place stays; what was said and where adds up."""
    return replace(known, qualifiers=known.qualifiers | more.qualifiers, documents=known.documents | more.documents)


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
