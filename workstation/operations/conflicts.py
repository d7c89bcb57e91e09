"""When the server has something else: show all three sides and let the coder decide, as a whole or line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from workstation.cache import encounters, outbox, summaries, undo, work
from workstation.cache.outbox import Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.coding import CodingSummary
from workstation.domain.encounter import EncounterId
from workstation.domain.three_sides import Row, Side, combined, differing, rows
from workstation.domain.worklist import WorkState
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.incoming import business_status, claim_of_task, coding_summary
from workstation.fhir.reading import moment
from workstation.ids import uuid7
from workstation.operations.audit import act_on, look_at, telling
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Conflict:
    """The sides of one encounter. `theirs` is None when the server has another state but no coding.

    `rows` set what was sent before, theirs and mine side by side, where theirs is known.
    """

    encounter_id: EncounterId
    mine: CodingSummary
    theirs: CodingSummary | None
    their_status: str  # Task.status as the server has it
    their_business_status: str
    changed_at: datetime | None
    why: str
    rows: tuple[Row, ...] = ()


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
            summaries.put(db, _titled(desk, db, replace(found.theirs, revision=found.mine.revision + 1)), at)
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


def combine(desk: Desk, encounter_id: EncounterId, chosen: Mapping[str, Side]) -> Future[Changes]:
    """Take each line from the side chosen; the encounter is open again, to be looked through and finalized.

    Raises NotAllowed while a line is not decided that both sides changed.
    """

    def write(db: Connection) -> Changes:
        found = of_encounter(db, encounter_id)
        if found is None or found.theirs is None:
            raise NotHere("There is nothing to decide.")
        if any(row.suggestion is None and row.key not in chosen for row in differing(found.rows)):
            raise NotAllowed("Not everything is decided yet.", remedy="Choose a side for each line that is marked.")
        taken = {row.key: side for row in found.rows if (side := chosen.get(row.key) or row.suggestion)}
        outbox.withdraw(db, encounter_id)
        at = desk.now()
        undo.push(db, found.mine)
        summaries.put(db, _titled(desk, db, combined(found.theirs, found.mine, taken, uuid7)), at)
        standing = work.get(db, encounter_id)
        opened = replace(standing, state=WorkState.IN_PROGRESS, hold_reason="", finalized_at=None)
        work.put(db, encounter_id, opened, at)
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.RESOLVE_CONFLICT, write, reason="line by line")
    return telling(desk, done, lambda changes: changes)


def _titled(desk: Desk, db: Connection, summary: CodingSummary) -> CodingSummary:
    """With our book's titles: a server need not send any."""
    encounter = encounters.get(db, summary.encounter_id)
    on = (encounter.service_date if encounter else None) or desk.now().date()
    lines = tuple(
        replace(line, title=line.title or desk.codebook.look_up(line.code, on).title) for line in summary.lines
    )
    return replace(summary, lines=lines)


def of_encounter(db: Connection, encounter_id: EncounterId) -> Conflict | None:
    """The conflict of an encounter as it was kept by sync."""
    letters = [letter for letter in outbox.open_of(db, encounter_id) if letter.state is Post.CONFLICT]
    if not letters:
        return None
    body = json.loads(letters[0].answer)
    task = body["task"]
    mine = summaries.get(db, encounter_id)
    theirs = coding_summary(body["claim"], encounter_id) if body.get("claim") else None
    encounter = encounters.get(db, encounter_id)
    on = encounter.service_date if encounter else None
    return Conflict(
        encounter_id,
        mine,
        theirs,
        str(task.get("status") or ""),
        business_status(task),
        moment(task.get("lastModified")),
        str(body.get("reason") or ""),
        () if theirs is None else rows(_before(db, letters[0]), theirs, mine, on),
    )


def _before(db: Connection, letter: Outgoing) -> CodingSummary | None:
    """The coding both sides began with: the last of ours the server had, or none; None when it was another's."""
    confirmed = outbox.last_confirmed_result(db, letter.encounter_id)
    claim = json.loads(confirmed.body)["claim"] if confirmed else None
    if claim:
        return coding_summary(claim, letter.encounter_id)
    return None if claim_of_task(json.loads(letter.base)) else CodingSummary(letter.encounter_id)


def _conflicting(db: Connection, encounter_id: EncounterId) -> Outgoing:
    for letter in outbox.open_of(db, encounter_id):
        if letter.state is Post.CONFLICT:
            return letter
    raise NotHere("There is nothing to decide.")
