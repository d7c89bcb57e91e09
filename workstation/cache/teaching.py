"""Teaching requests as the server has them (written by sync) and the copies made here (written by operations)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from workstation.cache.columns import moment, moment_of
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.teaching.copy import Section, TeachingCopy
from workstation.domain.teaching.request import TeachingTask
from workstation.domain.teaching.risk import Answer, Risk
from workstation.sealed_db import Connection

# ---------------------------------------------------------------- requests


def put_task(db: Connection, task: TeachingTask, at: datetime) -> None:
    body = {**asdict(task), "asked_at": moment(task.asked_at), "until": moment(task.until)}
    db.execute(
        "insert or replace into teaching_tasks (task_id, version, status, task, fetched_at) values (?, ?, ?, ?, ?)",
        (task.id, task.version, task.status, json.dumps(body, ensure_ascii=False), moment(at)),
    )


def tasks(db: Connection) -> tuple[TeachingTask, ...]:
    """Every request this desk knows of, in the order they came."""
    return tuple(_task(row[0]) for row in db.execute("select task from teaching_tasks order by task_id"))


def task(db: Connection, task_id: str) -> TeachingTask | None:
    row = db.execute("select task from teaching_tasks where task_id = ?", (task_id,)).fetchone()
    return _task(row[0]) if row else None


def drop_task(db: Connection, task_id: str) -> None:
    db.execute("delete from teaching_tasks where task_id = ?", (task_id,))


def _task(body: str) -> TeachingTask:
    fields: dict[str, Any] = json.loads(body)
    return TeachingTask(
        **{**fields, "asked_at": moment_of(fields["asked_at"]), "until": moment_of(fields["until"])}
    )  # fmt: skip


# ---------------------------------------------------------------- copies


def put_copy(db: Connection, copy: TeachingCopy, state: str, at: datetime) -> None:
    """`state` is checking or released."""
    db.execute(
        "insert or replace into teaching_copies (id, task_id, state, body, changed_at) values (?, ?, ?, ?, ?)",
        (copy.id, copy.task_id, state, _json(copy), moment(at)),
    )


def empty_copy(db: Connection, copy_id: str, state: str, at: datetime) -> None:
    """The text goes; that there was a copy, and what became of it, stays: discarded, expired or recalled."""
    db.execute(
        "update teaching_copies set state = ?, body = '', changed_at = ? where id = ?", (state, moment(at), copy_id)
    )


def copy(db: Connection, copy_id: str) -> tuple[TeachingCopy, str] | None:
    """A copy that still has its text, and its state."""
    row = db.execute("select body, state from teaching_copies where id = ? and body <> ''", (copy_id,)).fetchone()
    return (_copy(row[0]), row[1]) if row else None


def copies(db: Connection) -> tuple[tuple[TeachingCopy, str], ...]:
    rows = db.execute("select body, state from teaching_copies where body <> '' order by changed_at desc, id")
    return tuple((_copy(body), state) for body, state in rows)


def states(db: Connection) -> dict[str, tuple[str, str]]:
    """(copy id, state) of the newest copy of each request."""
    rows = db.execute("select task_id, id, state from teaching_copies order by changed_at, id")
    return {task_id: (copy_id, state) for task_id, copy_id, state in rows}


def _json(made: TeachingCopy) -> str:
    body = {
        "id": made.id,
        "task_id": made.task_id,
        "need": made.need,
        "topic": made.topic,
        "sections": [[s.heading, s.when, s.text] for s in made.sections],
        "removed": {kind.value: count for kind, count in made.removed.items()},
        "left_out": made.left_out,
        "dates": made.dates,
        "passes": made.passes,
        "made_at": moment(made.made_at),
        "answers": [
            {**asdict(answer), "risk": answer.risk.value, "at": moment(answer.at)} for answer in made.answers
        ],
        "released_at": moment(made.released_at),
        "until": moment(made.until),
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False)


def _copy(text: str) -> TeachingCopy:
    body: dict[str, Any] = json.loads(text)
    return TeachingCopy(
        id=body["id"],
        task_id=body["task_id"],
        need=body["need"],
        topic=body["topic"],
        sections=tuple(Section(*each) for each in body["sections"]),
        removed={Identifier(kind): count for kind, count in body["removed"].items()},
        left_out=body["left_out"],
        dates=body["dates"],
        passes=body["passes"],
        made_at=datetime.fromisoformat(body["made_at"]),
        answers=tuple(
            Answer(Risk(a["risk"]), a["yes"], a["by"], datetime.fromisoformat(a["at"]), a["reason"], a["mended"])
            for a in body["answers"]
        ),
        released_at=moment_of(body["released_at"]),
        until=moment_of(body["until"]),
    )
