"""The working MS-DRG of an encounter, worked out anew from the coding as it stands; nothing of it is stored."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace

from workstation.cache import encounters, summaries
from workstation.desk import Desk
from workstation.domain.encounter import EncounterId
from workstation.domain.grouping import Alternative, Drg, Grouping, stay_of
from workstation.errors import NotHere
from workstation.sealed_db import Connection

WEIGHTS = "drg"  # the verb a role needs to see relative weights and mean stays, where policy lists roles at all


@dataclass(frozen=True, slots=True)
class WorkingDrg:
    """What the coding groups to now, and what it would with another principal diagnosis; or what is lacking."""

    encounter_id: EncounterId
    grouping: Grouping | None = None
    alternatives: tuple[Alternative, ...] = ()
    lacking: str = ""


def working_drg(desk: Desk, encounter_id: EncounterId) -> Future[WorkingDrg]:
    """Group the coding as it stands. Weights are left out for roles that may not see them."""

    def read(db: Connection) -> WorkingDrg:
        encounter = encounters.get(db, encounter_id)
        if encounter is None:
            raise NotHere
        stay = stay_of(summaries.get(db, encounter_id), encounter)
        if isinstance(stay, str):
            return WorkingDrg(encounter_id, lacking=stay)
        if desk.grouper is None:
            return WorkingDrg(encounter_id, lacking="No grouper is installed.")
        found = desk.grouper.group(stay)
        others = desk.grouper.alternatives(stay)
        if not may_see_weights(desk):
            found = replace(found, drg=_plain(found.drg))
            others = tuple(replace(other, drg=_plain(other.drg)) for other in others)
        return WorkingDrg(encounter_id, found, others)

    return desk.db.read(read)


def may_see_weights(desk: Desk) -> bool:
    """Everyone may while policy names no role's verbs."""
    policy = desk.policy()
    return not policy.features or policy.allows(desk.coder.roles, WEIGHTS)


def _plain(drg: Drg) -> Drg:
    return replace(drg, weight=None, mean_stay=None)
