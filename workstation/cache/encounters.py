"""The encounters table, and a whole chart put into or taken from the mirror (written by sync)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workstation.cache import contents, coverage, documents, medications, patients, problems, providers, results, tasks
from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import Encounter, EncounterClass, EncounterId, Patient, PatientId, TaskId
from workstation.domain.mirror import Chart
from workstation.sealed_db import Connection

_MIRRORS = ("providers", "documents", "observations", "medications", "problems")


def put(db: Connection, chart: Chart, fetched_at: datetime) -> None:
    """Replace the chart of one encounter; contents already held stay."""
    e = chart.encounter
    before, who = documents.ids_of(db, e.id), patient_of(db, e.id)
    patients.put(db, e.patient, "")
    db.execute(
        """insert or replace into encounters (id, version, patient_id, account_number, class, admitted_at,
           discharged_at, admit_source, disposition, facility, organization_ref, admitting_diagnosis, reason, service,
           restricted, complete, fetched_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)""",
        (
            e.id, chart.version, e.patient.id, e.account_number, e.encounter_class.value, moment(e.admitted_at),
            moment(e.discharged_at), e.admit_source, e.disposition, e.facility, e.provider_org_ref,
            e.admitting_diagnosis, e.reason, chart.service, int(e.restricted), moment(fetched_at),
        ),
    )  # fmt: skip
    coverage.put(db, e.id, e.coverage_ref, e.coverage)
    providers.replace_all(db, e.id, e.providers)
    documents.replace_all(db, e.id, e.documents, chart.attachments)
    results.replace_all(db, e.id, e.labs, e.vitals)
    medications.replace_all(db, e.id, e.medications)
    problems.replace_all(db, e.id, e.problems)
    contents.forget(db, before - {d.id for d in e.documents})
    if who not in (None, e.patient.id):
        patients.forget_strangers(db)


def accounts(db: Connection) -> dict[EncounterId, str]:
    """The account number of each encounter that is here."""
    return {EncounterId(name): account for name, account in db.execute("select id, account_number from encounters")}


def complete(db: Connection, encounter_id: EncounterId) -> None:
    """Say that the chart is wholly here."""
    db.execute("update encounters set complete = 1 where id = ?", (encounter_id,))


def is_complete(db: Connection, encounter_id: EncounterId) -> bool:
    row = db.execute("select complete from encounters where id = ?", (encounter_id,)).fetchone()
    return bool(row and row[0])


def complete_ones(db: Connection) -> frozenset[EncounterId]:
    """The encounters whose charts are wholly here."""
    return frozenset(EncounterId(row[0]) for row in db.execute("select id from encounters where complete = 1"))


def patient_of(db: Connection, encounter_id: EncounterId) -> PatientId | None:
    row = db.execute("select patient_id from encounters where id = ?", (encounter_id,)).fetchone()
    return PatientId(row[0]) if row else None


def get(db: Connection, encounter_id: EncounterId) -> Encounter | None:
    row: tuple[Any, ...] | None = db.execute(
        """select patient_id, account_number, class, admitted_at, discharged_at, admit_source, disposition, facility,
           organization_ref, admitting_diagnosis, reason, restricted from encounters where id = ?""",
        (encounter_id,),
    ).fetchone()
    if row is None:
        return None
    (patient_id, account, kind, admitted, discharged, source, disposition, facility, organization, admitting, reason,
     restricted) = row  # fmt: skip
    task = tasks.of_encounter(db, encounter_id)
    patient = patients.get(db, PatientId(patient_id))
    reference, payer = coverage.get(db, encounter_id)
    return Encounter(
        id=encounter_id,
        task_id=task.id if task else TaskId(""),
        account_number=account,
        patient=patient or Patient(PatientId(patient_id), "", (), "unknown", None, ""),
        encounter_class=EncounterClass(kind),
        admitted_at=moment_of(admitted),
        discharged_at=moment_of(discharged),
        admit_source=source,
        disposition=disposition,
        facility=facility,
        coverage=payer,
        admitting_diagnosis=admitting,
        reason=reason,
        restricted=bool(restricted),
        providers=providers.of_encounter(db, encounter_id),
        documents=documents.of_encounter(db, encounter_id),
        labs=results.of_encounter(db, encounter_id, results.LAB),
        vitals=results.of_encounter(db, encounter_id, results.VITAL),
        medications=medications.of_encounter(db, encounter_id),
        problems=problems.of_encounter(db, encounter_id),
        coverage_ref=reference,
        provider_org_ref=organization,
    )


def all_ids(db: Connection) -> tuple[EncounterId, ...]:
    return tuple(EncounterId(row[0]) for row in db.execute("select id from encounters order by id"))


def forget(db: Connection, encounter_id: EncounterId) -> None:
    """Take an encounter out of the mirror with everything that hangs on it."""
    before = documents.ids_of(db, encounter_id)
    db.execute("delete from encounters where id = ?", (encounter_id,))
    db.execute("delete from coverage where encounter_id = ?", (encounter_id,))
    for table in _MIRRORS:
        db.execute(f"delete from {table} where encounter_id = ?", (encounter_id,))  # noqa: S608  our own names
    tasks.forget(db, encounter_id)
    contents.forget(db, before)
    patients.forget_strangers(db)
