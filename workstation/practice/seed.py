"""What a new practice hospital starts with: its people, its policy, the charts, and a coding task for each of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workstation.fhir import systems
from workstation.practice.chart_resources import concept, encounter_id, opaque, resources
from workstation.practice.charts import Chart, document_name
from workstation.practice.people import DISPLAYS, HOSPITAL, ORGANISATION, PEOPLE, Person
from workstation.practice.store import Held, Store, Wanted, stamp

Resource = dict[str, Any]

POLICY = "policy-lakemere"
FEATURES: dict[str, tuple[str, ...]] = {
    "inpatient-coder": ("encode", "query", "drg"),
    "outpatient-coder": ("encode", "query"),
    "auditor": ("query", "review", "drg", "propose"),
    "lead": ("query", "reassign", "grant", "drg"),
    "educator": ("teaching",),
    "vendor-coder": ("encode",),
}
_TAXONOMY = {"inpatient-coder": "246YC3301X", "vendor-coder": "246YC3301X", "outpatient-coder": "246YC3302X"}
HELD_REASON = "Waiting for a late document from the unit."


def seed(store: Store, charts: Sequence[Chart], now: datetime, crowd: Sequence[Person] = ()) -> None:
    """Bring the store up to what the program ships with; what coders did meanwhile stays."""
    with store.whole():
        for resource in (_hospital(), _policy(now), *(one for person in (*PEOPLE, *crowd) for one in _person(person))):
            if store.get(resource["resourceType"], resource["id"]) is None:
                store.put(resource)
        for chart in charts:
            _seed_chart(store, chart)
        for coder in sorted({chart.coder for chart in charts}):
            mine = [chart for chart in charts if chart.coder == coder]
            for position, chart in enumerate(mine):
                _seed_task(store, chart, position, len(mine), now)


def to_cancel(charts: Sequence[Chart], coder: str = "dana") -> str:
    """The task that is taken back upstream during the first session; "" when the worklist is too short for it."""
    mine = [chart for chart in charts if chart.coder == coder]
    return task_id(mine[-1].slug) if len(mine) >= 5 else ""


def task_id(slug: str) -> str:
    return opaque("task", slug)


def _hospital() -> Resource:
    return {"resourceType": "Organization", "id": ORGANISATION, "active": True, "name": HOSPITAL}


def _person(person: Person) -> Iterator[Resource]:
    yield {
        "resourceType": "Practitioner",
        "id": person.user,
        "identifier": [{"system": systems.SID_USER, "value": person.user}],
        "active": True,
        "name": [{"use": "official", "family": person.family, "given": [person.given]}],
        "qualification": [{"code": {"text": person.credential}}],
    }
    body: Resource = {
        "resourceType": "PractitionerRole",
        "id": f"role-{person.user}",
        "active": True,
        "practitioner": {"reference": f"Practitioner/{person.user}"},
        "organization": {"reference": f"Organization/{ORGANISATION}"},
        "code": [concept(systems.CODING_ROLE, role, DISPLAYS[role]) for role in person.roles],
    }
    special = [concept(systems.NUCC, _TAXONOMY[role]) for role in person.roles if role in _TAXONOMY]
    yield {**body, "specialty": special} if special else body


def _policy(now: datetime) -> Resource:
    durations = [_duration("idleLock", 300, "s"), _duration("cacheTtl", 24, "h"), _duration("offlineMax", 12, "h")]
    features = [
        {
            "url": "feature",
            "extension": [{"url": "role", "valueCode": role}, *({"url": "allow", "valueCode": verb} for verb in verbs)],
        }
        for role, verbs in FEATURES.items()
    ]
    return {
        "resourceType": "Basic",
        "id": POLICY,
        "identifier": [{"system": systems.SID_POLICY, "value": ORGANISATION}],
        "code": concept(systems.BASIC_TYPE, "workstation-policy"),
        "subject": {"reference": f"Organization/{ORGANISATION}"},
        "created": now.date().isoformat(),
        "extension": [{"url": systems.WORKSTATION_POLICY, "extension": [*durations, *features]}],
    }


def _duration(url: str, value: int, unit: str) -> Resource:
    return {
        "url": url,
        "valueDuration": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }


def _seed_chart(store: Store, chart: Chart) -> None:
    found = list(resources(chart))
    mark = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    if store.fact(f"chart/{chart.slug}", lambda: mark) == mark and store.live(f"Encounter/{encounter_id(chart.slug)}"):
        return
    for resource in found:
        store.put(resource)
    store.remember(f"chart/{chart.slug}", mark)


# ---------------------------------------------------------------- tasks


def _seed_task(store: Store, chart: Chart, position: int, length: int, now: datetime) -> None:
    before = store.live(f"Task/{task_id(chart.slug)}")
    due = _due(position, now)
    if before is None:
        is_held = length >= 4 and position == length - 2
        store.put(_task(chart, position, due, now, is_held=is_held))
    elif before.body["status"] == "requested" and _is_over(before, now):
        store.put({**before.body, "restriction": {"period": {"end": stamp(due)}}, "lastModified": stamp(now)})


def _task(chart: Chart, position: int, due: datetime, now: datetime, *, is_held: bool) -> Resource:
    role = "inpatient-coder" if chart.is_inpatient else "outpatient-coder"
    encounter = {"reference": f"Encounter/{encounter_id(chart.slug)}"}
    kind = concept(systems.CODING_TASK_INPUT, "document")
    documents = [opaque("doc", chart.slug, document_name(document)) for document in chart.documents]
    worklist = f"{'INPT' if chart.is_inpatient else 'OUTPT'}-{chart.encounter['service'].upper().replace(' ', '-')}"
    standing = ("on-hold", "On hold") if is_held else ("not-started", "Not started")
    body: Resource = {
        "resourceType": "Task",
        "id": task_id(chart.slug),
        "identifier": [{"system": systems.SID_CODING_TASK, "value": opaque("CT", chart.slug, length=8)}],
        "groupIdentifier": {"system": systems.SID_WORKLIST, "value": worklist},
        "status": "on-hold" if is_held else "requested",
        "businessStatus": concept(systems.CODING_STATUS, *standing),
        "intent": "order",
        "priority": "urgent" if position == 0 else "routine",
        "code": concept(systems.CODING_TASK, "code-encounter", "Code this encounter"),
        "focus": encounter,
        "for": {"reference": f"Patient/{opaque('pat', chart.slug)}"},
        "encounter": encounter,
        "authoredOn": stamp(now - timedelta(hours=6)),
        "lastModified": stamp(now),
        "requester": {"reference": f"Organization/{ORGANISATION}"},
        "performerType": [concept(systems.CODING_ROLE, role, DISPLAYS[role])],
        "owner": {"reference": f"Practitioner/{chart.coder}"},
        "restriction": {"period": {"end": stamp(due)}},
        "input": [
            *({"type": kind, "valueReference": {"reference": f"DocumentReference/{name}"}} for name in documents),
            {"type": concept(systems.CODING_TASK_INPUT, "code-set"), "valueCode": "icd-10-cm-2027"},
        ],
    }
    return {**body, "statusReason": {"text": HELD_REASON}} if is_held else body


def _due(position: int, now: datetime) -> datetime:
    """Two a day from today on, at five in the afternoon where the hospital is; late in the evening, at midnight."""
    local = now.astimezone(_zone())
    due = local.replace(hour=17, minute=0, second=0, microsecond=0)
    if due <= local:
        due = local.replace(hour=23, minute=59, second=59, microsecond=0)
    return due + timedelta(days=position // 2)


def _is_over(task: Held, now: datetime) -> bool:
    end = task.body.get("restriction", {}).get("period", {}).get("end", "")
    return bool(end) and datetime.fromisoformat(end) < now.astimezone(UTC)


def _zone() -> tzinfo:
    try:
        return ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:  # a machine without zone tables
        return timezone(timedelta(hours=-5))


def tasks_of(store: Store, user: str) -> list[Held]:
    return store.find("Task", [Wanted("owner", (f"Practitioner/{user}",))])
