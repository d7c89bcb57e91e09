"""What of a chart goes into the making of a copy: its text documents, and its tables written as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from workstation.domain.access import age_on
from workstation.domain.encounter import DocumentId, Encounter, EncounterClass, Result
from workstation.domain.mirror import Content
from workstation.domain.teaching.dates import DateWords
from workstation.domain.teaching.headings import heading_of

_CLASSES = {
    EncounterClass.INPATIENT: "Inpatient stay",
    EncounterClass.EMERGENCY: "Emergency department visit",
    EncounterClass.AMBULATORY: "Outpatient visit",
    EncounterClass.OBSERVATION: "Observation stay",
}
OLDEST_SAID = 89  # 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one category
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """One text before it is redacted. Lives in memory alone, never in the cache and never on the screen."""

    heading: str
    when: str
    text: str


def sources(
    encounter: Encounter, contents: Mapping[DocumentId, Content], dates: DateWords
) -> tuple[tuple[Source, ...], int]:
    """The texts in reading order, and how many documents have none: scans, pictures, PDFs, what cannot be read."""
    found = [Source("About this encounter", "", _about(encounter, dates))]
    left_out = 0
    for document in sorted(encounter.documents, key=lambda d: (d.written_at or _LAST, d.id)):
        content = contents.get(document.id)
        if content is None or content.text is None or not any(map(str.isalnum, content.text)):
            left_out += 1
            continue
        found.append(Source(heading_of(document), dates.of(document.written_at), content.text))
    tables = (
        ("Laboratory results", _results(encounter.labs, dates)),
        ("Vital signs", _results(encounter.vitals, dates)),
        ("Medications", "\n".join(_line(m.name, m.dose, m.route, m.frequency) for m in encounter.medications)),
        ("Problem list", "\n".join(_line(p.text, p.onset[:4], p.clinical_status) for p in encounter.problems)),
    )
    found += [Source(heading, "", text + "\n") for heading, text in tables if text]
    return tuple(found), left_out


def pooled_age(born: date | None, on: date | None) -> str:
    """Years, or the one category of everyone over 89; "" when it is not known."""
    if born is None or on is None:
        return ""
    years = age_on(born, on)
    return "90 or older" if years > OLDEST_SAID else str(max(years, 0))


def _about(encounter: Encounter, dates: DateWords) -> str:
    admitted, discharged = encounter.admitted_at, encounter.discharged_at
    age = pooled_age(encounter.patient.birth_date, encounter.service_date)
    lines = [
        ("Encounter", _CLASSES[encounter.encounter_class]),
        ("Sex", encounter.patient.sex),
        ("Age", age),
        ("Began", dates.of(admitted)),
        ("Ended", dates.of(discharged)),
        ("Days", str((discharged.date() - admitted.date()).days) if admitted and discharged else ""),
        ("Admit source", encounter.admit_source),
        ("Discharge status", encounter.disposition),
        ("Admitting diagnosis", encounter.admitting_diagnosis),
        ("Reason", encounter.reason),
    ]
    return "\n".join(f"{name}: {value}" for name, value in lines if value) + "\n"


def _results(results: Iterable[Result], dates: DateWords) -> str:
    return "\n".join(
        _line(
            dates.of(r.taken_at),
            f"{r.name}: {r.value} {r.unit}".strip(),
            r.flag,
            f"(reference {r.reference})" if r.reference else "",
        )
        for r in results
    )


def _line(*parts: str) -> str:
    return "  ".join(part for part in parts if part)
