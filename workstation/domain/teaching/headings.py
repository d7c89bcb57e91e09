"""What a section of a teaching copy is called: from its LOINC code alone, as a server's own words may name someone."""

from __future__ import annotations

from workstation.domain.encounter import Document

# LOINC document ontology, the kinds a coder reads.
HEADINGS: dict[str, str] = {
    "18842-5": "Discharge summary",
    "34117-2": "History and physical",
    "11506-3": "Progress note",
    "11488-4": "Consultation",
    "11504-8": "Operative note",
    "28570-0": "Procedure note",
    "18748-4": "Imaging report",
    "11526-1": "Pathology report",
    "34111-5": "Emergency department note",
    "34746-8": "Nursing note",
    "28651-8": "Nursing transfer note",
    "11502-2": "Laboratory report",
    "18761-7": "Transfer summary",
    "34133-9": "Summary of episode",
    "57133-1": "Referral note",
    "68608-9": "Summary note",
    "83320-2": "Anesthesia record",
}
OTHERWISE = "Clinical document"


def heading_of(document: Document) -> str:
    """The kind, and whether a provider wrote it: a code may rest on a provider's words only."""
    kind = HEADINGS.get(document.type_code, OTHERWISE)
    return kind if document.author_is_provider else f"{kind} (not by a provider)"
