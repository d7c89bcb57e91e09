"""Put an encounter on hold, with its reason, and take it up again."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from enum import StrEnum

from workstation.cache import tasks, work
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import WorkState
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.outgoing import STARTED, on_hold
from workstation.operations.audit import act_on, telling
from workstation.operations.letters import post
from workstation.sealed_db import Connection


class HoldReason(StrEnum):
    """Why a coder cannot finish, in the words the worklist shows."""

    QUERY = "awaiting a provider's answer"
    DOCUMENT = "awaiting a document"
    REVIEW = "awaiting a review"
    OTHER = "other"


def hold(desk: Desk, encounter_id: EncounterId, reason: HoldReason) -> Future[Changes]:
    """Put the encounter on hold and tell the server. Raises NotAllowed when it is finalized or withdrawn."""

    def write(db: Connection) -> Changes:
        standing = _standing(db, encounter_id)
        held = replace(standing, state=WorkState.ON_HOLD, hold_reason=reason.value)
        work.put(db, encounter_id, held, desk.now())
        post(db, desk, encounter_id, on_hold(reason.value))
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.HOLD, write, reason=reason.name.lower())
    return telling(desk, done, lambda changes: changes)


def release(desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
    """Go on with an encounter on hold; nothing happens when it is not."""

    def write(db: Connection) -> Changes:
        standing = _standing(db, encounter_id)
        if standing.state is not WorkState.ON_HOLD:
            return Changes()
        work.put(db, encounter_id, replace(standing, state=WorkState.IN_PROGRESS, hold_reason=""), desk.now())
        post(db, desk, encounter_id, STARTED)
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.HOLD, write, reason="release")
    return telling(desk, done, lambda changes: changes)


def _standing(db: Connection, encounter_id: EncounterId) -> work.Standing:
    task = tasks.of_encounter(db, encounter_id)
    if task is None:
        raise NotHere
    standing = work.get(db, encounter_id)
    if task.withdrawn or standing.state is WorkState.FINALIZED:
        raise NotAllowed("It is no longer open.")
    return standing
