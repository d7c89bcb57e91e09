"""What is known of this patient before a word is read: the demographics, as values and as look-ups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from workstation.domain.encounter import Encounter, Patient
from workstation.domain.redaction.diminutives import short_forms
from workstation.domain.redaction.folding import folded, slips, unconfused
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import CREDENTIALS, PARTICLES, RELATIONS, SUFFIXES, TITLES
from workstation.domain.redaction.place_words import FACILITY_HEADS, SERVICE_WORDS, STATES

_NO_PART = TITLES | CREDENTIALS | SUFFIXES | PARTICLES
_ZIP = re.compile(r"\b(\d{5})(?:-(\d{4}))?\s*$")
_SHORTEST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Known:
    """All that identifies this patient as far as the server told it; names as people say or file them."""

    patient: tuple[str, ...] = ()
    relatives: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # street lines
    cities: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    numbers: tuple[tuple[Identifier, str], ...] = ()
    birth_date: date | None = None
    encounter_dates: tuple[date, ...] = ()


def known_patient(patient: Patient, account_number: str) -> Known:
    """What identifies the patient alone, for what a coder writes in their own words."""
    lines, cities, zips = _addresses(patient.addresses)
    relatives, phones = [], [phone for phone in patient.phones if "@" not in phone]
    for relative in patient.relatives:  # name, relationship, telephone numbers
        name, *rest = [part.strip() for part in relative.split(",")]
        relatives.append(name)
        phones += [part for part in rest if sum(letter.isdigit() for letter in part) >= 7]
    return Known(
        patient=(" ".join((*patient.given, patient.family)).strip(),),
        relatives=tuple(relatives),
        addresses=tuple(lines),
        cities=tuple(cities),
        zips=tuple(zips),
        phones=tuple(phones),
        emails=tuple(contact for contact in patient.phones if "@" in contact),
        numbers=tuple(
            (kind, value)
            for kind, value in (
                (Identifier.MRN, patient.mrn),
                (Identifier.ACCOUNT, account_number),
            )
            if value
        ),
        birth_date=patient.birth_date,
    )


def known_of(encounter: Encounter, more_providers: Iterable[str] = ()) -> Known:
    """What the chart's own structure says of the patient and of those who wrote in it."""
    patient = known_patient(encounter.patient, encounter.account_number)
    moments = [
        encounter.admitted_at,
        encounter.discharged_at,
        *(document.written_at for document in encounter.documents),
    ]
    wrote = [
        *(provider.name for provider in encounter.providers),
        *(document.author for document in encounter.documents if document.author),
        *more_providers,
    ]
    return replace(
        patient,
        providers=tuple(dict.fromkeys(wrote)),
        facilities=(encounter.facility,) if encounter.facility else (),
        numbers=(*patient.numbers, *(((Identifier.OTHER, str(encounter.id)),) if encounter.id else ())),
        encounter_dates=tuple(sorted({moment.date() for moment in moments if moment})),
    )


def _addresses(texts: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Street lines, towns and ZIP codes of `12 Elm St, Apt 3, Springfield, IL 62704`."""
    lines, cities, zips = [], [], []
    for text in texts:
        found = _ZIP.search(text)
        if found:
            zips.append(found.group().strip())
        before = text[: found.start()] if found else text
        parts = [part.strip() for part in before.split(",") if part.strip()]
        if parts and parts[-1].upper() in STATES:
            parts.pop()
        elif parts and parts[-1].rsplit(" ", 1)[-1] in STATES and " " in parts[-1]:
            parts[-1] = parts[-1].rsplit(" ", 1)[0]
        if len(parts) > 1 and not any(letter.isdigit() for letter in parts[-1]):
            cities.append(parts.pop())
        lines += [part for part in parts if any(letter.isdigit() for letter in part) or len(part.split()) > 1]
    return lines, cities, zips


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a known name."""

    kind: Identifier
    why: str
    person: int  # parts of one name stand together


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """Known, ready to be looked up word by word."""

    names: dict[str, Part]
    unconfused: dict[str, Part]
    skeletons: dict[str, Part]
    slips: dict[str, tuple[str, ...]]
    bones: dict[str, tuple[str, ...]]  # slips of the skeletons of long names
    heads: frozenset[str]  # the first halves of names that a scanner or a line's end may split
    initials: frozenset[str]
    numbers: dict[str, Identifier]  # letters and digits alone
    places: tuple[tuple[tuple[str, ...], Identifier], ...]  # facilities, cities, streets as folded words
    acronyms: frozenset[str]
    days: tuple[date, ...]


def skeleton(word: str) -> str:
    """A folded word with the letters scanners confuse made one: a e c o, i l t 1, h n, u v."""
    for pair, letter in _PAIRS:
        if pair in word:
            word = word.replace(pair, letter)
    return word.translate(_CLASSES)


_PAIRS = (("rn", "m"), ("cl", "d"), ("vv", "w"), ("ri", "n"))
_CLASSES = str.maketrans({"a": "o", "e": "o", "c": "o", "0": "o", "i": "l", "t": "l", "1": "l", "5": "s", "8": "b", "3": "b",
                          "6": "b", "h": "n", "v": "u", "9": "g", "2": "z", "q": "g"})  # fmt: skip


def name_words(name: str) -> list[str]:
    return [word for word in re.split(r"[\s,^]+", name) if word and not word.startswith("(")]


def words_of(text: str) -> tuple[str, ...]:
    return tuple(word for word in (folded(part) for part in re.findall(r"[^\W_]+(?:[.'’-][^\W_]+)*", text)) if word)


@lru_cache(maxsize=16)
def index_of(known: Known) -> KnownIndex:
    names: dict[str, Part] = {}
    initials: set[str] = set()
    groups = (
        (known.patient, Identifier.NAME, "the patient's name"),
        (known.relatives, Identifier.RELATIVE, "a relative's name"),
        (known.providers, Identifier.PROVIDER, "the name of someone who wrote in the chart"),
    )
    person = 0
    for people, kind, why in groups:
        for name in people:
            person += 1
            _add_name(names, initials, name, Part(kind, why, person))
    numbers = {folded(value): kind for kind, value in known.numbers if len(folded(value)) >= _SHORTEST_NUMBER}
    for phone in known.phones:
        digits = "".join(letter for letter in phone if letter.isdigit())
        if len(digits) >= 7:
            numbers[digits] = Identifier.PHONE
            if len(digits) == 11 and digits[0] == "1":
                numbers[digits[1:]] = Identifier.PHONE
    for code in known.zips:
        numbers[folded(code)] = numbers[folded(code)[:5]] = Identifier.ZIP
    places = [
        *((words_of(place), Identifier.FACILITY) for place in known.facilities),
        *((short, Identifier.FACILITY) for place in known.facilities if (short := _short_place(words_of(place)))),
        *((words_of(place), Identifier.ADDRESS) for place in known.addresses),
        *((words_of(place), Identifier.CITY) for place in known.cities),
    ]
    return KnownIndex(
        names=names,
        unconfused={unconfused(word): part for word, part in names.items() if len(word) >= 3},
        skeletons={skeleton(word): part for word, part in names.items() if len(word) >= 3},
        slips=_by_slip((word, word) for word in names if len(word) >= 5),
        bones=_by_slip((skeleton(word), word) for word in names if len(word) >= 7),
        heads=frozenset(word[:length] for word in names if len(word) >= 5 for length in range(1, len(word))),
        initials=frozenset(initials),
        numbers=numbers,
        places=tuple((words, kind) for words, kind in places if words),
        acronyms=frozenset(form for place in known.facilities for form in acronyms_of(place)),
        days=tuple(day for day in (*known.encounter_dates, known.birth_date) if day),
    )


def _by_slip(forms: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Names by every slip of a form of theirs."""
    found: dict[str, list[str]] = {}
    for form, name in forms:
        for slip in slips(form):
            found.setdefault(slip, []).append(name)
    return {slip: tuple(names) for slip, names in found.items()}


def acronym_of(place: str) -> str:
    """`Our Lady of the Lake` is OLL, `Grace-Elmwood Clinic` GEC; "" when too short to mean anything."""
    letters = [
        word[0]
        for word in re.findall(r"[^\W_]+", re.sub(r"['’]s", "", place))
        if word.lower() not in ("of", "the", "and", "at", "for", "in")
    ]
    return "".join(letters).lower() if len(letters) >= 3 else ""


def acronyms_of(place: str) -> set[str]:
    """Both ways: `Sandy Fork VA` is SFV or SFVA."""
    words = [
        word
        for word in re.findall(r"[^\W_]+", re.sub(r"['’]s", "", place))
        if word.lower() not in ("of", "the", "and", "at", "for", "in")
    ]
    whole = "".join(word if len(word) < 4 and word.isupper() else word[0] for word in words).lower()
    return {form for form in (acronym_of(place), whole) if 3 <= len(form) <= 6 and len(words) > 1}


def _short_place(words: tuple[str, ...]) -> tuple[str, ...]:
    """What everyone calls `Quarry Heights Medical Center`; () when nothing is left that says which place."""
    short = words
    while short and short[-1] in FACILITY_HEADS | SERVICE_WORDS:
        short = short[:-1]
    return short if len(short) > 1 and short != words else ()


def _add_name(names: dict[str, Part], initials: set[str], name: str, part: Part) -> None:
    words = [word for word in name_words(name) if folded(word) not in _NO_PART or len(name_words(name)) == 1]
    if "," in name and len(words) > 1:
        words = [*words[1:], words[0]]
    for word in words:
        plain = folded(word)
        pieces = [folded(piece) for piece in re.split(r"[-'’]", word)] if re.search(r"[-'’]", word) else []
        forms = [
            plain,
            *(piece for piece in pieces if len(piece) >= 3),
            *(short_forms(plain) if part.kind is not Identifier.PROVIDER else ()),
        ]
        if part.kind is not Identifier.PROVIDER and word is not words[-1]:
            forms += [plain[:length] for length in range(4, len(plain) - 1)]  # what friends make of it: Fitz, Thea
        for form in forms:
            if len(form) > 1 and form not in RELATIONS:
                names.setdefault(form, part)
    if part.kind is Identifier.NAME and len(words) > 1:
        letters = [folded(word)[:1] for word in words]
        initials |= {letters[0] + letters[-1], "".join(letters), letters[-1] + letters[0]}


__all__ = ["Known", "KnownIndex", "Part", "acronyms_of", "index_of", "known_of", "skeleton"]
