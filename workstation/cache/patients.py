"""The patients table (written by sync)."""

from __future__ import annotations

from workstation.cache.columns import day, day_of, words, words_of
from workstation.domain.encounter import Patient, PatientId
from workstation.sealed_db import Connection


def put(db: Connection, patient: Patient, version: str) -> None:
    db.execute(
        """insert or replace into patients
           (id, version, family, given, sex, birth_date, mrn, phones, addresses, relatives)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            patient.id, version, patient.family, words(patient.given), patient.sex, day(patient.birth_date),
            patient.mrn, words(patient.phones), words(patient.addresses), words(patient.relatives),
        ),
    )  # fmt: skip


def get(db: Connection, patient_id: PatientId) -> Patient | None:
    row = db.execute(
        """select family, given, sex, birth_date, mrn, phones, addresses, relatives from patients where id = ?""",
        (patient_id,),
    ).fetchone()
    if row is None:
        return None
    family, given, sex, born, mrn, phones, addresses, relatives = row
    return Patient(
        patient_id, family, words_of(given), sex, day_of(born), mrn,
        words_of(phones), words_of(addresses), words_of(relatives),
    )  # fmt: skip


def forget_strangers(db: Connection) -> None:
    """Drop the patients of whom no encounter is left."""
    db.execute("delete from patients where id not in (select patient_id from encounters)")
