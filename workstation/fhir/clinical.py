"""Read results, drugs and problems, as US Core writes them and as older systems do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from workstation.domain.encounter import Medication, Problem, Result
from workstation.fhir import systems
from workstation.fhir.reading import (
    at,
    code,
    codes,
    each,
    moment,
    number,
    partial_day,
    reference,
    text,
    words,
)

Resource = dict[str, Any]
_FIRST = datetime.min.replace(tzinfo=UTC)


def results(observations: Iterable[Resource], category: str) -> tuple[Result, ...]:
    """The results of one category, oldest first; what was entered in error is left out."""
    found = [_result(o) for o in observations if _is_of(o, category) and o.get("status") != "entered-in-error"]
    return tuple(sorted(found, key=lambda r: (r.taken_at or _FIRST, r.panel)))


def _is_of(observation: Resource, category: str) -> bool:
    return any(category in codes(c, systems.OBSERVATION_CATEGORY) for c in each(observation, "category"))


def _result(o: Resource) -> Result:
    value, unit = _value(o)
    parts = [_value(part) for part in each(o, "component")]
    if not value and parts:  # blood pressure comes as systolic and diastolic
        value = "/".join(v for v, _ in parts if v)
        unit = next((u for _, u in parts if u), "")
    spans = [_range(span) for span in each(o, "referenceRange")]
    return Result(
        name=words(o.get("code")),
        value=value or words(o.get("dataAbsentReason")),
        unit=unit,
        reference=next((span for span in spans if span), ""),
        flag=next((found for i in each(o, "interpretation") if (found := code(i)) and found != "N"), ""),
        taken_at=moment(o.get("effectiveDateTime")) or moment(at(o, "effectivePeriod", "start")),
        panel=_panel(o),
        source=f"Observation/{o['id']}" if isinstance(o.get("id"), str) else "",
    )


def _panel(o: Resource) -> str:
    """The panel a result was ordered in, where the server says so."""
    for category in each(o, "category"):
        if not list(each(category, "coding")) and text(category, "text"):
            return text(category, "text")
    return next((text(order, "display") for order in each(o, "basedOn") if text(order, "display")), "")


def _value(o: Resource) -> tuple[str, str]:
    quantity = o.get("valueQuantity")
    if isinstance(quantity, dict):
        shown = f"{text(quantity, 'comparator')}{number(quantity.get('value'))}"
        return shown, text(quantity, "unit") or text(quantity, "code")
    for name in ("valueInteger", "valueDecimal"):
        if number(o.get(name)):
            return number(o.get(name)), ""
    if isinstance(o.get("valueBoolean"), bool):
        return ("yes" if o["valueBoolean"] else "no"), ""
    return text(o, "valueString") or words(o.get("valueCodeableConcept")) or text(o, "valueDateTime"), ""


def _range(span: Resource) -> str:
    low, high = number(at(span, "low", "value")), number(at(span, "high", "value"))
    if text(span, "text"):
        return text(span, "text")
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def medications(requests: Iterable[Resource], administrations: Iterable[Resource]) -> tuple[Medication, ...]:
    """Drugs ordered with when they were given, and drugs given without an order here."""
    given: dict[str, list[Resource]] = {}
    for dose in administrations:
        if dose.get("status") not in ("entered-in-error", "not-done"):
            given.setdefault(reference(dose.get("request"), "MedicationRequest"), []).append(dose)
    orders = [request for request in requests if request.get("status") != "entered-in-error"]
    found = [_ordered(order, given.pop(f"MedicationRequest/{order.get('id')}", [])) for order in orders]
    loose: dict[tuple[str, str, str], list[Resource]] = {}
    for dose in (dose for doses in given.values() for dose in doses):
        route = words(at(dose, "dosage", "route"))
        loose.setdefault(
            (_drug(dose), _dose(at(dose, "dosage", "dose")) or text(dose, "dosage", "text"), route), []
        ).append(dose)
    found += [Medication(name, dose, route, "", "given", _times(doses)) for (name, dose, route), doses in loose.items()]
    return tuple(sorted(found, key=lambda m: m.name.lower()))


def _ordered(request: Resource, doses: list[Resource]) -> Medication:
    instruction = at(request, "dosageInstruction", 0)
    dose = _dose(at(instruction, "doseAndRate", 0, "doseQuantity"))
    timing = at(instruction, "timing")
    return Medication(
        name=_drug(request),
        dose=dose or text(instruction, "text"),
        route=words(at(instruction, "route")),
        frequency=words(at(timing, "code")) or (text(instruction, "text") if dose else ""),
        ordered_status=text(request, "status"),
        given_at=_times(doses),
    )


def _drug(resource: Resource) -> str:
    return words(resource.get("medicationCodeableConcept")) or text(resource, "medicationReference", "display")


def _dose(quantity: object) -> str:
    return " ".join(part for part in (number(at(quantity, "value")), text(quantity, "unit")) if part)


def _times(doses: Iterable[Resource]) -> tuple[datetime, ...]:
    moments = (moment(d.get("effectiveDateTime")) or moment(at(d, "effectivePeriod", "start")) for d in doses)
    return tuple(sorted(found for found in moments if found))


def problems(conditions: Iterable[Resource]) -> tuple[Problem, ...]:
    """The problem list; what was refuted or entered in error is left out."""
    found: list[Problem] = []
    for c in conditions:
        listed = any(code(category) == "problem-list-item" for category in each(c, "category"))
        if listed and code(c.get("verificationStatus")) not in ("entered-in-error", "refuted"):
            onset = partial_day(c.get("onsetDateTime")) or text(c, "onsetString")
            found.append(Problem(words(c.get("code")), onset, code(c.get("clinicalStatus"))))
    return tuple(found)
