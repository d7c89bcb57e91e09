"""The measured and ordered side of a practice chart: labs, vitals, drugs with each dose given, the problem list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from workstation.fhir import systems
from workstation.practice.charts import Chart

Resource = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_FLAGS = {"H": "High", "L": "Low", "N": "Normal"}


def observations(chart: Chart, patient: str, encounter: str) -> Iterator[Resource]:
    """Labs, then vital signs; the flag is worked out from the reference range."""
    for category, rows in (("laboratory", chart.labs), ("vital-signs", chart.vitals)):
        for number, row in enumerate(rows):
            yield _observation(chart.slug, category, number, row, patient, encounter)


def _observation(
    slug: str, category: str, number: int, row: Mapping[str, Any], patient: str, encounter: str
) -> Resource:
    categories: list[Resource] = [{"coding": [{"system": systems.OBSERVATION_CATEGORY, "code": category}]}]
    if row.get("panel"):
        categories.append({"text": row["panel"]})
    body: Resource = {
        "resourceType": "Observation",
        "id": _id("obs", slug, category, number),
        "status": "final",
        "category": categories,
        "code": {"coding": [{"system": systems.LOINC, "code": row["loinc"]}], "text": row["name"]},
        "subject": {"reference": patient},
        "encounter": {"reference": encounter},
        "effectiveDateTime": row["at"].isoformat(),
    }
    if isinstance(row["value"], str):
        body["valueString"] = row["value"]
    else:
        body["valueQuantity"] = _quantity(row["value"], row.get("unit", ""))
    bounds = {end: _quantity(row[end], row.get("unit", "")) for end in ("low", "high") if end in row}
    if bounds:
        body["referenceRange"] = [bounds]
    flag = _flag(row)
    if flag:
        body["interpretation"] = [
            {"coding": [{"system": systems.INTERPRETATION, "code": flag, "display": _FLAGS[flag]}]}
        ]
    return body


def _flag(row: Mapping[str, Any]) -> str:
    value, low, high = row["value"], row.get("low"), row.get("high")
    if isinstance(value, str) or (low is None and high is None):
        return ""
    if low is not None and value < low:
        return "L"
    return "H" if high is not None and value > high else "N"


def _quantity(value: float, unit: str) -> Resource:
    if not unit:
        return {"value": value}
    code = {"code": unit, "system": UCUM} if " " not in unit else {}
    return {"value": value, "unit": unit, **code}


def orders(chart: Chart, patient: str, encounter: str) -> Iterator[Resource]:
    """Each drug's order, and one administration a dose."""
    for number, drug in enumerate(chart.medications):
        order = _id("ord", chart.slug, number)
        medication = {"text": drug["name"]}
        instruction = ", ".join((drug["dose"], drug["route"], drug["frequency"]))
        yield {
            "resourceType": "MedicationRequest",
            "id": order,
            "status": drug.get("status", "completed"),
            "intent": "order",
            "medicationCodeableConcept": medication,
            "subject": {"reference": patient},
            "encounter": {"reference": encounter},
            "authoredOn": min(drug.get("given") or [chart.encounter["start"]]).isoformat(),
            "dosageInstruction": [
                {
                    "text": instruction,
                    "timing": {"code": {"text": drug["frequency"]}},
                    "route": {"text": drug["route"]},
                    **_dose_and_rate(drug["dose"]),
                }
            ],
        }
        for position, moment in enumerate(drug.get("given", [])):
            yield {
                "resourceType": "MedicationAdministration",
                "id": _id("adm", chart.slug, number, position),
                "status": "completed",
                "medicationCodeableConcept": medication,
                "subject": {"reference": patient},
                "context": {"reference": encounter},
                "effectiveDateTime": moment.isoformat(),
                "request": {"reference": f"MedicationRequest/{order}"},
                "dosage": {"text": f"{drug['dose']}, {drug['route']}", "route": {"text": drug["route"]}},
            }


def _dose_and_rate(dose: str) -> Resource:
    """`40 mg` as a quantity; what is no plain amount stays in the text alone."""
    amount, _, unit = dose.partition(" ")
    try:
        value = float(amount)
    except ValueError:
        return {}
    whole = int(value) if value.is_integer() else value
    return {"doseAndRate": [{"doseQuantity": {"value": whole, **({"unit": unit} if unit else {})}}]}


def problems(chart: Chart, patient: str, encounter: str) -> Iterator[Resource]:
    """The problem list as the hospital carries it, old entries and all."""
    for number, problem in enumerate(chart.problems):
        onset = problem.get("onset")
        body: Resource = {
            "resourceType": "Condition",
            "id": _id("prb", chart.slug, number),
            "clinicalStatus": {"coding": [{"system": CLINICAL_STATUS, "code": problem.get("status", "active")}]},
            "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "confirmed"}]},
            "category": [{"coding": [{"system": CONDITION_CATEGORY, "code": "problem-list-item"}]}],
            "code": {"text": problem["text"]},
            "subject": {"reference": patient},
            "encounter": {"reference": encounter},
        }
        if isinstance(onset, str) and not onset[:4].isdigit():
            body["onsetString"] = onset
        elif onset is not None:
            body["onsetDateTime"] = str(onset)
        yield body


def _id(prefix: str, *words: object) -> str:
    return f"{prefix}-{hashlib.sha256('/'.join(map(str, words)).encode()).hexdigest()[:10]}"
