"""The audit as operations see it: whose chart an intent is about, and settling what a crash left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from workstation import VERSION
from workstation.cache import acts, documents, encounters
from workstation.cache.database import Database
from workstation.changes import Changes
from workstation.desk import AskGuard, Desk, TellOutcome
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.domain.encounter import DocumentId, EncounterId
from workstation.domain.policy import require_current
from workstation.errors import NotHere
from workstation.futures import apply, then
from workstation.sealed_db import Connection

__all__ = ["AskGuard", "TellOutcome", "act_on", "look_at", "look_at_document", "settle", "telling"]

T = TypeVar("T")


def settle(db: Database, open_intents: Iterable[str]) -> Future[dict[str, Outcome]]:
    """After a crash: an intent whose act was committed is done, any other was aborted."""
    asked = tuple(open_intents)

    def look(connection: Connection) -> dict[str, Outcome]:
        done = acts.done(connection, asked)
        return {intent: Outcome.DONE if intent in done else Outcome.ABORTED for intent in asked}

    return db.read(look)


def look_at(
    desk: Desk, encounter_id: EncounterId, act: Act, read: Callable[[Connection], T], *, what: str = ""
) -> Future[T]:
    """Audit a view of an encounter, then read it."""
    return then(_subject(desk, encounter_id, what), lambda subject: desk.look(Intent(act, subject), read))


def look_at_document(desk: Desk, document_id: DocumentId, read: Callable[[Connection], T]) -> Future[T]:
    """Audit a view of one document's version, then read it. Raises NotHere."""

    def subject(db: Connection) -> Subject:
        document = documents.get(db, document_id)
        if document is None:
            raise NotHere
        patient = encounters.patient_of(db, document.encounter_id) or ""
        return Subject(
            f"Patient/{patient}",
            f"Encounter/{document.encounter_id}",
            f"DocumentReference/{document_id}",
            document.version,
        )

    return then(desk.db.read(subject), lambda found: desk.look(Intent(Act.VIEW_DOCUMENT, found), read))


def act_on(
    desk: Desk,
    encounter_id: EncounterId,
    act: Act,
    write: Callable[[Connection], T],
    *,
    what: str = "",
    reason: str = "",
) -> Future[T]:
    """Audit an act on an encounter, then carry it out."""
    return then(_subject(desk, encounter_id, what), lambda subject: desk.act(Intent(act, subject, reason), write))


def telling(desk: Desk, done: Future[T], changes: Callable[[T], Changes]) -> Future[T]:
    """After the commit: say what changed, then answer."""

    def tell(answer: T) -> T:
        desk.changed(changes(answer))
        return answer

    return apply(done, tell)


def _subject(desk: Desk, encounter_id: EncounterId, what: str) -> Future[Subject]:
    def subject(patient: str | None) -> Subject:
        if patient is None:
            require_current(desk.policy(), VERSION)  # then that is why it is not here
            raise NotHere
        return Subject(f"Patient/{patient}", f"Encounter/{encounter_id}", what)

    return apply(desk.db.read(lambda db: encounters.patient_of(db, encounter_id)), subject)
