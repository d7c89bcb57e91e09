"""What workstations say they have done, held against what lies in the practice hospital's database."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workstation.domain.worklist import WorkState
from workstation.fhir import systems

Resource = dict[str, Any]

#: What Task.status must be for each state of the coder's own work, once every letter is confirmed.
STATUS = {WorkState.FINALIZED: "completed", WorkState.ON_HOLD: "on-hold", WorkState.IN_PROGRESS: "in-progress"}


@dataclass
class Verdict:
    """Both have to be zero; `why` names them by ids alone."""

    losses: int = 0
    duplicates: int = 0
    events: int = 0
    results: int = 0
    queries: int = 0
    standing: int = 0  # encounters whose task was compared
    why: list[str] = field(default_factory=list)

    def lost(self, what: str) -> None:
        self.losses += 1
        self.why.append(f"lost: {what}")

    def doubled(self, what: str) -> None:
        self.duplicates += 1
        self.why.append(f"twice: {what}")


class Server:
    """The hospital's resources, read from its database file."""

    def __init__(self, database: Path) -> None:
        self._db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)

    def close(self) -> None:
        self._db.close()

    def all_of(self, kind: str) -> list[Resource]:
        rows = self._db.execute("SELECT body FROM resources WHERE kind = ? AND deleted = 0 ORDER BY id", (kind,))
        return [json.loads(body) for (body,) in rows]

    def by_identifier(self, kind: str, system: str) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.all_of(kind):
            for identifier in resource.get("identifier", []):
                if identifier.get("system") == system:
                    found.setdefault(str(identifier.get("value")), []).append(resource)
        return found

    def events(self) -> Counter[str]:
        """How often each event of a journal lies there, by the tag it carries."""
        return Counter(
            tag["code"]
            for event in self.all_of("AuditEvent")
            for tag in event.get("meta", {}).get("tag", [])
            if tag.get("system") == systems.SID_AUDIT_EVENT
        )


def compare(database: Path, left: Iterable[Resource]) -> Verdict:
    """Every event once; every decision there, and once."""
    server, verdict = Server(database), Verdict()
    try:
        _compare(server, list(left), verdict)
    finally:
        server.close()
    return verdict


def _compare(server: Server, left: list[Resource], verdict: Verdict) -> None:
    events = server.events()
    claims = server.by_identifier("Claim", systems.SID_CODED_RESULT)
    requests = server.by_identifier("CommunicationRequest", systems.SID_PROVIDER_QUERY)
    inboxes = server.by_identifier("Task", systems.SID_PROVIDER_TASK)
    tasks = {task["id"]: task for task in server.all_of("Task")}
    for one in left:
        verdict.events += len(one["events"])
        for event in one["events"]:
            _once(verdict, f"event {event} of {one['user']}", events.get(event, 0))
        for encounter, said in one["encounters"].items():
            _standing(verdict, encounter, said, tasks.get(said["task"], {}), claims)
        for query in one["queries"]:
            verdict.queries += 1
            _once(verdict, f"query {query}", len(requests.get(query, [])))
            _once(verdict, f"inbox of query {query}", len(inboxes.get(query, [])))
    for kind, found in (("coded result", claims), ("query", requests), ("inbox", inboxes)):
        for name, several in found.items():
            if len(several) > 1:
                verdict.doubled(f"{kind} {name}")


def _once(verdict: Verdict, what: str, count: int) -> None:
    if count == 0:
        verdict.lost(what)
    elif count > 1:
        verdict.doubled(what)


def _standing(
    verdict: Verdict, encounter: str, said: Resource, task: Resource, claims: dict[str, list[Resource]]
) -> None:
    wanted = STATUS.get(WorkState(said["state"]))
    if wanted is None or said["withdrawn"]:
        return
    verdict.standing += 1
    if task.get("status") != wanted:
        verdict.lost(f"encounter {encounter} is {said['state']} here and {task.get('status')} there")
    if wanted != "completed":
        return
    verdict.results += 1
    there = claims.get(said["result"], [])
    if not there:
        verdict.lost(f"coded result {said['result']}")
        return
    codes = [
        coding["code"]
        for line in there[0].get("diagnosis", [])
        for coding in line["diagnosisCodeableConcept"]["coding"]
    ]
    if sorted(codes) != sorted(said["codes"]):
        verdict.lost(f"codes of result {said['result']}: {len(said['codes'])} here, {len(codes)} there")
    named = {f"Claim/{there[0]['id']}"}
    if named != {o["valueReference"]["reference"] for o in task.get("output", []) if "valueReference" in o}:
        verdict.lost(f"the task of encounter {encounter} does not name its result")
