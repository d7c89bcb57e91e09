"""Fetch one chart: the encounter, what it refers to, and each document's content not held yet."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workstation.cache import contents, encounters
from workstation.desk import Desk
from workstation.documents import reading
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.mirror import Attachment, Chart, CodingTask, Content
from workstation.errors import MalformedAnswer, ServerRefused
from workstation.fhir.belonging import of_chart
from workstation.fhir.charts import ChartParts, chart, wanted
from workstation.fhir.client import FhirClient
from workstation.fhir.reading import at, reference_id
from workstation.ids import uuid7
from workstation.sealed_db import Connection

Resource = dict[str, Any]
PAGE = ("_count", "100")
MOST_OF_A_KIND = 20_000
MOST_HELD = 1_000_000  # characters or bytes of contents that wait to be written

# only what is shown or needed to code is asked for, and whose it is; meta says the version and who may not read it
_DOCUMENT = "meta,status,docStatus,type,subject,date,author,relatesTo,description,content,context"
_OBSERVATION = (
    "subject,encounter,status,category,code,effectiveDateTime,effectivePeriod,valueQuantity,valueString,valueCodeableConcept,"
    "valueInteger,valueBoolean,valueDateTime,dataAbsentReason,interpretation,referenceRange,component,basedOn"
)
_CONDITION = "subject,encounter,clinicalStatus,verificationStatus,category,code,onsetDateTime,onsetString"
_ORDER = "subject,encounter,status,intent,medicationCodeableConcept,medicationReference,dosageInstruction"
_DOSE = "subject,status,medicationCodeableConcept,medicationReference,effectiveDateTime,effectivePeriod,request,dosage,context"
_STAFF = ("Practitioner/", "Organization/")
_COVERAGE = "status,type,beneficiary,payor,class"


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a chart came in."""

    complete: bool
    new_documents: int


def fetch(
    desk: Desk, client: FhirClient, task: CodingTask, going_on: Callable[[], bool], staff: dict[str, Resource]
) -> Fetched:
    """Bring one chart into the mirror, on record as a fetch. Raises ServerTrouble.

    `staff` holds the people and organisations that came with other charts lately; it grows.
    """
    request_id = uuid7()
    subject = Subject(f"Patient/{task.patient_id}", f"Encounter/{task.encounter_id}")

    def prepare() -> Callable[[Connection], Chart]:
        found = chart(parts_of(client, task, request_id, staff))
        if found.encounter.id != task.encounter_id:
            raise MalformedAnswer("Another encounter came than was asked for.")

        def write(db: Connection) -> Chart:
            encounters.put(db, found, desk.now())
            return found

        return write

    came = desk.act_after(Intent(Act.FETCH, subject, request_id=request_id), prepare)
    return _fetch_contents(desk, client, came, request_id, going_on)


def parts_of(
    client: FhirClient, task: CodingTask, request_id: str, staff: dict[str, Resource] | None = None
) -> ChartParts:
    """Everything the server has of one chart but the documents' contents. Raises ServerTrouble."""

    def search(kind: str, *params: tuple[str, str], stay: str = task.encounter_id) -> list[Resource]:
        found: list[Resource] = []
        for page in client.pages(kind, [*params, PAGE], request_id=request_id):
            found += of_chart((r for r in page.matches if r.get("resourceType") == kind), stay, patient_id)
            parts.others.update({f"{r['resourceType']}/{r.get('id')}": r for r in page.included})
            if len(found) > MOST_OF_A_KIND:
                raise MalformedAnswer("A chart has more entries than this workstation takes.")
        return found

    name = f"Encounter/{task.encounter_id}"
    parts = ChartParts(client.read(name, request_id=request_id).resource, task.id)
    # whose it is the encounter says: after two patients were made one, the assignment may still name the old
    patient_id = reference_id(at(parts.encounter, "subject"), "Patient") or task.patient_id
    parts.documents = search(
        "DocumentReference", ("encounter", name), ("_include", "DocumentReference:author"), ("_elements", _DOCUMENT)
    )
    parts.observations = search("Observation", ("encounter", name), ("_elements", _OBSERVATION))
    parts.requests = search("MedicationRequest", ("encounter", name), ("_elements", _ORDER))
    parts.administrations = search("MedicationAdministration", ("context", name), ("_elements", _DOSE))
    listed = search("Condition", ("encounter", name), ("_elements", _CONDITION))
    patient = f"Patient/{patient_id}"
    if patient_id:
        listed += search(
            "Condition", ("patient", patient), ("category", "problem-list-item"), ("_elements", _CONDITION), stay=""
        )
        parts.coverages = search("Coverage", ("beneficiary", patient), ("_elements", _COVERAGE), stay="")
    parts.conditions = list({str(c.get("id")): c for c in listed}.values())
    known = {} if staff is None else staff
    for reference in wanted(parts):
        if reference in known:
            parts.others |= {reference: known[reference]} if known[reference] else {}
            continue
        try:
            parts.others[reference] = client.read(reference, request_id=request_id).resource
        except ServerRefused as refused:
            # one person or organisation the coder may not read does not hold back the chart
            if refused.status not in (403, 404, 410) or reference == patient:
                raise
            if reference.startswith(_STAFF):
                known[reference] = {}
    known.update({name: found for name, found in parts.others.items() if name.startswith(_STAFF)})
    return parts


def _fetch_contents(
    desk: Desk, client: FhirClient, came: Chart, request_id: str, going_on: Callable[[], bool]
) -> Fetched:
    encounter_id = came.encounter.id
    held = desk.db.read(lambda db: contents.held(db, encounter_id)).result()
    missing = [a for a in came.attachments if held.get(a.document_id) != a.version]
    here: list[Content] = []  # a commit costs more than a note: they are written together, a large one at once

    def keep(*, last: bool) -> None:
        written, here[:] = tuple(here), ()

        def write(db: Connection) -> None:
            for content in written:
                contents.put(db, content)
            if last:
                encounters.complete(db, encounter_id)

        if written or last:
            desk.db.write(write).result()

    complete = True
    try:
        for attachment in missing:
            if not going_on():
                return Fetched(False, 0)
            content = content_of(client, attachment, request_id)
            if content is None:
                complete = False
                continue
            here.append(content)
            if sum(len(one.text or one.body or "") for one in here) > MOST_HELD:
                keep(last=False)
        keep(last=complete)
    finally:
        keep(last=False)  # also what had come when the network went
    return Fetched(complete, len(missing))


def content_of(client: FhirClient, attachment: Attachment, request_id: str) -> Content | None:
    """A document's content, or a fault in its place; None when it may come later."""
    try:
        body = _body(client, attachment, request_id)
    except MalformedAnswer as malformed:
        return _fault(attachment, malformed.detail)
    except ServerRefused as refused:
        if refused.status in (403, 404, 410):
            return _fault(attachment, f"The server does not give it ({refused.status}).")
        return None
    return reading.read(attachment, body)


def _body(client: FhirClient, attachment: Attachment, request_id: str) -> bytes:
    if attachment.inline is not None:
        try:
            return base64.b64decode(attachment.inline)
        except (binascii.Error, ValueError):
            raise MalformedAnswer("Its content cannot be read.") from None
    if not attachment.url:
        raise MalformedAnswer("The chart does not say where its content lies.")
    return client.document(attachment.url, attachment.media_type, request_id=request_id)


def _fault(attachment: Attachment, why: str) -> Content:
    return Content(attachment.document_id, attachment.version, attachment.media_type, None, None, why)
