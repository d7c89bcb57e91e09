"""Look at results, drugs or problems of an encounter: on record as a view of their own."""

from __future__ import annotations

from concurrent.futures import Future

from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.encounter import EncounterId
from workstation.operations.audit import look_at


def look(desk: Desk, encounter_id: EncounterId, section: str) -> Future[str]:
    """The section that may be shown now: labs, vitals, medications or problems."""
    return look_at(desk, encounter_id, Act.VIEW_RESULTS, lambda _: section, what=section)
