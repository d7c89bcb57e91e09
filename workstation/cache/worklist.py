"""The worklist as it lies in the cache: one row an encounter, put together from mirror and work."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from workstation.cache.columns import moment_of, words_of
from workstation.domain.access import initials, masked_mrn
from workstation.domain.encounter import EncounterClass, EncounterId, TaskId
from workstation.domain.worklist import SendState, WorklistItem, WorkState
from workstation.sealed_db import Connection

HANDED_BACK = "handed back"

_ROWS = """
select t.encounter_id, t.id, t.priority, t.due_at, t.worklist, t.withdrawn,
       e.account_number, e.class, e.discharged_at, e.service, e.complete, e.restricted,
       p.family, p.given, p.mrn,
       coalesce(w.state, 'not started'), coalesce(w.hold_reason, ''),
       (select count(*) from documents d where d.encounter_id = t.encounter_id),
       (select count(*) from documents d left join reads r on r.document_id = d.id
        where d.encounter_id = t.encounter_id and coalesce(r.version, '') <> d.version),
       exists (select 1 from queries q join query_mirror m on m.query_id = q.id
        where q.encounter_id = t.encounter_id and q.decision = 'sent' and json_extract(m.body, '$.answer') is not null)
from tasks t join encounters e on e.id = t.encounter_id
left join patients p on p.id = e.patient_id
left join work w on w.encounter_id = t.encounter_id
order by t.encounter_id, t.withdrawn = '', t.last_updated
"""


def rows(db: Connection) -> tuple[WorklistItem, ...]:
    """Every encounter that is here, in no order that matters."""
    sending = _sending(db)
    found: dict[EncounterId, WorklistItem] = {}
    for row in db.execute(_ROWS):
        shown = _shown(row, *sending.get(row[0], (SendState.IN_STEP, "")))
        if shown.hold_reason != HANDED_BACK or shown.send_state in (SendState.REFUSED, SendState.CONFLICT):
            found[shown.encounter_id] = shown  # of two assignments the one that stands comes last
    return tuple(found.values())


def send_state(db: Connection, encounter_id: EncounterId) -> tuple[SendState, str]:
    """What the server has of one encounter, and why it refused."""
    return _sending(db).get(encounter_id, (SendState.IN_STEP, ""))


def _sending(db: Connection) -> dict[str, tuple[SendState, str]]:
    found: dict[str, tuple[SendState, str]] = {}
    # what is handed to a lead is shown for itself: it says nothing of the coding
    query = """select encounter_id, state, answer from outbox where state <> 'confirmed'
               and kind not in ('hand-over', 'hand-over-change') order by seq"""
    for encounter, state, answer in db.execute(query):
        if encounter in found:
            continue  # the first unsettled letter holds the others
        reason = str(json.loads(answer).get("reason", "")) if answer else ""
        found[encounter] = (SendState(state), reason)
    return found


def _shown(row: tuple[Any, ...], sending: SendState, refusal: str) -> WorklistItem:
    (encounter, task, priority, due, worklist, withdrawn, account, kind, discharged, service, complete, restricted,
     family, given, mrn, state, hold_reason, documents, unread, answered) = row  # fmt: skip
    shown = WorklistItem(
        encounter_id=EncounterId(encounter),
        task_id=TaskId(task),
        account_number=account,
        patient_initials=initials(family or "", words_of(given or "[]")),
        masked_mrn=masked_mrn(mrn or ""),
        encounter_class=EncounterClass(kind),
        service=service or worklist,
        discharged_at=moment_of(discharged),
        due_at=moment_of(due),
        priority=priority,
        work_state=WorkState(state),
        hold_reason=hold_reason,
        query_answered=bool(answered),
        send_state=sending,
        refusal=refusal,
        unread_documents=unread,
        documents=documents,
        is_complete=bool(complete),
        restricted=bool(restricted),
    )
    return replace(shown, work_state=WorkState.WITHDRAWN) if withdrawn else shown
