"""A provider query on a server that is not ours: asked once, seen, answered, taken back."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import requests

from tests import charts
from tests.desks import an_encounter
from tests.sync.conftest import Room
from workstation.cache import contents, encounters, queries
from workstation.cache.outbox import Letter
from workstation.domain.encounter import DocumentId, Passage
from workstation.domain.incident import RetractReason
from workstation.domain.queries.life import QueryState
from workstation.domain.queries.query import Form, Option, OptionKind, ProviderQuery, Trigger, in_order, revise
from workstation.operations import queries as writing
from workstation.operations import query_life
from workstation.operations.query_bench import QueryBoard
from workstation.operations.query_life import Sent
from workstation.query_packs.shelf import read_books

pytestmark = pytest.mark.peers
BOOKS = cache(read_books)  # read once for all tests of this file
WORDS = "Creatinine 2.4 mg/dL, baseline 1.0."


def found(room: Room, query: str) -> list[dict[str, Any]]:
    bundle = requests.get(f"{room.base}/{query}", timeout=20).json()
    return [entry["resource"] for entry in bundle.get("entry", [])]


def sent(room: Room) -> ProviderQuery:
    room.seed()
    room.sync.once()
    desk, board = room.bench.desk, QueryBoard(room.bench.desk, BOOKS)
    document = DocumentId(f"{room.prefix}d1")
    text = dict(desk.db.read(lambda db: contents.texts(db, room.encounter_id)).result())[document]
    at = text.index(WORDS)
    file = writing.add_passage(desk, room.encounter_id, Passage(document, at, at + len(WORDS))).result()
    chart = desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result() or an_encounter()
    indicator = file.query.indicators[0].id
    query = revise(
        file.query,
        trigger=Trigger.INDICATORS_WITHOUT_DIAGNOSIS,
        form=Form.MULTIPLE_CHOICE,
        question="Please clarify the clinical significance, if any, of the finding below.",
        options=in_order(
            (
                Option("Acute kidney injury", OptionKind.ANSWER, (indicator,)),
                Option("Other (please specify)", OptionKind.OTHER),
                Option("Unable to determine", OptionKind.UNDETERMINED),
            )
        ),
        recipient_id=chart.providers[0].id,
        template_id="own-words",
        template_version="1",
    )
    writing.keep(desk, query).result()
    answer = query_life.send(board, room.encounter_id, query.id).result()
    assert isinstance(answer, Sent), [(f.rule, f.text) for f in answer.stopping] + list(answer.excerpts)
    room.sync.once()
    return query


def state(room: Room, query: ProviderQuery) -> QueryState:
    file = room.bench.desk.db.read(lambda db: queries.get(db, query.id)).result()
    assert file is not None
    return file.state(room.bench.desk.now())


def test_a_query_its_task_and_its_answer(room: Room) -> None:
    query = sent(room)
    [request] = found(room, f"CommunicationRequest?encounter=Encounter/{room.prefix}e")
    [task] = found(room, f"Task?focus=CommunicationRequest/{request['id']}")
    assert "Brannigan" not in str(request) + str(task)
    assert room.task_there()["status"] == "on-hold"
    assert state(room, query) is QueryState.SENT
    charts.put(room.base, {**task, "status": "accepted"})
    room.sync.once()
    assert state(room, query) is QueryState.VIEWED
    charts.put(
        room.base,
        {
            "resourceType": "Communication",
            "id": f"{room.prefix}answer",
            "basedOn": [{"reference": f"CommunicationRequest/{request['id']}"}],
            "status": "completed",
            "subject": request["subject"],
            "encounter": request["encounter"],
            "sent": "2026-11-24T15:00:00Z",
            "sender": request["recipient"][0],
            "payload": [{"contentString": "Acute kidney injury."}],
        },
    )
    room.sync.once()
    assert state(room, query) is QueryState.RESPONDED
    file = room.bench.desk.db.read(lambda db: queries.get(db, query.id)).result()
    assert file.theirs.answer.chosen == ("Acute kidney injury",)
    query_life.tend(room.bench.desk).result()
    room.sync.once()
    assert room.task_there()["status"] == "in-progress"


def test_a_letter_sent_twice_is_one_query(room: Room) -> None:
    query = sent(room)

    def as_if_unanswered(db) -> None:
        db.execute("update outbox set state = 'waiting', answer = '' where kind = ?", (Letter.QUERY.value,))

    room.bench.desk.db.write(as_if_unanswered).result()
    room.sync.once()
    [request] = found(room, f"CommunicationRequest?encounter=Encounter/{room.prefix}e")
    assert len(found(room, f"Task?focus=CommunicationRequest/{request['id']}")) == 1
    assert state(room, query) is QueryState.SENT


def test_a_retracted_query_is_empty_there(room: Room) -> None:
    query = sent(room)
    query_life.retract(
        room.bench.desk, room.encounter_id, query.id, RetractReason.WRONG_PATIENT, replaced=False
    ).result()
    room.sync.once()
    [request] = found(room, f"CommunicationRequest?encounter=Encounter/{room.prefix}e")
    assert request["status"] == "revoked"
    assert "Creatinine" not in str(request)
    assert room.task_there()["status"] == "in-progress"
