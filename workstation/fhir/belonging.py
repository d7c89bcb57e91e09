"""Whether what a search brought is what was asked for: a server may leave out a parameter it does not know, and say nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workstation.fhir.reading import at, each, reference_id, text

Resource = dict[str, Any]

#: Where resources of a chart name whose they are.
_WHOSE = ("subject", "patient", "beneficiary")


def with_identifier(found: Iterable[Resource], system: str, value: str) -> tuple[Resource, ...]:
    """Those that carry an identifier."""
    return tuple(one for one in found if _identified(one, system, value))


def _identified(resource: Resource, system: str, value: str) -> bool:
    return any(text(one, "value") == value and text(one, "system") == system for one in each(resource, "identifier"))


def of_chart(found: Iterable[Resource], encounter_id: str, patient_id: str) -> list[Resource]:
    """Those that name this encounter or none, and nobody but this patient; an empty id is not compared."""
    return [one for one in found if _is_of(one, encounter_id, patient_id)]


def _is_of(resource: Resource, encounter_id: str, patient_id: str) -> bool:
    whose = {who for place in _WHOSE if (who := reference_id(at(resource, place), "Patient"))}
    places = [at(resource, "encounter"), at(resource, "context"), *each(resource, "context", "encounter")]
    stays = {stay for place in places if (stay := reference_id(place, "Encounter"))}
    right_patient = not patient_id or whose <= {patient_id}
    return right_patient and (not encounter_id or not stays or encounter_id in stays)
