"""The incidents table: drafts of privacy incident reports (written by operations)."""

from __future__ import annotations

import json
from datetime import datetime

from workstation.cache.columns import moment, moment_of
from workstation.domain.encounter import EncounterId
from workstation.domain.incident import Incident, IncidentKind, RetractReason
from workstation.sealed_db import Connection


def put(db: Connection, incident: Incident, at: datetime) -> None:
    body = json.dumps(
        {
            "query": incident.query_id,
            "reason": incident.reason.value,
            "recipient": incident.recipient,
            "contents": list(incident.contents),
            "facts": [list(fact) for fact in incident.facts],
        },
        ensure_ascii=False,
    )
    db.execute(
        """insert into incidents (id, kind, encounter_id, discovered_at, state, body, changed_at)
           values (?, ?, ?, ?, ?, ?, ?)
           on conflict (id) do update set state = excluded.state, body = excluded.body,
             changed_at = excluded.changed_at""",  # the time of discovery never moves
        (
            incident.id, incident.kind.value, incident.encounter_id, moment(incident.discovered_at), incident.state,
            body, moment(at),
        ),
    )  # fmt: skip


def all_of(db: Connection) -> tuple[Incident, ...]:
    """Every draft, newest first."""
    rows = db.execute("select id, kind, encounter_id, discovered_at, state, body from incidents order by id desc")
    found = []
    for name, kind, encounter_id, discovered, state, text in rows:
        body, at = json.loads(text), moment_of(discovered)
        if at is None:
            raise ValueError("an incident without its time")
        found.append(
            Incident(
                name, IncidentKind(kind), EncounterId(encounter_id), at, body["query"], RetractReason(body["reason"]),
                body["recipient"], tuple(body["contents"]), tuple((a, b) for a, b in body["facts"]), state,
            )
        )  # fmt: skip
    return tuple(found)
