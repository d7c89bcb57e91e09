"""Requests for teaching copies: who may ask and decide, how each stands, asking, approving, refusing, recalling."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from workstation.cache import outbox, teaching
from workstation.cache.outbox import ABOUT_TEACHING, Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import EncounterId, TaskId
from workstation.domain.teaching.request import LONGEST_TOPIC, Candidate, NeedCode, Step, TeachingTask, step_of
from workstation.domain.teaching.risk import SHORTEST_REASON
from workstation.domain.teaching.wording import names_somebody
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.outgoing import instant
from workstation.fhir.teaching import request_task
from workstation.futures import then
from workstation.ids import uuid7
from workstation.operations.audit import telling
from workstation.operations.query_bench import QueryBoard
from workstation.sealed_db import Connection

MAKE, PROPOSE, GRANT = "teaching", "propose", "grant"  # the verbs of policy


@dataclass(frozen=True, slots=True)
class Requested:
    """One request with where it stands; `letter` names what the server refused of it, and `why` its reason."""

    task: TeachingTask
    step: Step
    mine: bool  # asked for by this person
    copy_id: str = ""
    letter: str = ""
    why: str = ""


def may_make(desk: Desk) -> bool:
    """An educator, where policy issues the verb. A coder never, whatever policy leaves open."""
    return "educator" in desk.coder.roles and desk.policy().permits(desk.coder.roles, MAKE)


def may_ask(desk: Desk) -> bool:
    """An educator, or an auditor who proposes."""
    return may_make(desk) or ("auditor" in desk.coder.roles and desk.policy().permits(desk.coder.roles, PROPOSE))


def may_decide(desk: Desk) -> bool:
    return "lead" in desk.coder.roles and desk.policy().permits(desk.coder.roles, GRANT)


def concerns(desk: Desk) -> bool:
    """Whether teaching copies are any of this person's business."""
    return may_ask(desk) or may_decide(desk)


# ---------------------------------------------------------------- looking


def requests(desk: Desk) -> Future[tuple[Requested, ...]]:
    """Every request this person has to do with, what needs them first. No request says whose chart it is about."""

    def read(db: Connection) -> tuple[Requested, ...]:
        now, me = desk.now(), desk.coder.practitioner_id
        letters = outbox.open_of_kinds(db, ABOUT_TEACHING)
        refused = {letter.task_id: letter for letter in letters if letter.state is Post.REFUSED}
        moving = {letter.task_id for letter in letters if letter.state is Post.WAITING}
        states = teaching.states(db)
        found = []
        for task in teaching.tasks(db):
            copy_id, state = states.get(task.id, ("", ""))
            letter = refused.get(TaskId(task.id))
            step = step_of(task, now, state, withheld=letter is not None, moving=TaskId(task.id) in moving)
            found.append(
                Requested(
                    task,
                    step,
                    task.requester == me,
                    copy_id,
                    letter.id if letter else "",
                    _reason(letter) or task.reason,
                )
            )
        for letter in letters:
            if letter.kind is Letter.TEACHING_ASKED:
                step = Step.UNSENT if letter.state is Post.REFUSED else Step.SENDING
                found.append(Requested(_unsent(letter), step, True, "", letter.id, _reason(letter)))
        return tuple(sorted(found, key=lambda each: (_ORDER.index(each.step), each.task.id)))

    return desk.db.read(read)


_ORDER = (
    Step.ASKED, Step.APPROVED, Step.CHECKING, Step.UNSENT, Step.WITHHELD, Step.RELEASED, Step.SENDING, Step.MADE, Step.LAPSED,
    Step.DECLINED, Step.RECALLED, Step.WITHDRAWN, Step.EXPIRED, Step.DISCARDED,
)  # fmt: skip


def _reason(letter: Outgoing | None) -> str:
    return str(json.loads(letter.answer).get("reason", "")) if letter is not None and letter.answer else ""


def _unsent(letter: Outgoing) -> TeachingTask:
    body = json.loads(letter.body)
    task = body["task"]
    return TeachingTask(
        id=f"unsent-{body['key']}", version="", key=body["key"], status="requested", need=body["need"],
        topic=task["description"], requester="", owner="", asked_at=None, until=None,
    )  # fmt: skip


# ---------------------------------------------------------------- asking and deciding


def ask(board: QueryBoard, need: NeedCode, topic: str) -> Future[Changes]:
    """Ask a lead for a copy. Raises NotAllowed for who may not, and for a topic that names somebody."""
    desk = board.desk
    if not may_ask(desk):
        raise NotAllowed("Your role does not ask for teaching copies.")
    words = " ".join(topic.split())[:LONGEST_TOPIC]
    if not any(map(str.isalnum, words)):
        raise NotAllowed("A request says what is to be taught.", remedy="Type a code or a few words.")

    def write(db: Connection) -> Changes:
        key = uuid7()
        body = {
            "key": key, "need": need.value,
            "task": request_task(key, need, words, desk.coder, desk.now()),
        }  # fmt: skip
        _post(db, desk, Letter.TEACHING_ASKED, key, "", body)
        return Changes(outbox=True, teaching=True)

    def go_on(found: str) -> Future[Changes]:
        if found:
            raise NotAllowed(f"The topic holds {found}.", remedy="Say it with a code, or in plain words.")
        return acted(desk, "", f"asked {need.value}", write)

    return then(naming(board, words), go_on)


def approve(desk: Desk, task_id: str, chosen: Candidate, educator: str) -> Future[Changes]:
    """Let an educator make the copy from one encounter, for a time. Nobody approves what they asked for."""

    def change(task: TeachingTask) -> dict[str, Any]:
        if task.status != "requested":
            raise NotAllowed("It is decided already.")
        until = desk.now() + timedelta(seconds=desk.policy().teaching_approval)
        return {
            "status": "accepted", "owner": educator, "encounter": chosen.encounter, "patient": chosen.patient,
            "until": instant(until),
        }  # fmt: skip

    return _decided(desk, task_id, "approved", change)


def refuse(board: QueryBoard, task_id: str, reason: str) -> Future[Changes]:
    """Say no, with a reason the one who asked will read."""

    def change(task: TeachingTask) -> dict[str, Any]:
        if task.status != "requested":
            raise NotAllowed("It is decided already.")
        return {"status": "rejected", "reason": reason.strip()}

    return _with_reason(board, reason, lambda: _decided(board.desk, task_id, "refused", change))


def recall(board: QueryBoard, task_id: str, reason: str) -> Future[Changes]:
    """End an approval, or take a released copy back: it leaves the educator's device with the next sync."""

    def change(task: TeachingTask) -> dict[str, Any]:
        if task.status not in ("accepted", "in-progress", "completed"):
            raise NotAllowed("There is nothing to recall.")
        return {"status": "cancelled", "reason": reason.strip()}

    return _with_reason(board, reason, lambda: _decided(board.desk, task_id, "recalled", change))


def withdraw(desk: Desk, task_id: str) -> Future[Changes]:
    """Take back one's own request while nobody has decided on it."""

    def write(db: Connection) -> Changes:
        task = task_here(db, task_id)
        if task.requester != desk.coder.practitioner_id or task.status != "requested":
            raise NotAllowed("Only your own request is withdrawn, while it waits.")
        post_change(db, desk, task, {"status": "cancelled", "reason": "Withdrawn."})
        return Changes(outbox=True, teaching=True)

    return acted(desk, task_id, "withdrawn", write)


def drop_refused(desk: Desk, letter_id: str) -> Future[Changes]:
    """Let go of what the server refused; a copy that was released with it loses its text."""

    def write(db: Connection) -> Changes:
        letter = outbox.get(db, letter_id)
        if letter is None or letter.kind not in ABOUT_TEACHING or letter.state is not Post.REFUSED:
            raise NotHere
        outbox.drop(db, letter_id)
        copy_id, state = teaching.states(db).get(str(letter.task_id), ("", ""))
        if state == "released":
            teaching.empty_copy(db, copy_id, "discarded", desk.now())
        return Changes(outbox=True, teaching=True)

    return acted(desk, "", "dropped", write)


def _decided(
    desk: Desk, task_id: str, how: str, change: Callable[[TeachingTask], dict[str, Any]]
) -> Future[Changes]:  # fmt: skip
    if not may_decide(desk):
        raise NotAllowed("Only a lead decides on teaching copies.")

    def write(db: Connection) -> Changes:
        task = task_here(db, task_id)
        if task.requester == desk.coder.practitioner_id:
            raise NotAllowed("Nobody decides on their own request.", remedy="Another lead has to.")
        post_change(db, desk, task, change(task))
        return Changes(outbox=True, teaching=True)

    return acted(desk, task_id, how, write)


# ---------------------------------------------------------------- small parts, also for copies


def naming(board: QueryBoard, words: str) -> Future[str]:
    """On a thread of the cache: the dictionary is read when it is first needed."""
    return board.desk.db.read(lambda db: names_somebody(words, board.books().lexicon) if words else "")


def _with_reason(board: QueryBoard, reason: str, go_on: Callable[[], Future[Changes]]) -> Future[Changes]:
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed("This needs a reason.", remedy="Write a sentence that the other will understand.")

    def checked(found: str) -> Future[Changes]:
        if found:
            raise NotAllowed(f"The reason holds {found}.", remedy="Say it without that.")
        return go_on()

    return then(naming(board, reason.strip()), checked)


def task_here(db: Connection, task_id: str) -> TeachingTask:
    task = teaching.task(db, task_id)
    if task is None:
        raise NotHere
    return task


def acted(desk: Desk, task_id: str, reason: str, write: Callable[[Connection], Changes]) -> Future[Changes]:
    subject = Subject(what=f"Task/{task_id}" if task_id else "")
    return telling(desk, desk.act(Intent(Act.TEACHING, subject, reason), write), lambda changes: changes)


def post_change(db: Connection, desk: Desk, task: TeachingTask, change: dict[str, Any]) -> None:
    """What the server refused of this request before holds nothing up: the new decision stands in its place."""
    for letter in outbox.open_of(db, EncounterId(f"teaching/{task.key or task.id}")):
        if letter.state is Post.REFUSED:
            outbox.drop(db, letter.id)
    _post(db, desk, Letter.TEACHING_CHANGE, task.key or task.id, task.id, {"change": change})


def _post(db: Connection, desk: Desk, kind: Letter, key: str, task_id: str, body: dict[str, Any]) -> None:
    row = EncounterId(f"teaching/{key}")
    outbox.put(db, uuid7(), kind, row, TaskId(task_id), "", "{}", json.dumps(body, ensure_ascii=False), desk.now())
