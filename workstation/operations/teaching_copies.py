"""Teaching copies as their educator handles them: judge the risk, mend, release, read, let go."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

from workstation.cache import outbox, teaching
from workstation.cache.outbox import ABOUT_TEACHING, Post
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.redaction.kinds import Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.redactor import redact
from workstation.domain.teaching.copy import TeachingCopy, answered
from workstation.domain.teaching.making import mended
from workstation.domain.teaching.risk import ONLY_MENDED, SHORTEST_REASON, Answer, Risk
from workstation.errors import CopyRefused, NotAllowed, NotHere
from workstation.futures import then
from workstation.operations.audit import telling
from workstation.operations.query_bench import QueryBoard
from workstation.operations.teaching import acted, may_make, naming, post_change, task_here
from workstation.sealed_db import Connection

SHORTEST_MENDING = 2


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

    return then(naming(board, words), go_on)


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
            post_change(db, desk, task_here(db, copy.task_id), {"status": "completed", "counts": counts})
            return after

        done = desk.act(Intent(Act.TEACHING, Subject(what=f"Task/{checked.task_id}"), "released"), write)
        return telling(desk, done, lambda _: Changes(outbox=True, teaching=True))

    return then(desk.db.read(check), go_on)


def _releasable(db: Connection, desk: Desk, copy_id: str) -> TeachingCopy:
    copy = _copy(db, desk, copy_id, "checking")
    task = task_here(db, copy.task_id)
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

    return then(_task_of(desk, copy_id), lambda task_id: acted(desk, task_id, "discarded", write))


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


def _task_of(desk: Desk, copy_id: str) -> Future[str]:
    def look(db: Connection) -> str:
        held = teaching.copy(db, copy_id)
        if held is None:
            raise NotHere
        return held[0].task_id

    return desk.db.read(look)
