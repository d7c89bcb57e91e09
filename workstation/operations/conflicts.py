"""When the server has something else: show both sides and let the coder decide."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from workstation.cache import outbox, summaries, undo, work
from workstation.cache.outbox import Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.coding import CodingSummary
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import WorkState
from workstation.errors import NotHere
from workstation.fhir.incoming import business_status, coding_summary
from workstation.fhir.reading import moment
from workstation.operations.audit import act_on, look_at, telling
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides of one encounter. `theirs` is None when the server has another state but no coding."""

    encounter_id: EncounterId
    mine: CodingSummary
    theirs: CodingSummary | None
    their_status: str  # Task.status as the server has it
    their_business_status: str
    changed_at: datetime | None
    why: str


def show(desk: Desk, encounter_id: EncounterId) -> Future[Conflict]:
    """Both sides. Raises NotHere when there is no conflict."""

    def look(db: Connection) -> Conflict:
        found = of_encounter(db, encounter_id)
        if found is None:
            raise NotHere("There is nothing to decide.")
        return found

    return look_at(desk, encounter_id, Act.VIEW_ENCOUNTER, look, what="conflict")


def keep_mine(desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
    """Send mine again, over the version that was shown."""

    def write(db: Connection) -> Changes:
        letter = _conflicting(db, encounter_id)
        theirs = json.loads(letter.answer)
        outbox.requeue(db, letter.id, theirs["version"], json.dumps(theirs["task"], ensure_ascii=False))
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.RESOLVE_CONFLICT, write, reason="mine")
    return telling(desk, done, lambda changes: changes)


def take_theirs(desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
    """Let the server's version stand; mine stays one undo away."""

    def write(db: Connection) -> Changes:
        found = of_encounter(db, encounter_id)
        if found is None:
            raise NotHere("There is nothing to decide.")
        outbox.withdraw(db, encounter_id)
        at = desk.now()
        if found.theirs is not None:
            undo.push(db, found.mine)
            summaries.put(db, replace(found.theirs, revision=found.mine.revision + 1), at)
        standing = work.get(db, encounter_id)
        state = WorkState.FINALIZED if found.their_status == "completed" else WorkState.IN_PROGRESS
        work.put(
            db,
            encounter_id,
            replace(standing, state=state, hold_reason="", finalized_at=at if state is WorkState.FINALIZED else None),
            at,
        )
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.RESOLVE_CONFLICT, write, reason="theirs")
    return telling(desk, done, lambda changes: changes)


def of_encounter(db: Connection, encounter_id: EncounterId) -> Conflict | None:
    """The conflict of an encounter as it was kept by sync."""
    letters = [letter for letter in outbox.open_of(db, encounter_id) if letter.state is Post.CONFLICT]
    if not letters:
        return None
    body = json.loads(letters[0].answer)
    task = body["task"]
    return Conflict(
        encounter_id,
        summaries.get(db, encounter_id),
        coding_summary(body["claim"], encounter_id) if body.get("claim") else None,
        str(task.get("status") or ""),
        business_status(task),
        moment(task.get("lastModified")),
        str(body.get("reason") or ""),
    )


def _conflicting(db: Connection, encounter_id: EncounterId) -> Outgoing:
    for letter in outbox.open_of(db, encounter_id):
        if letter.state is Post.CONFLICT:
            return letter
    raise NotHere("There is nothing to decide.")
