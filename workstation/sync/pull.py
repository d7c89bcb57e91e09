"""Fetch what changed: assignments since the watermark, their charts, and once a day everything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from workstation import VERSION
from workstation.cache import contents, encounters, facts, outbox, patients, tasks, work
from workstation.cache.worklist import HANDED_BACK
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import EncounterId, TaskId
from workstation.domain.mirror import GONE_STATES, OPEN_STATES, CodingTask
from workstation.domain.policy import require_current
from workstation.domain.worklist import WorkState
from workstation.errors import MalformedAnswer, ProgramTooOld, ServerRefused
from workstation.fhir.client import FhirClient
from workstation.fhir.incoming import coding_task, is_coding_task, version
from workstation.fhir.reading import moment, text
from workstation.sealed_db import Connection
from workstation.sync.fetch import fetch
from workstation.sync.hand_over import HandOverWatcher
from workstation.sync.query_pull import QueryWatcher
from workstation.sync.side_by_side import side_by_side
from workstation.sync.teaching_pull import TeachingWatcher
from workstation.sync.telling import Telling
from workstation.sync.walk import OVERLAP, PAGE, ChartMarks

WALK_EVERY = timedelta(days=1)
STAFF_FOR = timedelta(hours=1)
AT_ONCE = 2  # charts fetched at a time
RESTARTS = 3

Resource = dict[str, Any]
T = TypeVar("T")


@dataclass
class Tally:
    """What one pull did and what it had to leave."""

    fetched: int = 0
    left: list[str] = field(default_factory=list)  # ids and reasons without PHI


class Puller:
    """Reads from the server into the mirror tables; nobody else writes them."""

    def __init__(
        self,
        desk: Desk,
        client: FhirClient,
        progress: Callable[[int, int], None] = lambda done, total: None,
        going_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._desk = desk
        self._client = client
        self._progress = progress
        self._going_on = going_on
        self._queries = QueryWatcher(desk, client)
        self._teaching = TeachingWatcher(desk, client)
        self._handed = HandOverWatcher(desk, client)
        self._marks = ChartMarks(desk, client)
        self.fetched = 0  # charts, in all rounds; those cut short have theirs too
        self._staff: dict[str, Resource] = {}  # people and organisations are the same in most charts
        self._staff_since = desk.now()

    def run(self, wanted: frozenset[EncounterId] = frozenset()) -> Tally:
        """One pull. `wanted` encounters are fetched anew whether their task changed or not. Raises ServerTrouble."""
        tally = Tally()
        changed = self._pull_tasks(tally) | self._still_mine(wanted, tally)
        walked = facts_moment(self._read(lambda db: facts.get(db, "walked_at")))
        if walked is None or self._desk.now() - walked > WALK_EVERY:
            changed |= self._walk(tally)
        answered = self._besides("Queries", self._queries.run, tally)  # an answer may bring new documentation with it
        self._besides("Teaching copies", self._teaching.run, tally)
        self._besides("Handed to leads", self._handed.run, tally)
        if answered:
            self._write(lambda db: facts.add_names(db, facts.STALE, answered))
        self._fetch_charts(changed | wanted | (answered or frozenset()), wanted, tally)
        self._drop_old()
        return tally

    def _besides(self, what: str, run: Callable[[], T], tally: Tally) -> T | None:
        """A server that has none of it still has charts: they are fetched whatever becomes of this."""
        try:
            return run()
        except (ServerRefused, MalformedAnswer) as trouble:
            tally.left.append(f"{what}: {trouble}")
            return None

    # ---------------------------------------------------------------- assignments

    def _pull_tasks(self, tally: Tally) -> frozenset[EncounterId]:
        watermark = self._read(lambda db: facts.get(db, "watermark"))
        since = facts_moment(watermark)
        params = [("owner", self._me), ("_sort", "_lastUpdated"), ("_count", "50")]
        if since is None:
            params.append(("status", ",".join(sorted(OPEN_STATES))))
        else:
            params.append(("_lastUpdated", f"ge{(since - OVERLAP).isoformat()}"))
        found = self._all_pages(params)
        newest = max((m for r in found if (m := moment(text(r, "meta", "lastUpdated")))), default=None)
        changed = self._take(found, tally)
        if newest is not None and (since is None or newest > since):
            # only now that every page is in the mirror may the watermark move
            self._write(lambda db: facts.put(db, "watermark", newest.isoformat()))
        return changed

    def _all_pages(self, params: list[tuple[str, str]]) -> list[Resource]:
        for attempt in range(RESTARTS):
            found: list[Resource] = []
            has_begun = False
            try:
                for page in self._client.pages("Task", params):
                    found += page.matches
                    has_begun = True
                return found
            except ServerRefused as refused:
                # the search a next link belongs to is kept for a while only; a first page has no such excuse
                if refused.status not in (404, 410) or not has_begun or attempt == RESTARTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _still_mine(self, opening: frozenset[EncounterId], tally: Tally) -> frozenset[EncounterId]:
        """What is being opened is asked for by its id: no search for my tasks tells that one was given to another."""
        known = self._read(tasks.all_of) if opening else ()
        here = [t for t in known if t.encounter_id in opening and not t.withdrawn and t.status in OPEN_STATES]
        return frozenset().union(*(self._ask_again(task.id, task, tally) for task in here))

    def _take(self, found: list[Resource], tally: Tally, *, read: bool = False) -> frozenset[EncounterId]:
        """Put new versions into the mirror; the encounters to fetch.

        A search may answer from a copy that is behind: what it calls gone is read (`read`) before it is let go, and
        what is older than what is held is left; the daily walk reads it where it is the truth after all.
        """
        arrived: dict[TaskId, CodingTask] = {}
        for resource in found:
            if not is_coding_task(resource):
                continue
            try:
                task = coding_task(resource)
            except MalformedAnswer as malformed:
                tally.left.append(malformed.detail)
                continue
            arrived[task.id] = task
        held = {task.id: task for task in self._read(tasks.all_of)}
        if not read:
            arrived = {name: t for name, t in arrived.items() if name not in held or not _is_older(t, held[name])}
        new = [t for t in arrived.values() if t.id not in held or _differs(held[t.id], t)]
        if not new:
            return frozenset()
        gone = [t for t in new if self._why_gone(t)]
        standing = [t for t in new if t not in gone and (t.status in OPEN_STATES or t.id in held)]

        def put(db: Connection) -> None:
            for task in standing:
                tasks.put(db, task)
            facts.add_names(db, facts.STALE, (t.encounter_id for t in standing if t.status in OPEN_STATES))

        self._write(put)
        for task in gone:
            if task.id in held and read:
                self._lose(task, self._why_gone(task))
            elif task.id in held:
                self._ask_again(task.id, held[task.id], tally)
        encounters_of = frozenset(t.encounter_id for t in standing)
        self._tell(encounters_of)
        return frozenset(t.encounter_id for t in standing if t.status in OPEN_STATES)

    def _why_gone(self, task: CodingTask) -> str:
        if task.status in GONE_STATES:
            return task.status
        return "" if task.owner in ("", self._desk.coder.practitioner_id) else "reassigned"

    # ---------------------------------------------------------------- the daily walk

    def _walk(self, tally: Tally) -> frozenset[EncounterId]:
        """Everything that is mine by version, and what moved in its charts; the encounters to fetch.

        What is here and not there, or another there, is asked for by its id, and only then let go.
        """
        params = [
            ("owner", self._me),
            ("status", ",".join(sorted(OPEN_STATES))),
            ("_elements", "status,lastModified"),
            PAGE,
        ]
        there = {text(resource, "id"): version(resource) for resource in self._all_pages(params)}
        known = self._read(tasks.all_of)
        here = [t for t in known if not t.withdrawn and t.status in OPEN_STATES]
        again = [self._ask_again(t.id, t, tally) for t in here if there.get(t.id) != t.version]
        again += [self._ask_again(TaskId(name), None, tally) for name in there.keys() - {t.id for t in known}]
        moved = self._marks.moved([t for t in here if t.id in there])

        def walked(db: Connection) -> None:
            contents.forget_strays(db)
            patients.forget_strangers(db)
            facts.put(db, "walked_at", self._desk.now().isoformat())

        self._write(walked)
        return moved.union(*again)

    def _ask_again(self, name: TaskId, held: CodingTask | None, tally: Tally) -> frozenset[EncounterId]:
        try:
            resource = self._client.read(f"Task/{name}").resource
        except ServerRefused as refused:
            if held is not None and refused.status in (404, 410):
                self._lose(held, "removed")
            return frozenset()
        return self._take([resource], tally, read=True)

    def _lose(self, task: CodingTask, why: str) -> None:
        """An assignment that is no longer this coder's: purged, unless work of theirs would go with it.

        What was handed back goes but for letters about queries: one may have arrived, and is a disclosure.
        """
        encounter_id = task.encounter_id

        def keep(db: Connection) -> None:
            tasks.withdraw(db, task.id, why)
            if work.get(db, encounter_id).hold_reason == HANDED_BACK:
                work.forget_but_letters(db, encounter_id)

        waits = self._read(lambda db: outbox.waits_about_queries(db, encounter_id))
        if waits or not self.purge(encounter_id, keep_work=True):
            self._write(keep)
            self._tell(frozenset({encounter_id}))

    def purge(self, encounter_id: EncounterId, *, keep_work: bool) -> bool:
        """Take an encounter off this device, on record. False when work on it has to stay."""

        def loses_work(db: Connection) -> bool:
            handed_back = work.get(db, encounter_id).hold_reason == HANDED_BACK
            return work.exists(db, encounter_id) and not handed_back

        if keep_work and self._read(loses_work):
            return False
        patient = self._read(lambda db: encounters.patient_of(db, encounter_id))
        intent = Intent(Act.PURGE, Subject(f"Patient/{patient or ''}", f"Encounter/{encounter_id}"))

        def forget(db: Connection) -> None:
            encounters.forget(db, encounter_id)
            work.forget(db, encounter_id)

        self._desk.act(intent, forget).result()
        self._tell(frozenset({encounter_id}))
        return True

    def _drop_old(self) -> None:
        """What the server has wholly leaves the device: given back at once, finished when the policy's time is over."""
        keep = timedelta(seconds=self._desk.policy().cache_lifetime)
        before = self._desk.now() - keep

        def finished(db: Connection) -> list[EncounterId]:
            found = []
            standings = work.all_of(db)
            for task in tasks.all_of(db):
                standing = standings.get(task.encounter_id, work.Standing())
                done = standing.state is WorkState.FINALIZED and task.status == "completed"
                old = standing.finalized_at is not None and standing.finalized_at < before
                given_back = standing.hold_reason == HANDED_BACK and task.status in GONE_STATES
                let_go = bool(task.withdrawn) and not work.exists(db, task.encounter_id)
                if (done and old) or given_back or let_go:
                    found.append(task.encounter_id)
            return [e for e in found if not work.unsent(db, e)]

        for encounter_id in self._read(finished):
            self.purge(encounter_id, keep_work=False)

    # ---------------------------------------------------------------- charts

    def _fetch_charts(self, changed: frozenset[EncounterId], wanted: frozenset[EncounterId], tally: Tally) -> None:
        def due(db: Connection) -> list[CodingTask]:
            standing = [t for t in tasks.all_of(db) if not t.withdrawn and t.status in OPEN_STATES]
            here = encounters.complete_ones(db) - changed - facts.names(db, facts.STALE)
            return [t for t in standing if t.encounter_id not in here]

        found = sorted(self._read(due), key=lambda t: (t.due_at is None, t.due_at or self._desk.now(), t.id))
        waiting = self._allowed(found, tally)
        if not waiting:
            return
        told = Telling(self._tell)
        if self._desk.now() - self._staff_since > STAFF_FOR:
            self._staff, self._staff_since = {}, self._desk.now()

        def work(task: CodingTask) -> None:
            if self._going_on() and fetch(self._desk, self._client, task, self._going_on, self._staff).complete:
                self._write(lambda db: facts.drop_name(db, facts.STALE, task.encounter_id))

        self._progress(0, len(waiting))
        ended = side_by_side(waiting, work, self._client.close, AT_ONCE)
        with closing(ended), closing(told):
            for done, (task, trouble) in enumerate(ended, start=1):
                if trouble is None:
                    tally.fetched += 1
                    self.fetched += 1
                elif isinstance(trouble, ServerRefused | MalformedAnswer):
                    self._write(lambda db, task=task: facts.drop_name(db, facts.STALE, task.encounter_id))  # type: ignore[misc]
                    tally.left.append(f"Encounter/{task.encounter_id}: {trouble}")
                else:
                    raise trouble
                if told.of(task.encounter_id, at_once=task.encounter_id in wanted) or done == len(waiting):
                    self._progress(done, len(waiting))

    def _allowed(self, waiting: list[CodingTask], tally: Tally) -> list[CodingTask]:
        """All of them; for a program older than the organisation allows only the charts that are here already."""
        try:
            require_current(self._desk.policy(), VERSION)
        except ProgramTooOld as old:
            here = self._read(
                lambda db: {t.encounter_id for t in waiting if encounters.is_complete(db, t.encounter_id)}
            )
            if len(here) < len({t.encounter_id for t in waiting}):
                tally.left.append(f"{old} {old.remedy}")
            return [task for task in waiting if task.encounter_id in here]
        return waiting

    # ---------------------------------------------------------------- small words

    @property
    def _me(self) -> str:
        return f"Practitioner/{self._desk.coder.practitioner_id}"

    def _read(self, look: Callable[[Connection], Any]) -> Any:
        return self._desk.db.read(look).result()

    def _write(self, change: Callable[[Connection], Any]) -> Any:
        return self._desk.db.write(change).result()

    def _tell(self, changed: frozenset[EncounterId]) -> None:
        if changed:
            self._desk.changed(Changes(worklist=True, encounters=changed))


def _is_older(arrived: CodingTask, held: CodingTask) -> bool:
    """Whether a search has brought a version from before the one held."""
    if held.withdrawn:
        return False
    then, now = moment(arrived.last_updated), moment(held.last_updated)
    return then is not None and now is not None and then < now


def _differs(held: CodingTask, arrived: CodingTask) -> bool:
    return held.version != arrived.version or bool(held.withdrawn) or not arrived.version


def facts_moment(text_: str) -> datetime | None:
    return moment(text_) if text_ else None
