"""Read a chart: Encounter, Patient, DocumentReferences, Observations, drugs and problems as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workstation.domain.encounter import (
    Document,
    DocumentId,
    Encounter,
    EncounterClass,
    EncounterId,
    Patient,
    PatientId,
    Provider,
    ProviderId,
    TaskId,
)
from workstation.domain.mirror import Attachment, Chart, may_diagnose
from workstation.fhir import systems
from workstation.fhir.clinical import medications, problems, results
from workstation.fhir.incoming import patient, person_name, resource_id, version
from workstation.fhir.reading import at, code, codes, each, moment, plain, reference, reference_id, text, whole, words

Resource = dict[str, Any]


@dataclass
class ChartParts:
    """The resources of one encounter as they were fetched; `others` by `Type/id`."""

    encounter: Resource
    task_id: TaskId
    others: dict[str, Resource] = field(default_factory=dict)
    documents: list[Resource] = field(default_factory=list)
    observations: list[Resource] = field(default_factory=list)
    requests: list[Resource] = field(default_factory=list)
    administrations: list[Resource] = field(default_factory=list)
    conditions: list[Resource] = field(default_factory=list)
    coverages: list[Resource] = field(default_factory=list)


def wanted(parts: ChartParts) -> tuple[str, ...]:
    """The references (`Type/id`) the chart needs that did not come along."""
    found: list[str] = [reference(at(parts.encounter, "subject"), "Patient")]
    found.append(reference(at(parts.encounter, "serviceProvider"), "Organization"))
    found += [reference(at(p, "individual"), "Practitioner") for p in each(parts.encounter, "participant")]
    found += [reference(at(d, "condition"), "Condition") for d in each(parts.encounter, "diagnosis")]
    found += [reference(author, "Practitioner") for d in parts.documents for author in each(d, "author")]
    have = {*parts.others, *(f"Condition/{c.get('id')}" for c in parts.conditions)}
    return tuple(dict.fromkeys(name for name in found if name and name not in have))


def chart(parts: ChartParts) -> Chart:
    """The chart. Raises MalformedAnswer when the encounter has no id."""
    e = parts.encounter
    encounter_id = EncounterId(resource_id(e))
    kind = _class(e)
    people = {name: _person(r) for name, r in parts.others.items() if name.startswith("Practitioner/")}
    readable = [d for d in parts.documents if is_readable(d)]
    documents = tuple(_document(d, encounter_id, kind, people) for d in readable)
    who = parts.others.get(reference(at(e, "subject"), "Patient"))
    patient_id = PatientId(reference_id(at(e, "subject"), "Patient"))
    organization = reference(at(e, "serviceProvider"), "Organization")
    covered, payer = _coverage(parts.coverages)
    encounter = Encounter(
        id=encounter_id,
        task_id=parts.task_id,
        account_number=_account(e),
        patient=patient(who) if who else Patient(patient_id, "", (), "unknown", None, ""),
        encounter_class=kind,
        admitted_at=moment(at(e, "period", "start")),
        discharged_at=moment(at(e, "period", "end")),
        admit_source=code(at(e, "hospitalization", "admitSource")),
        disposition=code(at(e, "hospitalization", "dischargeDisposition")),
        facility=text(parts.others.get(organization), "name") or text(e, "serviceProvider", "display"),
        coverage=payer,
        admitting_diagnosis=_admitting(e, {**_by_name(parts.conditions), **parts.others}),
        reason="; ".join(found for concept in each(e, "reasonCode") if (found := words(concept))),
        restricted=is_restricted(e) or any(is_restricted(d) for d in readable),
        providers=_providers(e, people),
        documents=documents,
        labs=results(parts.observations, "laboratory"),
        vitals=results(parts.observations, "vital-signs"),
        medications=medications(parts.requests, parts.administrations),
        problems=problems(parts.conditions),
        coverage_ref=covered,
        provider_org_ref=organization,
    )
    attachments = tuple(a for d in readable if (a := attachment(d)) is not None)
    return Chart(encounter, version(e), _service(e), attachments)


def is_restricted(resource: Resource) -> bool:
    """Confidentiality R or V."""
    labels = [text(label, "code") for label in each(resource, "meta", "security")]
    return "R" in labels or "V" in labels


def is_readable(document: Resource) -> bool:
    """Whether a coder may have a document at all: not one in error, and never psychotherapy notes (45 CFR 164.508)."""
    labels = {text(label, "code") for label in each(document, "meta", "security")}
    return document.get("status") != "entered-in-error" and "PSYTHPN" not in labels


def attachment(document: Resource) -> Attachment | None:
    """Where the first content of a document lies."""
    found = at(document, "content", 0, "attachment")
    if not isinstance(found, dict):
        return None
    media, _, parameters = text(found, "contentType").partition(";")
    charset = next((p.partition("=")[2].strip(' "') for p in parameters.split(";") if "charset" in p.lower()), "")
    size = whole(at(found, "size"))
    data = at(found, "data")
    return Attachment(
        document_id=DocumentId(resource_id(document)),
        version=version(document),
        url=at(found, "url") if isinstance(at(found, "url"), str) else "",
        media_type=media.strip().lower(),
        charset=charset.lower(),
        size=size,
        sha1=text(found, "hash"),
        inline=data.encode("ascii", "ignore") if isinstance(data, str) else None,
    )


def _class(e: Resource) -> EncounterClass:
    try:
        return EncounterClass(text(e, "class", "code"))
    except ValueError:
        inpatient = text(e, "class", "code") in ("ACUTE", "NONAC", "SS")
        return EncounterClass.INPATIENT if inpatient else EncounterClass.AMBULATORY


def _account(e: Resource) -> str:
    numbers = list(each(e, "identifier"))
    for identifier in numbers:
        if code(identifier.get("type"), systems.IDENTIFIER_TYPE) == "AN":
            return text(identifier, "value")
    return next((text(i, "value") for i in numbers if text(i, "value")), "")


def _service(e: Resource) -> str:
    places = [text(place, "location", "display") for place in each(e, "location")]
    kind = words(at(e, "serviceType"))
    return ", ".join(part for part in (kind, *places[-1:]) if part)


def _admitting(e: Resource, others: Mapping[str, Resource]) -> str:
    for diagnosis in each(e, "diagnosis"):
        if "AD" in codes(diagnosis.get("use"), systems.DIAGNOSIS_ROLE):
            condition = others.get(reference(diagnosis.get("condition"), "Condition"), {})
            concept = at(condition, "code")
            known = code(concept, systems.ICD10CM)
            title = words(concept)
            named = f"{known} {title}" if known and title != known else title
            return named or text(diagnosis, "condition", "display")
    return ""


def _by_name(resources: Iterable[Resource]) -> dict[str, Resource]:
    return {f"{r.get('resourceType')}/{r.get('id')}": r for r in resources}


def _person(practitioner: Resource) -> tuple[str, str]:
    """Name and credential."""
    name = person_name(practitioner)
    credentials = [words(q.get("code")) for q in each(practitioner, "qualification")]
    suffixes = at(practitioner, "name", 0, "suffix")
    credentials += [plain(s) for s in suffixes if isinstance(s, str)] if isinstance(suffixes, list) else []
    return name, ", ".join(dict.fromkeys(c for c in credentials if c))


_ROLES = {"ATND": "attending", "CON": "consultant", "SPRF": "surgeon", "ADM": "admitting", "REF": "referrer"}


def _providers(e: Resource, people: Mapping[str, tuple[str, str]]) -> tuple[Provider, ...]:
    found: dict[str, Provider] = {}
    for participant in each(e, "participant"):
        name = reference(participant.get("individual"), "Practitioner")
        if not name:
            continue
        kinds = list(each(participant, "type"))
        said = next((text(kind, "text") for kind in kinds if text(kind, "text")), "")
        coded = next((code(kind, systems.PARTICIPATION) for kind in kinds if code(kind, systems.PARTICIPATION)), "")
        shown, credential = people.get(name, (text(participant, "individual", "display"), ""))
        role = said or _ROLES.get(coded, coded.lower())
        known = ProviderId(name.partition("/")[2])
        found.setdefault(known, Provider(known, shown, credential, role))
    return tuple(found.values())


def _document(
    d: Resource, encounter_id: EncounterId, kind: EncounterClass, people: Mapping[str, tuple[str, str]]
) -> Document:
    place = attachment(d)
    authors = [people.get(reference(author), (text(author, "display"), "")) for author in each(d, "author")]
    type_code = code(at(d, "type"), systems.LOINC) or code(at(d, "type"))
    type_name = words(at(d, "type"))
    shown = [", ".join(part for part in author if part) for author in authors]
    return Document(
        id=DocumentId(resource_id(d)),
        encounter_id=encounter_id,
        version=version(d),
        type_code=type_code,
        type_name=type_name,
        title=text(d, "content", 0, "attachment", "title") or text(d, "description") or type_name or "Untitled",
        author="; ".join(author for author in shown if author),
        author_is_provider=any(may_diagnose(credential, type_code, kind) for _, credential in authors),
        written_at=moment(d.get("date")) or moment(at(d, "content", 0, "attachment", "creation")),
        media_type=place.media_type if place else "",
        size=(place.size or 0) if place else 0,
        status=text(d, "docStatus") or text(d, "status"),
        appends=_related(d, "appends"),
        replaces=_related(d, "replaces"),
    )


def _related(d: Resource, how: str) -> DocumentId | None:
    for relation in each(d, "relatesTo"):
        if relation.get("code") == how and (found := reference_id(relation.get("target"), "DocumentReference")):
            return DocumentId(found)
    return None


def _coverage(coverages: Iterable[Resource]) -> tuple[str, str]:
    """Reference and name of the first active coverage."""
    for c in coverages:
        if c.get("status") in ("active", None):
            payers = ", ".join(found for payer in each(c, "payor") if (found := text(payer, "display")))
            named = text(c, "class", 0, "name")
            return f"Coverage/{resource_id(c)}", payers or named or words(c.get("type"))
    return "", ""
