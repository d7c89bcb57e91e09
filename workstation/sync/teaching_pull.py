"""Watch requests for teaching copies: a lead's to decide, one's own, and those approved for this educator to make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from workstation.cache import teaching
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.teaching.request import TeachingTask
from workstation.fhir import systems
from workstation.fhir.client import FhirClient
from workstation.fhir.teaching import CODE, ELEMENTS, is_teaching, teaching_task
from workstation.sealed_db import Connection

T = TypeVar("T")
Params = list[tuple[str, str]]

#: Roles that have anything to do with teaching copies; for all others nothing is asked.
ROLES = frozenset({"educator", "auditor", "lead"})


class TeachingWatcher:
    """Reads the small side of each request: never which encounter it is about. Writes the mirror alone."""

    def __init__(self, desk: Desk, client: FhirClient) -> None:
        self._desk = desk
        self._client = client

    def run(self) -> None:
        """One look."""
        roles = self._desk.coder.roles
        if not roles & ROLES:
            return
        me = f"Practitioner/{self._desk.coder.practitioner_id}"
        there: dict[str, TeachingTask] = {}
        if "lead" in roles:
            there |= self._search(("status", "requested,accepted,in-progress"))
            kept = self._desk.now() - timedelta(seconds=self._desk.policy().teaching_keep)
            there |= self._search(("status", "completed"), ("_lastUpdated", f"ge{kept.isoformat()}"))  # can be recalled
        there |= self._search(("requester", me))
        if "educator" in roles:
            there |= self._search(("owner", me))
        held = {task.id: task for task in self._read(teaching.tasks)}
        arrived = [task for name, task in there.items() if held.get(name) != task]
        gone = [name for name in held if name not in there]
        if not arrived and not gone:
            return

        def write(db: Connection) -> None:
            for task in arrived:
                teaching.put_task(db, task, self._desk.now())
            for name in gone:
                teaching.drop_task(db, name)

        self._desk.db.write(write).result()
        self._desk.changed(Changes(teaching=True))

    def _search(self, *params: tuple[str, str]) -> dict[str, TeachingTask]:
        asked: Params = [
            ("code", f"{systems.CODING_TASK}|{CODE}"), *params, ("_elements", f"{ELEMENTS},code"), ("_count", "100"),
        ]  # fmt: skip
        found: list[dict[str, Any]] = [task for task in self._client.search("Task", asked) if is_teaching(task)]
        return {task.id: task for task in map(teaching_task, found)}

    def _read(self, look: Callable[[Connection], T]) -> T:
        return self._desk.db.read(look).result()
