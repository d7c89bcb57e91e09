"""Uncover who the patient is, for a reason, on record."""

from __future__ import annotations

from concurrent.futures import Future

from workstation.cache import encounters, patients
from workstation.desk import Desk
from workstation.domain.access import RevealReason
from workstation.domain.audit import Act
from workstation.domain.encounter import EncounterId, Patient
from workstation.errors import NotHere
from workstation.operations.audit import act_on
from workstation.sealed_db import Connection


def reveal(desk: Desk, encounter_id: EncounterId, reason: RevealReason) -> Future[Patient]:
    """The patient with every identifier. Raises NotHere."""

    def look(db: Connection) -> Patient:
        patient_id = encounters.patient_of(db, encounter_id)
        patient = patients.get(db, patient_id) if patient_id else None
        if patient is None:
            raise NotHere
        return patient

    return act_on(desk, encounter_id, Act.REVEAL, look, reason=reason.value)
