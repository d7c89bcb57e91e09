"""Teaching copies as people act on them: ask, decide, judge the risk, release, read, let go."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from workstation.cache import outbox, teaching
from workstation.cache.outbox import ABOUT_TEACHING, Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import EncounterId, TaskId
from workstation.domain.redaction.kinds import Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.redactor import redact
from workstation.domain.teaching.copy import TeachingCopy, answered
from workstation.domain.teaching.making import mended
from workstation.domain.teaching.request import LONGEST_TOPIC, Candidate, NeedCode, Step, TeachingTask, step_of
from workstation.domain.teaching.risk import ONLY_MENDED, SHORTEST_REASON, Answer, Risk
from workstation.domain.teaching.wording import names_somebody
from workstation.errors import CopyRefused, NotAllowed, NotHere
from workstation.fhir.outgoing import instant
from workstation.fhir.teaching import request_task
from workstation.futures import then
from workstation.ids import uuid7
from workstation.operations.audit import telling
from workstation.operations.query_bench import QueryBoard
from workstation.sealed_db import Connection

MAKE, PROPOSE, GRANT = "teaching", "propose", "grant"  # the verbs of policy
SHORTEST_MENDING = 2


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


def read(desk: Desk, copy_id: str) -> Future[TeachingCopy]:
    """A released copy, once it is on record who reads it. Raises NotHere, NotAllowed."""
    return _looked_at(desk, copy_id, "released", "read")


def judge(desk: Desk, copy_id: str) -> Future[TeachingCopy]:
    """A copy that is being judged, once it is on record who looks."""
    return _looked_at(desk, copy_id, "checking", "judge")


def _looked_at(desk: Desk, copy_id: str, wanted: str, why: str) -> Future[TeachingCopy]:
    def whose(db: Connection) -> Subject:
        return Subject(what=f"Task/{_copy(db, desk, copy_id, wanted).task_id}")

    def look(subject: Subject) -> Future[TeachingCopy]:
        intent = Intent(Act.VIEW_TEACHING, subject, why)
        return desk.look(intent, lambda db: _copy(db, desk, copy_id, wanted))

    return then(desk.db.read(whose), look)


def _copy(db: Connection, desk: Desk, copy_id: str, wanted: str) -> TeachingCopy:
    """The copy in the wanted state. Only who made it has it, and only while it may be kept."""
    if not may_make(desk):
        raise NotAllowed("Teaching copies are read by educators.")
    held = teaching.copy(db, copy_id)
    if held is None or held[1] != wanted:
        raise NotHere("This teaching copy is gone.", remedy="Ask for a new one if it is still needed.")
    copy = held[0]
    if copy.until is not None and desk.now() >= copy.until:
        raise NotHere("This teaching copy has expired.", remedy="Ask for a new one if it is still needed.")
    letters = outbox.open_of_kinds(db, ABOUT_TEACHING)
    if any(letter.task_id == copy.task_id and letter.state is Post.REFUSED for letter in letters):
        raise NotAllowed("The server did not take the release of this copy.", remedy="Discard it and ask again.")
    return copy


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
        return _acted(desk, "", f"asked {need.value}", write)

    return then(_naming(board, words), go_on)


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
        task = _task(db, task_id)
        if task.requester != desk.coder.practitioner_id or task.status != "requested":
            raise NotAllowed("Only your own request is withdrawn, while it waits.")
        _post_change(db, desk, task, {"status": "cancelled", "reason": "Withdrawn."})
        return Changes(outbox=True, teaching=True)

    return _acted(desk, task_id, "withdrawn", write)


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

    return _acted(desk, "", "dropped", write)


def _decided(
    desk: Desk, task_id: str, how: str, change: Callable[[TeachingTask], dict[str, Any]]
) -> Future[Changes]:  # fmt: skip
    if not may_decide(desk):
        raise NotAllowed("Only a lead decides on teaching copies.")

    def write(db: Connection) -> Changes:
        task = _task(db, task_id)
        if task.requester == desk.coder.practitioner_id:
            raise NotAllowed("Nobody decides on their own request.", remedy="Another lead has to.")
        _post_change(db, desk, task, change(task))
        return Changes(outbox=True, teaching=True)

    return _acted(desk, task_id, how, write)


# ---------------------------------------------------------------- judging and releasing


def answer(board: QueryBoard, copy_id: str, risk: Risk, *, yes: bool, reason: str = "") -> Future[TeachingCopy]:
    """Answer one question of the checklist. A yes is settled by a mending, or by a reason that names nobody."""
    desk, words = board.desk, reason.strip()

    def write(db: Connection) -> TeachingCopy:
        copy = _copy(db, desk, copy_id, "checking")
        if words and risk in ONLY_MENDED:
            raise NotAllowed(
                "What you know of the patient is not argued away.", remedy="Take out what gives it away, or discard."
            )
        if words and len(words) < SHORTEST_REASON:
            raise NotAllowed("A reason is a sentence.", remedy="Say why nobody can be found by it.")
        given = Answer(risk, yes, desk.coder.practitioner_id, desk.now(), words if yes else "")
        after = answered(copy, given)
        teaching.put_copy(db, after, "checking", desk.now())
        return after

    def go_on(found: str) -> Future[TeachingCopy]:
        if found:
            raise NotAllowed(f"The reason holds {found}.", remedy="Say it without that.")
        return desk.db.write(write)

    return then(_naming(board, words), go_on)


def mend(board: QueryBoard, copy_id: str, risk: Risk, words: str) -> Future[TeachingCopy]:
    """Take words out of the whole copy for a question that was answered with yes. Raises NotHere for words not there."""
    desk, wanted = board.desk, " ".join(words.split())
    if len(wanted) < SHORTEST_MENDING:
        raise NotAllowed("Nothing is marked.", remedy="Mark what gives it away in the text, then take it out.")

    def write(db: Connection) -> TeachingCopy:
        copy = _copy(db, desk, copy_id, "checking")
        done = [mended(section, wanted, board.books().lexicon, None) for section in copy.sections]
        count = sum(found for _, found in done)
        if not count:
            raise NotHere("These words are not in the copy.", remedy="Mark them in the text.")
        removed = dict(copy.removed)
        removed[Identifier.ADDED] = removed.get(Identifier.ADDED, 0) + count
        before = copy.answer(risk)
        given = Answer(
            risk, True, desk.coder.practitioner_id, desk.now(), before.reason if before else "",
            (before.mended if before else 0) + count,
        )  # fmt: skip
        after = answered(replace(copy, sections=tuple(section for section, _ in done), removed=removed), given)
        teaching.put_copy(db, after, "checking", desk.now())
        return after

    return desk.db.write(write)


def release(board: QueryBoard, copy_id: str) -> Future[TeachingCopy]:
    """Let the copy be read. Raises NotAllowed while a question is open, CopyRefused when a last reading finds anything."""
    desk = board.desk

    def check(db: Connection) -> TeachingCopy:
        copy = _releasable(db, desk, copy_id)
        _read_again(copy, board.books().lexicon)  # seconds, for a long chart: not in the transaction that writes
        return copy

    def go_on(checked: TeachingCopy) -> Future[TeachingCopy]:
        def write(db: Connection) -> TeachingCopy:
            copy = _releasable(db, desk, copy_id)
            if copy.sections != checked.sections:
                raise NotAllowed("The copy was changed while it was read.", remedy="Release it again.")
            now = desk.now()
            after = replace(copy, released_at=now, until=now + timedelta(seconds=desk.policy().teaching_keep))
            teaching.put_copy(db, after, "released", now)
            counts = {kind.value: count for kind, count in sorted(copy.removed.items()) if count}
            counts |= {"sections": len(copy.sections), "left-out": copy.left_out}
            _post_change(db, desk, _task(db, copy.task_id), {"status": "completed", "counts": counts})
            return after

        done = desk.act(Intent(Act.TEACHING, Subject(what=f"Task/{checked.task_id}"), "released"), write)
        return telling(desk, done, lambda _: Changes(outbox=True, teaching=True))

    return then(desk.db.read(check), go_on)


def _releasable(db: Connection, desk: Desk, copy_id: str) -> TeachingCopy:
    copy = _copy(db, desk, copy_id, "checking")
    task = _task(db, copy.task_id)
    if task.owner != desk.coder.practitioner_id or not task.stands(desk.now()):
        raise NotAllowed("The approval is over.", remedy="Discard the copy and ask again.")
    if copy.open_risks:
        raise NotAllowed(f"{len(copy.open_risks)} questions are not settled yet.", remedy="Answer each of them.")
    return copy


def discard(desk: Desk, copy_id: str) -> Future[Changes]:
    """The text goes, now and for good."""

    def write(db: Connection) -> Changes:
        teaching.empty_copy(db, copy_id, "discarded", desk.now())
        return Changes(teaching=True)

    return then(_task_of(desk, copy_id), lambda task_id: _acted(desk, task_id, "discarded", write))


def tend(desk: Desk) -> Future[Changes]:
    """What time and a lead bring about: expired and recalled copies lose their text, on record."""

    def due(db: Connection) -> dict[str, tuple[str, str]]:
        now, standing = desk.now(), {task.id: task for task in teaching.tasks(db)}
        found = {}
        for copy, _ in teaching.copies(db):
            task = standing.get(copy.task_id)
            if copy.until is not None and now >= copy.until:
                found[copy.id] = (copy.task_id, "expired")
            elif task is not None and task.status in ("cancelled", "rejected", "failed", "entered-in-error"):
                found[copy.id] = (copy.task_id, "recalled")
            elif copy.released_at is None and task is not None and not task.stands(now):
                found[copy.id] = (copy.task_id, "expired")
        return found

    def act(found: dict[str, tuple[str, str]]) -> Future[Changes]:
        done: Future[Changes] = desk.db.read(lambda db: Changes())
        for copy_id, (task_id, how) in found.items():
            done = then(done, _emptying(desk, copy_id, task_id, how))
        return done

    return then(desk.db.read(due), act)


def _emptying(desk: Desk, copy_id: str, task_id: str, how: str) -> Callable[[Changes], Future[Changes]]:
    def write(db: Connection) -> Changes:
        teaching.empty_copy(db, copy_id, how, desk.now())
        return Changes(teaching=True)

    def go_on(_: Changes) -> Future[Changes]:
        done = desk.act(Intent(Act.PURGE, Subject(what=f"Task/{task_id}"), how), write)
        return telling(desk, done, lambda changes: changes)

    return go_on


# ---------------------------------------------------------------- small parts


def _read_again(copy: TeachingCopy, lexicon: Lexicon) -> None:
    """The last automatic reading: redacting what is redacted must find nothing."""
    for section in copy.sections:
        if redact(section.text, Known(), Profile.TEACHING, lexicon).removals:
            raise CopyRefused("A last reading still finds something that could identify a person.")


def _naming(board: QueryBoard, words: str) -> Future[str]:
    """On a thread of the cache: the dictionary is read when it is first needed."""
    return board.desk.db.read(lambda db: names_somebody(words, board.books().lexicon) if words else "")


def _with_reason(board: QueryBoard, reason: str, go_on: Callable[[], Future[Changes]]) -> Future[Changes]:
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed("This needs a reason.", remedy="Write a sentence that the other will understand.")

    def checked(found: str) -> Future[Changes]:
        if found:
            raise NotAllowed(f"The reason holds {found}.", remedy="Say it without that.")
        return go_on()

    return then(_naming(board, reason.strip()), checked)


def _task(db: Connection, task_id: str) -> TeachingTask:
    task = teaching.task(db, task_id)
    if task is None:
        raise NotHere
    return task


def _task_of(desk: Desk, copy_id: str) -> Future[str]:
    def look(db: Connection) -> str:
        held = teaching.copy(db, copy_id)
        if held is None:
            raise NotHere
        return held[0].task_id

    return desk.db.read(look)


def _acted(desk: Desk, task_id: str, reason: str, write: Callable[[Connection], Changes]) -> Future[Changes]:
    subject = Subject(what=f"Task/{task_id}" if task_id else "")
    return telling(desk, desk.act(Intent(Act.TEACHING, subject, reason), write), lambda changes: changes)


def _post_change(db: Connection, desk: Desk, task: TeachingTask, change: dict[str, Any]) -> None:
    """What the server refused of this request before holds nothing up: the new decision stands in its place."""
    for letter in outbox.open_of(db, EncounterId(f"teaching/{task.key or task.id}")):
        if letter.state is Post.REFUSED:
            outbox.drop(db, letter.id)
    _post(db, desk, Letter.TEACHING_CHANGE, task.key or task.id, task.id, {"change": change})


def _post(db: Connection, desk: Desk, kind: Letter, key: str, task_id: str, body: dict[str, Any]) -> None:
    row = EncounterId(f"teaching/{key}")
    outbox.put(db, uuid7(), kind, row, TaskId(task_id), "", "{}", json.dumps(body, ensure_ascii=False), desk.now())
