"""One encounter as a coder reads it: patient, documents, results, drugs and problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

EncounterId = NewType("EncounterId", str)
PatientId = NewType("PatientId", str)
DocumentId = NewType("DocumentId", str)
TaskId = NewType("TaskId", str)
ProviderId = NewType("ProviderId", str)


class EncounterClass(StrEnum):
    """v3-ActCode classes a coder meets."""

    INPATIENT = "IMP"
    EMERGENCY = "EMER"
    AMBULATORY = "AMB"
    OBSERVATION = "OBSENC"


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the chart is about; shown masked until revealed with a reason."""

    id: PatientId
    family: str
    given: tuple[str, ...]
    sex: str  # FHIR administrative-gender
    birth_date: date | None
    mrn: str
    phones: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    relatives: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return ", ".join(part for part in (self.family, " ".join(self.given)) if part)


@dataclass(frozen=True, slots=True)
class Provider:
    """Someone who wrote in the chart."""

    id: ProviderId
    name: str
    credential: str
    role: str  # as the encounter's participant type or the document says; "" when unknown


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the chart without its text."""

    id: DocumentId
    encounter_id: EncounterId
    version: str
    type_code: str  # LOINC
    type_name: str
    title: str
    author: str
    author_is_provider: bool  # a code may rest only on a provider's words
    written_at: datetime | None
    media_type: str  # without parameters: text/plain
    size: int
    status: str  # docStatus: preliminary, final, amended
    appends: DocumentId | None = None
    replaces: DocumentId | None = None
    is_unread: bool = True
    is_here: bool = True  # its content is in the cache


@dataclass(frozen=True, slots=True)
class Result:
    """One laboratory result or vital sign."""

    name: str
    value: str
    unit: str
    reference: str  # "0.7 to 1.3"
    flag: str  # "", H, L, HH, LL, A
    taken_at: datetime | None
    panel: str = ""
    source: str = ""  # Observation/id


@dataclass(frozen=True, slots=True)
class Medication:
    """One drug ordered, and when it was given."""

    name: str
    dose: str
    route: str
    frequency: str
    ordered_status: str
    given_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the problem list."""

    text: str
    onset: str
    clinical_status: str


@dataclass(frozen=True, slots=True)
class Encounter:
    """One stay or visit with everything a coder reads of it, documents without their text."""

    id: EncounterId
    task_id: TaskId
    account_number: str
    patient: Patient
    encounter_class: EncounterClass
    admitted_at: datetime | None
    discharged_at: datetime | None
    admit_source: str
    disposition: str  # NUBC patient discharge status
    facility: str
    coverage: str
    admitting_diagnosis: str
    reason: str
    restricted: bool  # meta.security R or V
    providers: tuple[Provider, ...] = ()
    documents: tuple[Document, ...] = ()
    labs: tuple[Result, ...] = ()
    vitals: tuple[Result, ...] = ()
    medications: tuple[Medication, ...] = ()
    problems: tuple[Problem, ...] = ()
    coverage_ref: str = ""
    provider_org_ref: str = ""

    @property
    def is_inpatient(self) -> bool:
        return self.encounter_class is EncounterClass.INPATIENT

    @property
    def service_date(self) -> date | None:
        """The date codes must be valid on: discharge, else the start of the visit."""
        moment = self.discharged_at or self.admitted_at
        return moment.date() if moment else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document's plain text, in characters from its start."""

    document_id: DocumentId
    start: int
    end: int
    text: str = field(default="", compare=False)
