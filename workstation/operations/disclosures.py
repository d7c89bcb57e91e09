"""The log of disclosures and the incident drafts, for the coder who made them."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace

from workstation.cache import disclosures, incidents
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent
from workstation.domain.disclosure import Disclosure
from workstation.domain.incident import IMPERMISSIBLE, RETRACT_WORDS, Incident
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class DisclosureLog:
    """Every disclosure made from this device by this coder, newest first, and the incidents about them."""

    disclosures: tuple[Disclosure, ...]
    incidents: tuple[Incident, ...]


def log(desk: Desk) -> Future[DisclosureLog]:
    """The log, once it is on record that it is looked at."""
    return desk.look(Intent(Act.VIEW_DISCLOSURES), _log)


def refresh(desk: Desk) -> Future[DisclosureLog]:
    return desk.db.read(_log)


def _log(db: Connection) -> DisclosureLog:
    drafts = incidents.all_of(db)
    by_query = {incident.query_id: incident for incident in drafts}

    def judged(disclosure: Disclosure) -> Disclosure:
        """One that went where it should not have is accounted for, whatever its purpose was (45 CFR 164.528)."""
        incident = by_query.get(disclosure.query_id)
        if incident is None:
            return disclosure
        counts = disclosure.accountable or incident.reason in IMPERMISSIBLE
        return replace(disclosure, accountable=counts, note=f"Retracted: {RETRACT_WORDS[incident.reason].lower()}")

    return DisclosureLog(tuple(judged(each) for each in disclosures.all_of(db)), drafts)
