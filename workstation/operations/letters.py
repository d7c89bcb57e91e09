"""What is put into the outbox with a decision: the result, or a change of the task."""

from __future__ import annotations

import json
from concurrent.futures import Future
from typing import Any

from workstation.cache import outbox, tasks
from workstation.cache.outbox import Letter, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.encounter import EncounterId
from workstation.errors import NotHere
from workstation.fhir.outgoing import TaskChange
from workstation.ids import uuid7
from workstation.operations.audit import act_on, telling
from workstation.sealed_db import Connection


def post(
    db: Connection, desk: Desk, encounter_id: EncounterId, change: TaskChange, claim: dict[str, Any] | None = None
) -> str:
    """Put a letter into the outbox of the running transaction; its id. Raises NotHere without an assignment."""
    task = tasks.of_encounter(db, encounter_id)
    if task is None:
        raise NotHere
    row_id = uuid7()
    kind = Letter.TASK if claim is None else Letter.RESULT
    body = json.dumps({"task": change.to_json(), "claim": claim}, ensure_ascii=False)
    outbox.put(db, row_id, kind, encounter_id, task.id, task.version, task.raw, body, desk.now())
    return row_id


def send_again(desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
    """Send what the server refused once more, as it is."""

    def requeue(db: Connection) -> Changes:
        task = tasks.of_encounter(db, encounter_id)
        if task is None:
            raise NotHere
        for letter in outbox.open_of(db, encounter_id):
            if letter.state is Post.REFUSED:
                outbox.requeue(db, letter.id, task.version, task.raw)
        return Changes(worklist=True, encounters=frozenset({encounter_id}), outbox=True)

    done = act_on(desk, encounter_id, Act.SEND, requeue, reason="again")
    return telling(desk, done, lambda changes: changes)
