"""Open an encounter: the chart without its texts, the coding as it stands, and where the coder was."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from workstation.cache import drafts, encounters, summaries, tasks, undo, work, worklist
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.coding import CodingSummary
from workstation.domain.encounter import Encounter, EncounterId
from workstation.domain.hand_over import HandOver
from workstation.domain.worklist import SendState, WorkState
from workstation.errors import NotHere
from workstation.operations import conflicts, hand_overs, place
from workstation.operations.audit import look_at
from workstation.operations.conflicts import Conflict
from workstation.operations.place import Place
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class OpenEncounter:
    """An encounter with the coder's work on it."""

    encounter: Encounter
    summary: CodingSummary
    work_state: WorkState
    hold_reason: str
    finalized_at: datetime | None
    send_state: SendState
    refusal: str
    conflict: Conflict | None
    place: Place | None
    drafts: dict[str, str]
    can_undo: bool
    is_complete: bool
    withdrawn: str = ""  # why it was taken away, "" while it is this coder's
    hand_over: HandOver | None = None  # what a lead was asked to settle last
    may_hand_over: bool = False


def open(desk: Desk, encounter_id: EncounterId) -> Future[OpenEncounter]:  # noqa: A001  what a coder does
    """The encounter, once it is on record that it is looked at. Raises NotHere, ProgramTooOld."""

    return look_at(desk, encounter_id, Act.VIEW_ENCOUNTER, lambda db: _opened(db, encounter_id))


def refresh(desk: Desk, encounter_id: EncounterId) -> Future[OpenEncounter]:
    """The open encounter after a change: looking at it is on record already. Raises NotHere when it was purged."""
    return desk.db.read(lambda db: _opened(db, encounter_id))


def _opened(db: Connection, encounter_id: EncounterId) -> OpenEncounter:
    encounter = encounters.get(db, encounter_id)
    if encounter is None:
        raise NotHere
    standing = work.get(db, encounter_id)
    task = tasks.of_encounter(db, encounter_id)
    withdrawn = task.withdrawn if task else ""
    sending, refusal = worklist.send_state(db, encounter_id)
    return OpenEncounter(
        encounter=encounter,
        summary=summaries.get(db, encounter_id),
        work_state=WorkState.WITHDRAWN if withdrawn else standing.state,
        hold_reason=standing.hold_reason,
        finalized_at=standing.finalized_at,
        send_state=sending,
        refusal=refusal,
        conflict=conflicts.of_encounter(db, encounter_id),
        place=place.of_encounter(db, encounter_id),
        drafts=drafts.of_encounter(db, encounter_id),
        can_undo=undo.depth(db, encounter_id) > 0,
        is_complete=encounters.is_complete(db, encounter_id),
        withdrawn=withdrawn,
        hand_over=hand_overs.of_encounter(db, encounter_id),
        may_hand_over=hand_overs.what_failed(db, encounter_id) is not None,
    )
