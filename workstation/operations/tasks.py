"""Hand an assignment back to whoever gave it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from enum import StrEnum

from workstation.cache import outbox, tasks, work
from workstation.cache.worklist import HANDED_BACK
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.encounter import EncounterId
from workstation.domain.worklist import WorkState
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.outgoing import handed_back
from workstation.operations import query_life
from workstation.operations.audit import act_on, telling
from workstation.operations.letters import post
from workstation.sealed_db import Connection


class HandBackReason(StrEnum):
    """Why a coder gives an assignment back, in the words the lead reads."""

    NOT_MY_KIND = "not a kind of encounter I code"
    CONFLICT_OF_INTEREST = "I know the patient"
    INCOMPLETE = "the chart is incomplete"
    ABSENCE = "I will be away"


def hand_back(desk: Desk, encounter_id: EncounterId, reason: HandBackReason) -> Future[Changes]:
    """Give the encounter back: it leaves the worklist, and the device once the server has confirmed."""

    def write(db: Connection) -> Changes:
        task = tasks.of_encounter(db, encounter_id)
        if task is None:
            raise NotHere
        standing = work.get(db, encounter_id)
        if task.withdrawn or standing.state is WorkState.FINALIZED:
            raise NotAllowed("It is no longer open.")
        outbox.withdraw(db, encounter_id)
        query_life.take_back_all(db, desk, encounter_id)
        gone = replace(standing, state=WorkState.WITHDRAWN, hold_reason=HANDED_BACK)
        work.put(db, encounter_id, gone, desk.now())
        post(db, desk, encounter_id, handed_back(reason.value))
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.HAND_BACK, write, reason=reason.name.lower())
    return telling(desk, done, lambda changes: changes)


def let_go(desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
    """Give up the work kept on an encounter that was withdrawn; the chart leaves the device with the next sync.

    A query that waits for an answer is revoked first: nobody would read it.
    """

    def write(db: Connection) -> Changes:
        task = tasks.of_encounter(db, encounter_id)
        if task is None or not task.withdrawn:
            raise NotAllowed("It is still assigned to you.", remedy="Hand it back instead.")
        query_life.take_back_all(db, desk, encounter_id)
        if outbox.waits_about_queries(db, encounter_id):
            work.forget_but_letters(db, encounter_id)
        else:
            work.forget(db, encounter_id)
        return Changes(True, frozenset({encounter_id}), True)

    done = act_on(desk, encounter_id, Act.PURGE, write, reason="withdrawn")
    return telling(desk, done, lambda changes: changes)
