"""What in a coder's own words says who the patient is, in plain words, and the words to say instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from workstation.domain.encounter import Patient, PatientId
from workstation.domain.redaction.cover import identifiers, spans
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import known_patient
from workstation.domain.redaction.redactor import identifiers_in

Named = tuple[int, int, str]  # start and end in characters, and what stands there in plain words
Find = Callable[[str], tuple[Named, ...]]

#: What stands there, and what to say instead. First come, first served where two overlap.
INSTEAD = {
    "patient's name": "the patient",
    "relative's name": "a relative",
    "record number": "the record number",
    "account number": "the account number",
    "date of birth": "the date of birth",
    "phone number": "a phone number",
    "address": "the address",
}
KINDS = {
    Identifier.NAME: "patient's name",
    Identifier.RELATIVE: "relative's name",
    Identifier.MRN: "record number",
    Identifier.ACCOUNT: "account number",
    Identifier.DATE: "date of birth",
    Identifier.PHONE: "phone number",
    Identifier.FAX: "phone number",
    Identifier.ADDRESS: "address",
    Identifier.CITY: "address",
    Identifier.ZIP: "address",
}
_OTHERWISE = "the patient"

# Family and given names that are words of a chart too: "white count", "young adult", "may resume".
_BOTH = """april ball banks bean beard bell berry best bill black blood bloom blue bone branch brown burns bush camp case chance
    chase church cole cook cough cross daily dale day dean early east eye faith field fields fine finger fish flood
    flowers foot forest fox frank gene glass good grace grant gray green grey hall hand hands hardy hart head heath heart
    hill hope house hunter iris ivy joy june justice key kidney king lamb land lane large leg little lively long love low
    lung major march mark marsh may mercy miles moody moon north olive page pain park pat pearl penny pike post powers
    price rash ray rich ring root rose sage sales sands sharp short silver small spring staff star stone street strong
    stump summer tender vein wade wait wall ward warm waters way weeks wells west white will wise wood woods worth
    york young"""
_WORDS = frozenset(_BOTH.split())
_TITLE = re.compile(r"\b(?:mr|mrs|ms|miss|mx)\.?\s+$", re.IGNORECASE)
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:;\n]\s*|[\"“(-]\s?)$")
_BETWEEN = re.compile(r"[\s,]+(?:[A-Za-z]\.\s+)?")


def nobody(text: str) -> tuple[Named, ...]:
    """The finder where no encounter is open."""
    del text
    return ()


def finder(patient: Patient, account_number: str) -> Find:
    """Finds what is known of this patient. The one place that knows how the identifiers of a text are found."""
    whole = known_patient(patient, account_number)
    known = tuple((kind, identifiers(*whose)) for kind, whose in _apart(patient, account_number))

    def find(text: str) -> tuple[Named, ...]:
        found: list[Named] = []
        for kind, names in known:
            for at, end in spans(text, names) if names else ():
                start = at - 1 if text[at - 1 : at] == "(" and ")" in text[at:end] else at
                if kind.endswith("name") and _is_a_word(text, start, end):
                    continue
                if all(end <= before or start >= after for before, after, _ in found):
                    found.append((start, end, kind))
        for removal in identifiers_in(text, whole):  # the redactor's own look: slips, short forms, other spellings
            kind = KINDS.get(removal.kind, "")
            start, end = removal.start, removal.end
            if not kind or (kind.endswith("name") and _is_a_word(text, start, end)):
                continue
            if all(end <= before or start >= after for before, after, _ in found):
                found.append((start, end, kind))
        return _joined(text, sorted(found))

    return find


def taken_out(text: str, named: Named) -> str:
    """The neutral words for what stands there: with its 's, and with a capital where a sentence begins."""
    start, end, kind = named
    words = INSTEAD.get(kind, _OTHERWISE)
    if re.search(r"['’]s$", text[start:end]):
        words += "'s"
    before = text[:start].rstrip(" ")
    begins = not before or before[-1] in ".!?\n"
    return words[0].upper() + words[1:] if begins else words


def _apart(patient: Patient, account_number: str) -> tuple[tuple[str, tuple[Patient, str]], ...]:
    """The patient in parts, one for each kind of identifier."""
    empty = Patient(PatientId(""), "", (), "", None, "")
    return (
        ("patient's name", (replace(empty, family=patient.family, given=patient.given), "")),
        ("record number", (replace(empty, mrn=patient.mrn), "")),
        ("account number", (empty, account_number)),
        ("date of birth", (replace(empty, birth_date=patient.birth_date), "")),
        ("phone number", (replace(empty, phones=patient.phones), "")),
        ("address", (replace(empty, addresses=patient.addresses), "")),
        ("relative's name", (replace(empty, relatives=patient.relatives), "")),
    )


def _is_a_word(text: str, start: int, end: int) -> bool:
    """Whether a name that is a word too is the word here: small, or with the capital of a sentence's beginning."""
    shown = text[start:end]
    if re.sub(r"['’]s$", "", shown).casefold() not in _WORDS or _TITLE.search(text[:start]):
        return False
    return shown[0].islower() or _SENTENCE_BEGINS.search(text[:start]) is not None


def _joined(text: str, found: list[Named]) -> tuple[Named, ...]:
    """First and last name as one, with the title before them."""
    joined: list[Named] = []
    for start, end, kind in found:
        title = _TITLE.search(text[:start]) if kind.endswith("name") else None
        at = title.start() if title else start
        names = bool(joined) and kind.endswith("name") and joined[-1][2].endswith("name")
        if names and _BETWEEN.fullmatch(text[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end, joined[-1][2])
        else:
            joined.append((at, end, kind))
    return tuple(joined)
