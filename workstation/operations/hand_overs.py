"""Hand to a lead what the server will not take, or what was withdrawn; and, at a lead's desk, take it and settle it."""

from __future__ import annotations

import json
from concurrent.futures import Future

from workstation.cache import encounters, hand_overs, outbox, tasks, work
from workstation.cache.outbox import ABOUT_HAND_OVERS, Letter, Outgoing, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import EncounterId, TaskId
from workstation.domain.hand_over import LONGEST_NOTE, Handed, HandOver, Stage, Trouble, stage_of
from workstation.domain.own_words import INSTEAD, finder
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.hand_over import Failed, hand_over_task
from workstation.fhir.reading import moment
from workstation.ids import uuid7
from workstation.operations.audit import act_on, telling
from workstation.sealed_db import Connection


def hand_over(desk: Desk, encounter_id: EncounterId, note: str = "") -> Future[Changes]:
    """Tell the leads what failed, by ids and codes, with a note of the coder's own.

    Raises NotAllowed when there is nothing to settle, when it was handed over already, and for a note that says who the
    patient is.
    """
    words = " ".join(note.split())

    def write(db: Connection) -> Changes:
        failed = what_failed(db, encounter_id)
        if failed is None:
            raise NotAllowed("There is nothing a lead would have to settle.", remedy="Finalize it or put it on hold.")
        before = of_encounter(db, encounter_id)
        if before is not None and before.stage in (Stage.SENDING, Stage.WAITING, Stage.TAKEN):
            raise NotAllowed("It was handed to a lead already.", remedy="Wait for their word.")
        _demand_no_name(db, encounter_id, words)
        if before is not None and before.stage is Stage.UNSENT:
            outbox.take_away(db, before.key)
        key = uuid7()
        task = hand_over_task(key, failed, words, desk.coder, desk.now())
        body = json.dumps({"key": key, "trouble": failed.trouble.value, "task": task}, ensure_ascii=False)
        outbox.put(db, key, Letter.HAND_OVER, encounter_id, TaskId(failed.coding_task), "", "{}", body, desk.now())
        return Changes(worklist=True, encounters=frozenset({encounter_id}), outbox=True, handed=True)

    done = act_on(desk, encounter_id, Act.HAND_OVER, write)
    return telling(desk, done, lambda changes: changes)


def what_failed(db: Connection, encounter_id: EncounterId) -> Failed | None:
    """What a lead would have to settle of an encounter now; None when all is well."""
    task = tasks.of_encounter(db, encounter_id)
    if task is None:
        return None
    letter = next((one for one in outbox.open_of(db, encounter_id) if one.kind not in ABOUT_HAND_OVERS), None)
    confirmed = outbox.last_confirmed_result(db, encounter_id)
    claim = str(json.loads(confirmed.answer).get("claim", "")) if confirmed and confirmed.answer else ""
    about = (encounter_id, task.patient_id, task.id)
    result = work.get(db, encounter_id).result_id
    if task.withdrawn:
        return Failed(Trouble.WITHDRAWN, *about, 0, result, claim) if work.exists(db, encounter_id) else None
    if letter is None or letter.state not in (Post.REFUSED, Post.CONFLICT):
        return None
    if letter.state is Post.CONFLICT:
        return Failed(Trouble.CONFLICT, *about, 412, result, claim)
    status = json.loads(letter.answer or "{}").get("status", 0)
    return Failed(Trouble.REFUSED, *about, int(status or 0), result, claim)


def of_encounter(db: Connection, encounter_id: EncounterId) -> HandOver | None:
    """What was last handed to a lead of an encounter, and how far it is."""
    letter = outbox.last_of_kind(db, encounter_id, Letter.HAND_OVER)
    if letter is None:
        return None
    body, answer = json.loads(letter.body), json.loads(letter.answer or "{}")
    why = str(answer.get("reason", ""))
    return HandOver(
        letter.id, Trouble(body["trouble"]), _stage(letter, answer), moment(body["task"]["authoredOn"]), why
    )


def _stage(letter: Outgoing, answer: dict[str, str]) -> Stage:
    if letter.state is Post.WAITING:
        return Stage.SENDING
    return Stage.UNSENT if letter.state is not Post.CONFIRMED else stage_of(answer.get("status", ""))


def _demand_no_name(db: Connection, encounter_id: EncounterId, words: str) -> None:
    if len(words) > LONGEST_NOTE:
        raise NotAllowed(f"The note is longer than {LONGEST_NOTE} characters.", remedy="Say it in fewer words.")
    encounter = encounters.get(db, encounter_id)
    if encounter is None:
        raise NotHere
    named = finder(encounter.patient, encounter.account_number)(words)
    if named:
        kind = named[0][2]
        raise NotAllowed(
            f"The note holds the {kind.removeprefix('the ')}.",
            remedy=f"Say {INSTEAD.get(kind, 'the patient')} instead.",
        )


# ---------------------------------------------------------------- a lead's desk


def waiting(desk: Desk) -> Future[tuple[Handed, ...]]:
    """What coders handed to the leads, once it is on record that it is looked at."""
    return desk.look(Intent(Act.VIEW_WORKLIST, reason="handed to leads"), hand_overs.everything)


def refresh(desk: Desk) -> Future[tuple[Handed, ...]]:
    return desk.db.read(hand_overs.everything)


def take(desk: Desk, task_id: str) -> Future[Changes]:
    """Say that this lead sees to it."""
    return _move(desk, task_id, "accepted")


def settle(desk: Desk, task_id: str) -> Future[Changes]:
    """Say that it is settled: the coder is told."""
    return _move(desk, task_id, "completed")


def _move(desk: Desk, task_id: str, status: str) -> Future[Changes]:
    if "lead" not in desk.coder.roles:
        raise NotAllowed("Only a lead settles what was handed over.")

    def write(db: Connection) -> Changes:
        known = {one.task_id: one for one in hand_overs.everything(db)}.get(task_id)
        if known is None:
            raise NotHere
        change = {"status": status, "owner": desk.coder.practitioner_id}
        body, place = json.dumps({"change": change}), EncounterId(f"hand-over/{task_id}")
        outbox.put(db, uuid7(), Letter.HAND_OVER_CHANGE, place, TaskId(task_id), known.version, "{}", body, desk.now())
        return Changes(outbox=True, handed=True)

    intent = Intent(Act.HAND_OVER, Subject(what=f"Task/{task_id}"), status)
    return telling(desk, desk.act(intent, write), lambda changes: changes)
