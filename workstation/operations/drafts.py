"""Keep what is being typed: every keystroke, so that a lock or a crash loses nothing."""

from __future__ import annotations

from concurrent.futures import Future

from workstation.cache import drafts
from workstation.desk import Desk
from workstation.domain.encounter import EncounterId


def keep(desk: Desk, encounter_id: EncounterId, field: str, text: str) -> Future[None]:
    """Keep the text of one field; an empty text forgets it. Not an act: it becomes one when it is set."""
    return desk.db.write(lambda db: drafts.put(db, encounter_id, field, text, desk.now()))


def load(desk: Desk, encounter_id: EncounterId) -> Future[dict[str, str]]:
    """What was typed and not yet set, by field."""
    return desk.db.read(lambda db: drafts.of_encounter(db, encounter_id))
