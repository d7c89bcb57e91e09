"""The tasks table: assignments as the server has them (written by sync)."""

from __future__ import annotations

from typing import Any

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import EncounterId, PatientId, TaskId
from workstation.domain.mirror import CodingTask
from workstation.sealed_db import Connection

_COLUMNS = (
    "id, version, encounter_id, patient_id, status, owner, priority, due_at, last_updated, worklist, withdrawn, raw"
)


def put(db: Connection, task: CodingTask) -> None:
    """Keep the newest answer of the server."""
    db.execute(
        f"insert or replace into tasks ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  our own names
        (
            task.id, task.version, task.encounter_id, task.patient_id, task.status, task.owner, task.priority,
            moment(task.due_at), task.last_updated, task.worklist, task.withdrawn, task.raw,
        ),
    )  # fmt: skip


def get(db: Connection, task_id: TaskId) -> CodingTask | None:
    row = db.execute(f"select {_COLUMNS} from tasks where id = ?", (task_id,)).fetchone()  # noqa: S608  our own names
    return _task(row) if row else None


def of_encounter(db: Connection, encounter_id: EncounterId) -> CodingTask | None:
    """The assignment an encounter is worked under; one that still stands before one withdrawn."""
    row = db.execute(
        f"select {_COLUMNS} from tasks where encounter_id = ? order by withdrawn <> '', last_updated desc, id limit 1",  # noqa: S608  our own names
        (encounter_id,),
    ).fetchone()
    return _task(row) if row else None


def all_of(db: Connection) -> tuple[CodingTask, ...]:
    return tuple(_task(row) for row in db.execute(f"select {_COLUMNS} from tasks order by id"))  # noqa: S608  our own names


def withdraw(db: Connection, task_id: TaskId, why: str) -> None:
    db.execute("update tasks set withdrawn = ? where id = ?", (why, task_id))


def forget(db: Connection, encounter_id: EncounterId) -> None:
    db.execute("delete from tasks where encounter_id = ?", (encounter_id,))


def _task(row: tuple[Any, ...]) -> CodingTask:
    (task, version, encounter, patient, status, owner, priority, due, updated, worklist, withdrawn, raw) = row
    return CodingTask(
        TaskId(task), version, EncounterId(encounter), PatientId(patient), status, owner, priority,
        moment_of(due), updated, worklist, raw, withdrawn,
    )  # fmt: skip
