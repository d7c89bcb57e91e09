"""What the server sent of one assignment and its chart, ready for the mirror."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workstation.domain.encounter import DocumentId, Encounter, EncounterClass, EncounterId, PatientId, TaskId

#: Task states in which a coder has something to do or has just done it.
OPEN_STATES = frozenset({"requested", "received", "accepted", "in-progress", "on-hold", "ready"})
GONE_STATES = frozenset({"cancelled", "entered-in-error", "rejected", "failed"})


@dataclass(frozen=True, slots=True)
class CodingTask:
    """One assignment. `raw` is the resource as sent: it is put back with our changes, the rest untouched."""

    id: TaskId
    version: str
    encounter_id: EncounterId
    patient_id: PatientId
    status: str  # Task.status
    owner: str  # Practitioner id, "" when nobody's
    priority: str
    due_at: datetime | None
    last_updated: str  # meta.lastUpdated as the server wrote it
    worklist: str
    raw: str
    withdrawn: str = ""  # why it is no longer this coder's, "" while it is


@dataclass(frozen=True, slots=True)
class Attachment:
    """Where a document's content lies and what it must be."""

    document_id: DocumentId
    version: str
    url: str
    media_type: str
    charset: str
    size: int | None
    sha1: str  # base64, as FHIR writes it; "" when not given
    inline: bytes | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A document's content: plain text where it has one, else its bytes, else why it cannot be shown."""

    document_id: DocumentId
    version: str
    media_type: str
    text: str | None
    body: bytes | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One encounter as it goes into the mirror."""

    encounter: Encounter
    version: str
    service: str
    attachments: tuple[Attachment, ...] = ()


# Who may establish a diagnosis (ICD-10-CM Guidelines: physician or other practitioner legally accountable for it).
_DIAGNOSING = frozenset(
    {"MD", "DO", "MBBS", "NP", "FNP", "ACNP", "AGACNP", "CRNP", "APRN", "ARNP", "DNP", "CNM", "CRNA", "CNS",
     "PA", "PA-C", "PAC", "DPM", "DDS", "DMD", "OD", "DC", "PSYD"}
)  # fmt: skip
_REPORTS = frozenset({"18748-4", "11526-1"})  # imaging and pathology


def may_diagnose(credential: str, type_code: str, encounter_class: EncounterClass) -> bool:
    """Whether a diagnosis may rest on a document of this author and type.

    An inpatient imaging or pathology report alone does not carry one (Guidelines III.B): the attending's words do.
    """
    if encounter_class is EncounterClass.INPATIENT and type_code in _REPORTS:
        return False
    letters = {part.strip(" .").upper().replace(".", "") for part in credential.replace("/", ",").split(",")}
    return bool(letters & _DIAGNOSING)
