"""The hand_overs table: what coders handed to the leads, as a lead's desk knows it (written by sync)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import EncounterId
from workstation.domain.hand_over import Handed
from workstation.sealed_db import Connection


def put(db: Connection, one: Handed, at: datetime) -> None:
    body = {**asdict(one), "at": moment(one.at)}
    db.execute(
        "insert or replace into hand_overs (task_id, version, status, body, fetched_at) values (?, ?, ?, ?, ?)",
        (one.task_id, one.version, one.status, json.dumps(body, ensure_ascii=False), moment(at)),
    )


def everything(db: Connection) -> tuple[Handed, ...]:
    """In the order they came: ids sort by time where the server gives such, else as it likes."""
    return tuple(_handed(row[0]) for row in db.execute("select body from hand_overs order by task_id"))


def drop(db: Connection, task_id: str) -> None:
    db.execute("delete from hand_overs where task_id = ?", (task_id,))


def _handed(body: str) -> Handed:
    fields: dict[str, Any] = json.loads(body)
    return Handed(
        **{**fields, "at": moment_of(fields["at"]), "encounter_id": EncounterId(fields["encounter_id"])}
    )  # fmt: skip
