"""What becomes of a query: sent with the encounter on hold, reviewed by a peer, cancelled, retracted, closed, escalated."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from workstation.cache import encounters, incidents, outbox, queries, tasks, work
from workstation.cache.outbox import Letter
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act
from workstation.domain.encounter import DocumentId, Encounter, EncounterId
from workstation.domain.incident import IMPERMISSIBLE, RETRACT_WORDS, Incident, IncidentKind, RetractReason
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.life import (
    ANSWERED_STATES,
    OPEN_STATES,
    Closing,
    Decision,
    QueryFile,
    QueryState,
    Standing,
    awaits_answer,
)
from workstation.domain.queries.query import Channel, IndicatorSource, ProviderQuery, QueryId
from workstation.domain.worklist import WorkState
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.outgoing import STARTED, on_hold
from workstation.fhir.query_out import provider_task, review_task
from workstation.futures import answering, apply, then
from workstation.ids import uuid7
from workstation.operations.audit import act_on, telling
from workstation.operations.holds import HoldReason
from workstation.operations.letters import post
from workstation.operations.queries import may_query
from workstation.operations.query_bench import Prepared, QueryBoard, prepared
from workstation.sealed_db import Connection


@dataclass(frozen=True, slots=True)
class Sent:
    """The query is on its way; `file` as it is now."""

    file: QueryFile


@dataclass(frozen=True, slots=True)
class Retracted:
    """The sent query is taken back; an incident draft says what was in it, and a smaller draft waits."""

    incident: Incident
    replacement: QueryFile | None


class _NotReady(Exception):
    """Something still keeps the query from leaving: rolled back, and shown."""

    def __init__(self, found: Prepared) -> None:
        super().__init__(len(found.stopping))
        self.found = found


def send(board: QueryBoard, encounter_id: EncounterId, query_id: QueryId) -> Future[Sent | Prepared]:
    """Let the query go, and hold the encounter. While anything stops it nothing is written, and that is the answer.

    A verbal query is recorded in the same way (Q30): the same content, the same rules, the same log.
    """
    desk = board.desk

    def write(db: Connection) -> Sent:
        if not may_query(desk):
            raise NotAllowed("Your role does not send queries.")
        file = _of(db, encounter_id, query_id)
        if file.state(desk.now()) is not QueryState.DRAFT:
            raise NotAllowed("This query has left already.")
        bench = board.bench(db, encounter_id)
        encounter, task = _open_encounter(db, encounter_id)
        named = replace(file.standing, result_id=file.standing.result_id or uuid7())
        ready = prepared(db, desk, bench, QueryFile(file.query, named, file.theirs))
        if not ready.may_leave:
            raise _NotReady(ready)
        now = desk.now()
        standing = replace(ready.file.standing, decision=Decision.SENT, sent_at=now)
        body = {
            "query": query_id,
            "request": ready.resource,
            "task": provider_task(file.query, encounter, task.id, desk.coder, standing, now),
        }
        _put_letter(db, desk, Letter.QUERY, encounter_id, body)
        queries.put(db, file.query, standing, now)
        _hold(db, desk, encounter_id)
        return Sent(QueryFile(file.query, standing, file.theirs))

    done: Future[Sent | Prepared] = act_on(desk, encounter_id, Act.QUERY_SEND, write)
    told = telling(desk, done, lambda _: Changes(True, frozenset({encounter_id}), True, queries=True))
    return answering(told, _NotReady, lambda stopped: stopped.found)


def ask_review(board: QueryBoard, encounter_id: EncounterId, query_id: QueryId) -> Future[Sent | Prepared]:
    """Give a draft to a colleague to read. It leaves redacted and without a recipient; doubts must be settled first."""
    desk = board.desk

    def write(db: Connection) -> Sent:
        file = _of(db, encounter_id, query_id)
        if file.state(desk.now()) is not QueryState.DRAFT:
            raise NotAllowed("Only a draft is reviewed.")
        encounter, task = _open_encounter(db, encounter_id)
        named = replace(
            file.standing,
            decision=Decision.IN_REVIEW,
            result_id=file.standing.result_id or uuid7(),
            review_id=uuid7(),
            review_revision=file.query.revision,
        )
        ready = prepared(db, desk, board.bench(db, encounter_id), QueryFile(file.query, named, file.theirs))
        if ready.doubts or any(_may_not_be_read(each) for each in ready.stopping):
            raise _NotReady(ready)
        now = desk.now()
        body = {
            "query": query_id,
            "review": named.review_id,
            "task": review_task(ready.resource, encounter, task.id, desk.coder, named.review_id, now),
        }
        _put_letter(db, desk, Letter.REVIEW_ASKED, encounter_id, body)
        queries.put(db, file.query, named, now)
        return Sent(QueryFile(file.query, named, replace(file.theirs, review=None)))

    done: Future[Sent | Prepared] = act_on(desk, encounter_id, Act.QUERY_REVIEW, write, reason="asked")
    told = telling(desk, done, lambda _: Changes(True, frozenset({encounter_id}), True, queries=True))
    return answering(told, _NotReady, lambda stopped: stopped.found)


def cancel(desk: Desk, encounter_id: EncounterId, query_id: QueryId, reason: str = "") -> Future[QueryFile]:
    """The question is no longer needed. What has not left never leaves; the rest is revoked at the server.

    `reason` stays here: it is the coder's own words.
    """

    def write(db: Connection) -> QueryFile:
        file = _of(db, encounter_id, query_id)
        if file.state(desk.now()) not in (*OPEN_STATES, QueryState.PEER_REVIEW):
            raise NotAllowed("Only a query that waits for an answer is cancelled.")
        if file.standing.decision is Decision.IN_REVIEW:
            asked = {"query": query_id, "review": file.standing.review_id}
            _put_letter(db, desk, Letter.QUERY_CHANGE, encounter_id, asked)
            back = replace(file.standing, decision=Decision.DRAFT, review_id="", review_revision=-1)
            return _moved(db, desk, file, back)
        outbox.drop_refused(db, encounter_id, query_id)
        after = _moved(db, desk, file, replace(file.standing, decision=Decision.CANCELLED, reason=reason))
        _put_change(db, desk, file, request="revoked", task="cancelled", reason="No longer needed.")
        _settle_hold(db, desk, encounter_id)
        return after

    return _changed(desk, encounter_id, Act.QUERY_CHANGE, write, "cancelled")


def take_back_all(db: Connection, desk: Desk, encounter_id: EncounterId) -> None:
    """Revoke what still waits for an answer, before the encounter leaves this coder: nobody would read it."""
    for file in queries.of_encounter(db, encounter_id):
        if file.state(desk.now()) in OPEN_STATES:
            outbox.drop_refused(db, encounter_id, file.id)
            _moved(db, desk, file, replace(file.standing, decision=Decision.CANCELLED))
            _put_change(db, desk, file, request="revoked", task="cancelled", reason="No longer needed.")


def close(
    desk: Desk,
    encounter_id: EncounterId,
    query_id: QueryId,
    closing: Closing,
    documentation: DocumentId | None = None,
) -> Future[QueryFile]:
    """The answer was taken in. `documentation` is the provider's addendum, where there is one."""

    def write(db: Connection) -> QueryFile:
        file = _of(db, encounter_id, query_id)
        verbal = file.query.channel is Channel.VERBAL and file.state(desk.now()) in OPEN_STATES
        if file.state(desk.now()) not in ANSWERED_STATES and not verbal:
            raise NotAllowed("It is not answered yet.", remedy="Cancel it if it is no longer needed.")
        answer = file.theirs.answer
        if closing is Closing.DOCUMENTED and not (documentation or (answer and answer.documents)):
            raise NotAllowed(
                "No documentation is named.", remedy="Choose the addendum, or close it as answered without a change."
            )
        named = documentation or (answer.documents[0] if answer and answer.documents else None)
        standing = replace(
            file.standing, decision=Decision.CLOSED, closed_at=desk.now(), closing=closing, documentation=named
        )
        after = _moved(db, desk, file, standing)
        _put_change(db, desk, file, request="completed", task="completed", reason="")
        _settle_hold(db, desk, encounter_id)
        return after

    return _changed(desk, encounter_id, Act.QUERY_CHANGE, write, f"closed {closing.value}")


def retract(
    desk: Desk, encounter_id: EncounterId, query_id: QueryId, reason: RetractReason, *, replaced: bool
) -> Future[Retracted]:
    """Take a sent query back: revoked and emptied at the server, an incident draft begun, a smaller draft in its place."""

    def write(db: Connection) -> Retracted:
        file = _of(db, encounter_id, query_id)
        now = desk.now()
        if not may_retract(file):
            raise NotAllowed("Only a query that was sent is retracted.")
        encounter = encounters.get(db, encounter_id)
        if encounter is None:
            raise NotHere
        replacement = _replacement(file.query, reason) if replaced else None
        standing = replace(
            file.standing,
            decision=Decision.RETRACTED,
            reason=reason.value,
            replaced_by=replacement.id if replacement else None,
        )
        outbox.drop_refused(db, encounter_id, query_id)
        _moved(db, desk, file, standing)
        _put_change(db, desk, file, request="revoked", task="cancelled", reason="Retracted.", emptied=True)
        incident = _incident(file, encounter, reason, now)
        incidents.put(db, incident, now)
        new = None
        if replacement is not None:
            new = QueryFile(replacement, Standing())
            queries.put(db, replacement, new.standing, now)
        _settle_hold(db, desk, encounter_id)
        return Retracted(incident, new)

    done = act_on(desk, encounter_id, Act.QUERY_RETRACT, write, reason=reason.value)
    return telling(desk, done, lambda _: Changes(True, frozenset({encounter_id}), True, queries=True))


def may_retract(file: QueryFile) -> bool:
    """Whether it was sent: closed, cancelled or expired, its words lie at the server all the same."""
    over = file.standing.decision in (Decision.CLOSED, Decision.CANCELLED, Decision.EXPIRED)
    return file.standing.decision is Decision.SENT or (over and bool(file.theirs.request))


def tend(desk: Desk) -> Future[tuple[EncounterId, ...]]:
    """What time and answers bring about by themselves: escalated, expired, and holds that end with their query.

    The encounters concerned; each is acted on by itself, on record, and tells its change when it is done.
    """

    def look(db: Connection) -> tuple[EncounterId, ...]:
        now = desk.now()
        due = {f.encounter_id for f in queries.decided(db, Decision.SENT) if _due(f, now)}
        held = {
            f.encounter_id
            for f in queries.all_of(db)
            if _held_for_query(db, f.encounter_id)
            and not awaits_answer(queries.of_encounter(db, f.encounter_id), now)
        }  # fmt: skip
        return tuple(sorted(due | held))

    def act(found: tuple[EncounterId, ...]) -> Future[tuple[EncounterId, ...]]:
        done: Future[Changes] = desk.db.read(lambda db: Changes())
        missed: list[Exception] = []

        def miss(error: Exception) -> Changes:
            missed.append(error)
            return Changes()

        def all_done(_: Changes) -> tuple[EncounterId, ...]:
            if missed:  # said once every other encounter had its turn
                raise missed[0]
            return found

        def turn(encounter_id: EncounterId, _: Changes) -> Future[Changes]:
            return answering(_tended(desk, encounter_id), Exception, miss)

        for encounter_id in found:
            done = then(done, partial(turn, encounter_id))
        return apply(done, all_done)

    return then(desk.db.read(look), act)


def _tended(desk: Desk, encounter_id: EncounterId) -> Future[Changes]:
    done = act_on(desk, encounter_id, Act.QUERY_CHANGE, partial(_tend, desk, encounter_id), reason="timer")
    return telling(desk, done, lambda changes: changes)


def _tend(desk: Desk, encounter_id: EncounterId, db: Connection) -> Changes:
    now = desk.now()
    for file in queries.of_encounter(db, encounter_id):
        if file.standing.decision is not Decision.SENT or not _due(file, now):
            continue
        if file.state(now) is QueryState.EXPIRED:
            outbox.drop_refused(db, encounter_id, file.id)
            _moved(db, desk, file, replace(file.standing, decision=Decision.EXPIRED))
            _put_change(db, desk, file, request="revoked", task="cancelled", reason="Expired without an answer.")
        else:
            _moved(db, desk, file, replace(file.standing, escalated_at=now))
            _put_change(db, desk, file, request="", task="", reason="Escalated.", priority="urgent")
    _settle_hold(db, desk, encounter_id)
    return Changes(True, frozenset({encounter_id}), True, queries=True)


def _due(file: QueryFile, now: datetime) -> bool:
    state = file.state(now)
    return state is QueryState.EXPIRED or (state is QueryState.ESCALATED and file.standing.escalated_at is None)


# ---------------------------------------------------------------- small parts


def _of(db: Connection, encounter_id: EncounterId, query_id: QueryId) -> QueryFile:
    file = queries.get(db, query_id)
    if file is None or file.encounter_id != encounter_id:
        raise NotHere
    return file


def _may_not_be_read(finding: QueryFinding) -> bool:
    """What keeps a draft from a colleague too: it names somebody, is not of this chart, or too long to check."""
    of_chart = finding.rule in ("Q01", "Q03", "Q33") and finding.part.startswith("indicator:")
    unchecked = finding.rule == "Q32" and not finding.part.startswith("indicator")
    return of_chart or unchecked or finding.rule in ("Q31", "Q35")


def _open_encounter(db: Connection, encounter_id: EncounterId) -> tuple[Encounter, Any]:
    encounter, task = encounters.get(db, encounter_id), tasks.of_encounter(db, encounter_id)
    if encounter is None or task is None:
        raise NotHere
    if task.withdrawn:
        raise NotAllowed("This encounter was withdrawn from you.", remedy="Your drafts are kept as they were.")
    return encounter, task


def _moved(db: Connection, desk: Desk, file: QueryFile, standing: Standing) -> QueryFile:
    queries.put(db, file.query, standing, desk.now())
    return QueryFile(file.query, standing, file.theirs)


def _changed(desk: Desk, encounter_id: EncounterId, act: Act, write: Any, reason: str) -> Future[QueryFile]:
    done: Future[QueryFile] = act_on(desk, encounter_id, act, write, reason=reason)
    return telling(desk, done, lambda _: Changes(True, frozenset({encounter_id}), True, queries=True))


def _put_letter(db: Connection, desk: Desk, kind: Letter, encounter_id: EncounterId, body: dict[str, Any]) -> None:
    task = tasks.of_encounter(db, encounter_id)
    if task is None:
        raise NotHere
    text = json.dumps(body, ensure_ascii=False)
    outbox.put(db, uuid7(), kind, encounter_id, task.id, task.version, task.raw, text, desk.now())


def _put_change(
    db: Connection, desk: Desk, file: QueryFile, *, request: str, task: str, reason: str, emptied: bool = False,
    priority: str = "",
) -> None:  # fmt: skip
    change = {"request": request, "task": task, "reason": reason, "emptied": emptied, "priority": priority}
    _put_letter(db, desk, Letter.QUERY_CHANGE, file.encounter_id, {"query": file.id, "change": change})


def _hold(db: Connection, desk: Desk, encounter_id: EncounterId) -> None:
    standing = work.get(db, encounter_id)
    if standing.state in (WorkState.FINALIZED, WorkState.ON_HOLD):
        return
    held = replace(standing, state=WorkState.ON_HOLD, hold_reason=HoldReason.QUERY.value)
    work.put(db, encounter_id, held, desk.now())
    post(db, desk, encounter_id, on_hold(HoldReason.QUERY.value))


def _held_for_query(db: Connection, encounter_id: EncounterId) -> bool:
    standing = work.get(db, encounter_id)
    return standing.state is WorkState.ON_HOLD and standing.hold_reason == HoldReason.QUERY.value


def _settle_hold(db: Connection, desk: Desk, encounter_id: EncounterId) -> None:
    """The hold ends with the last query that waits; a hold for another reason stays."""
    if not _held_for_query(db, encounter_id) or awaits_answer(queries.of_encounter(db, encounter_id), desk.now()):
        return
    standing = work.get(db, encounter_id)
    work.put(db, encounter_id, replace(standing, state=WorkState.IN_PROGRESS, hold_reason=""), desk.now())
    task = tasks.of_encounter(db, encounter_id)
    if task is not None and not task.withdrawn:
        post(db, desk, encounter_id, STARTED)


def _replacement(query: ProviderQuery, reason: RetractReason) -> ProviderQuery:
    """The same question without what was wrong; what was in it is added again one by one, or left out."""
    keeps = reason is RetractReason.WRONG_RECIPIENT
    options = query.options if keeps else tuple(replace(option, indicators=()) for option in query.options)
    return replace(
        query,
        id=QueryId(uuid7()),
        indicators=query.indicators if keeps else (),
        options=options,
        recipient_id=None if keeps else query.recipient_id,
        justifications=(),
        attestation="",
        replaces=None if keeps else query.id,
        revision=0,
    )


def _incident(file: QueryFile, encounter: Encounter, reason: RetractReason, now: datetime) -> Incident:
    """The four factors of 45 CFR 164.402(2) as far as the program knows them; people judge them."""
    theirs, query = file.theirs, file.query
    contents = tuple(
        f"{each.source_type}: "
        + ("one redacted picture" if each.source is IndicatorSource.IMAGE else f"{len(each.text)} characters")
        for each in query.indicators
    )
    recipient = f"Practitioner/{query.recipient_id}" if query.recipient_id else ""
    role = next((p.role or p.credential for p in encounter.providers if p.id == query.recipient_id), "provider")
    seen = f"viewed at {theirs.viewed_at:%Y-%m-%d %H:%M}" if theirs.viewed_at else "not known to have been viewed"
    left = "It reached the server." if theirs.request else "It had not left this device."
    return Incident(
        id=uuid7(),
        kind=IncidentKind.QUERY_RETRACTED,
        encounter_id=file.encounter_id,
        discovered_at=now,
        query_id=file.id,
        reason=reason,
        recipient=recipient,
        contents=contents,
        facts=(
            ("What happened", RETRACT_WORDS[reason]),
            ("Nature and extent of the information", f"{len(contents)} excerpts, redacted for a query"),
            ("Who received it", f"{role} of this encounter, a member of the workforce or medical staff"),
            ("Whether it was acquired or viewed", f"{left} {seen[0].upper()}{seen[1:]}."),
            ("How far the risk was mitigated", "The query was revoked and its content taken out at the server."),
            ("Accounting of disclosures", "Listed" if reason in IMPERMISSIBLE else "Not required by its purpose"),
        ),
    )
