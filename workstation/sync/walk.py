"""The daily walk's eyes: which assignments stand and which charts moved, by ids, versions and times alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workstation.cache import documents, encounters, facts
from workstation.desk import Desk
from workstation.domain.encounter import EncounterId
from workstation.domain.mirror import CodingTask
from workstation.errors import ServerRefused
from workstation.fhir.charts import is_readable
from workstation.fhir.client import FhirClient
from workstation.fhir.incoming import version
from workstation.fhir.reading import at, each, moment, reference, text
from workstation.sealed_db import Connection

Resource = dict[str, Any]
OVERLAP = timedelta(minutes=2)  # second-coarse clocks and late commits of the server fall within it
AT_ONCE = 25  # charts asked about in one request
PAGE = ("_count", "100")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of resource a chart is made of: by what it is found, and where it names that."""

    kind: str
    param: str
    element: str  # "" where it is the resource itself
    of_patient: bool = False


DOCUMENTS = Part("DocumentReference", "encounter", "context")
PARTS = (
    Part("Encounter", "_id", ""),
    Part("Observation", "encounter", "encounter"),
    Part("MedicationRequest", "encounter", "encounter"),
    Part("MedicationAdministration", "context", "context"),
    Part("Patient", "_id", "", of_patient=True),
    Part("Condition", "patient", "subject", of_patient=True),
    Part("Coverage", "beneficiary", "beneficiary", of_patient=True),
)


class ChartMarks:
    """Asks what moved in the charts held whole since the last walk. Nothing clinical is asked for, shown or kept."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client

    def moved(self, standing: Iterable[CodingTask]) -> frozenset[EncounterId]:
        """The encounters whose charts have to be fetched anew. Raises ServerTrouble."""

        def look(db: Connection) -> tuple[list[CodingTask], str, str]:
            complete = encounters.complete_ones(db)
            whole = [task for task in standing if task.encounter_id in complete]
            return whole, facts.get(db, "charts_at"), facts.get(db, "watermark")

        whole, charts_at, watermark = self._desk.db.read(look).result()
        since = moment(charts_at)
        found: set[EncounterId] = set()
        if since is None:  # nothing is known of these charts' age
            found.update(task.encounter_id for task in whole)
        else:
            for start in range(0, len(whole), AT_ONCE):
                found |= self._part(whole[start : start + AT_ONCE], since)

        def note(db: Connection) -> None:
            # the server's own time, of before this walk: whatever changes in a chart from now on is newer
            facts.put(db, "charts_at", watermark or charts_at)
            facts.add_names(db, facts.STALE, found)

        self._desk.db.write(note).result()
        return frozenset(found)

    def _part(self, tasks: list[CodingTask], since: datetime) -> set[EncounterId]:
        """A server that does not take such a search has its charts fetched whole."""
        by_patient: dict[str, set[EncounterId]] = {}
        for task in tasks:
            by_patient.setdefault(task.patient_id, set()).add(task.encounter_id)
        everything = {task.encounter_id for task in tasks}
        try:
            found = self._documents_moved(everything)
            for part in PARTS:
                if part.of_patient:
                    names = self._changed(part, "Patient", by_patient, since)
                    found |= {encounter for name in names for encounter in by_patient.get(name, ())}
                else:
                    found |= everything & set(map(EncounterId, self._changed(part, "Encounter", everything, since)))
        except ServerRefused:
            return everything
        return found

    def _changed(self, part: Part, about: str, names: Iterable[str], since: datetime) -> set[str]:
        """Of which encounters or patients something changed since a time."""
        wanted = [name for name in names if name]
        values = wanted if part.param == "_id" else [f"{about}/{name}" for name in wanted]
        if not values:
            return set()
        params = [
            (part.param, ",".join(values)),
            ("_lastUpdated", f"ge{(since - OVERLAP).isoformat()}"),
            ("_elements", part.element or "id"),
            PAGE,
        ]
        return {name for resource in self._search(part.kind, params) for name in _names(resource, part.element, about)}

    def _documents_moved(self, of: set[EncounterId]) -> set[EncounterId]:
        """Documents by id and version: one that was taken out of a chart is in no list of changes."""
        held = self._desk.db.read(lambda db: {name: documents.versions_of(db, name) for name in of}).result()
        there: dict[EncounterId, dict[str, str]] = {name: {} for name in of}
        values = ",".join(f"Encounter/{name}" for name in sorted(of))
        params = [(DOCUMENTS.param, values), ("_elements", "context,status"), PAGE]
        for resource in filter(is_readable, self._search(DOCUMENTS.kind, params)):
            for name in _names(resource, DOCUMENTS.element, "Encounter"):
                there.get(EncounterId(name), {})[text(resource, "id")] = version(resource)
        return {name for name in of if held[name] != there[name]}

    def _search(self, kind: str, params: list[tuple[str, str]]) -> Iterator[Resource]:
        for page in self._client.pages(kind, params):
            yield from (resource for resource in page.matches if resource.get("resourceType") == kind)


def _names(resource: Resource, element: str, about: str) -> set[str]:
    """The encounters or patients a resource belongs to; its own id where it is one of them itself."""
    if not element:
        return {text(resource, "id")}
    value = at(resource, element)  # a reference, or the context of a document with several
    found = [value, *each(value, "encounter")]
    return {name.partition("/")[2] for one in found if (name := reference(one, about))}
