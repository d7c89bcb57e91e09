"""Where the coder was: the same encounter, document and line after a lock."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass

from workstation.cache import places
from workstation.cache.summaries import passage_json, passage_of
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.encounter import DocumentId, EncounterId, Passage
from workstation.futures import apply
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """A place in one encounter. `focus` names the control that had the keyboard, `panel` the page shown."""

    encounter_id: EncounterId
    document_id: DocumentId | None = None
    first_line: int = 0
    passage: Passage | None = None
    focus: str = ""
    panel: str = ""


def remember(desk: Desk, place: Place) -> Future[Changes]:
    """Keep the place; not an act, nothing is shown or changed by it."""

    def keep(db: Connection) -> Changes:
        places.put(db, place.encounter_id, _to_json(place), desk.now())
        return Changes()

    return desk.db.write(keep)


def last(desk: Desk) -> Future[Place | None]:
    """Where the coder was last, if that encounter is still here."""
    return apply(desk.db.read(places.last), _of_json)


def of_encounter(db: Connection, encounter_id: EncounterId) -> Place | None:
    return _of_json(places.get(db, encounter_id))


def _to_json(place: Place) -> str:
    return json.dumps(
        {
            "encounter": place.encounter_id,
            "document": place.document_id,
            "line": place.first_line,
            "passage": passage_json(place.passage) if place.passage else None,
            "focus": place.focus,
            "panel": place.panel,
        },
        ensure_ascii=False,
    )


def _of_json(text: str | None) -> Place | None:
    if text is None:
        return None
    body = json.loads(text)
    return Place(
        EncounterId(body["encounter"]),
        DocumentId(body["document"]) if body["document"] else None,
        body["line"],
        passage_of(body["passage"]) if body["passage"] else None,
        body["focus"],
        body["panel"],
    )
