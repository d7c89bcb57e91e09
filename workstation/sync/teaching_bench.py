"""Where a copy is made: the chart is fetched into memory, redacted there and forgotten; the cache never sees it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from workstation import VERSION
from workstation.cache import teaching
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent, Subject
from workstation.domain.encounter import DocumentId, EncounterId, PatientId, TaskId
from workstation.domain.mirror import Chart, CodingTask, Content
from workstation.domain.policy import require_current
from workstation.domain.redaction.kinds import DateRule
from workstation.domain.redaction.known import known_of
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.teaching.copy import TeachingCopy
from workstation.domain.teaching.dates import FEWEST_WEEKS, MOST_WEEKS, SHIFT, DateWords, shift_of
from workstation.domain.teaching.making import Doubt, Making
from workstation.domain.teaching.request import Candidate, TeachingTask
from workstation.domain.teaching.sources import sources
from workstation.errors import MalformedAnswer, NotAllowed, NotHere, WorkstationError
from workstation.fhir import systems
from workstation.fhir.charts import chart
from workstation.fhir.client import FhirClient
from workstation.fhir.teaching import candidates, holders, links
from workstation.ids import uuid7
from workstation.sealed_db import Connection
from workstation.sync.fetch import content_of, parts_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person has to say of a copy before it can be kept: redacted words only."""

    task_id: str
    topic: str
    doubts: tuple[Doubt, ...]
    sections: int
    left_out: int

    @property
    def open(self) -> int:
        return sum(doubt.keep is None for doubt in self.doubts)


@dataclass
class _Work:
    """One copy on the bench. Lost when the desk locks: then the chart is fetched anew."""

    task: TeachingTask
    making: Making
    left_out: int
    dates: str


class TeachingBench:
    """Online work on a thread of its own, as it may take many seconds. One copy at a time."""

    def __init__(self, desk: Desk, client: FhirClient, lexicon: Callable[[], Lexicon]) -> None:
        self._desk, self._client, self._lexicon = desk, client, lexicon
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="teaching")
        self._work: _Work | None = None

    # ---------------------------------------------------------------- a lead

    def candidates(self) -> Future[tuple[Candidate, ...]]:
        """The coding tasks an encounter may be chosen from; opaque ids only, nothing of a chart."""

        def look() -> tuple[Candidate, ...]:
            elements = "identifier,groupIdentifier,status,businessStatus,owner,encounter,focus,for,code"
            asked = [
                ("code", f"{systems.CODING_TASK}|code-encounter"),
                ("status", "requested,received,accepted,in-progress,on-hold,ready,completed"),
                ("_elements", elements), ("_count", "100"),
            ]  # fmt: skip
            return candidates(self._client.search("Task", asked))

        return self._submit(look)

    def educators(self) -> Future[tuple[str, ...]]:
        """Practitioner ids of those who may make a copy."""
        asked = [("role", f"{systems.CODING_ROLE}|educator"), ("active", "true"), ("_count", "100")]
        return self._submit(lambda: holders(self._client.search("PractitionerRole", asked)))

    # ---------------------------------------------------------------- an educator

    def make(self, task_id: str) -> Future[Asked]:
        """Fetch the approved chart and redact it, in memory. Raises NotAllowed, CopyRefused, ServerTrouble."""
        return self._submit(lambda: self._make(task_id))

    def settle(self, word: str, *, keep: bool | None) -> Future[Asked]:
        """Answer one doubt, or open it again."""
        return self._on_work(lambda making: making.settle(word, keep=keep))

    def take_out_rest(self) -> Future[Asked]:
        """Every doubt that is open goes."""
        return self._on_work(Making.take_out_rest)

    def keep(self) -> Future[TeachingCopy | Asked]:
        """Write the redacted text into the cache, to be judged; what is still to be asked while a doubt is open."""
        return self._submit(self._keep)

    def forget(self) -> None:
        """Nothing of a copy stays on the bench. A making on its way ends without a copy."""
        self._work = None

    def close(self) -> None:
        self.forget()
        self._pool.shutdown(wait=True, cancel_futures=True)

    # ---------------------------------------------------------------- making

    def _make(self, task_id: str) -> Asked:
        self._work = None
        require_current(self._desk.policy(), VERSION)
        task = self._desk.db.read(lambda db: teaching.task(db, task_id)).result()
        if task is None:
            raise NotHere
        if task.owner != self._desk.coder.practitioner_id or not task.stands(self._desk.now()):
            raise NotAllowed("This request is not approved for you now.", remedy="Ask for the copy again.")
        request_id = uuid7()
        encounter_id, patient_id = links(self._client.read(f"Task/{task_id}", request_id=request_id).resource)
        if not encounter_id:
            raise NotAllowed("The request names no encounter any more.", remedy="Ask your lead to approve it again.")
        whose = Subject(f"Patient/{patient_id}", f"Encounter/{encounter_id}", f"Task/{task_id}")
        fetched = self._desk.act_after(
            Intent(Act.FETCH, whose, "teaching", request_id),
            lambda: _unwritten(self._fetched(task, encounter_id, patient_id, request_id)),
        )
        dates = self._desk.policy().teaching_dates
        rule = _drawn() if dates == SHIFT else DateRule()
        encounter = fetched[0].encounter
        began = encounter.admitted_at or encounter.discharged_at
        found, left_out = sources(encounter, fetched[1], DateWords(rule, began.date() if began else None))
        making = Making(found, known_of(encounter), self._lexicon(), rule, encounter.service_date)
        self._work = _Work(task, making, left_out, dates)
        return self._asked(self._work)

    def _fetched(
        self, task: TeachingTask, encounter_id: str, patient_id: str, request_id: str
    ) -> tuple[Chart, Mapping[DocumentId, Content]]:
        """The chart and its documents. A document that cannot be had now is no document left out: it is tried again."""
        asked = CodingTask(
            id=TaskId(task.id), version=task.version, encounter_id=EncounterId(encounter_id),
            patient_id=PatientId(patient_id), status=task.status, owner=task.owner, priority="routine", due_at=None,
            last_updated="", worklist="", raw="",
        )  # fmt: skip
        came = chart(parts_of(self._client, asked, request_id))
        if came.encounter.id != encounter_id:
            raise MalformedAnswer("Another encounter came than was asked for.")
        contents: dict[DocumentId, Content] = {}
        for attachment in came.attachments:
            if attachment.media_type in _PICTURES:
                continue  # left out: what is painted cannot be redacted as text, so it is not even fetched
            content = content_of(self._client, attachment, request_id)
            if content is None:
                raise WorkstationError("A document of the chart did not come.")
            contents[attachment.document_id] = content
        return came, contents

    def _keep(self) -> TeachingCopy | Asked:
        work = self._working()
        made = work.making.finished()
        if made is None:
            return self._asked(work)
        copy = TeachingCopy(
            id=uuid7(), task_id=work.task.id, need=work.task.need, topic=work.task.topic, sections=made.sections,
            removed=dict(Counter(made.removed)), left_out=work.left_out, dates=work.dates, passes=made.passes,
            made_at=self._desk.now(),
        )  # fmt: skip

        def write(db: Connection) -> TeachingCopy:
            before = teaching.states(db).get(copy.task_id)
            if before is not None and before[1] == "checking":
                teaching.empty_copy(db, before[0], "discarded", self._desk.now())
            teaching.put_copy(db, copy, "checking", self._desk.now())
            return copy

        kept = self._desk.act(Intent(Act.TEACHING, Subject(what=f"Task/{copy.task_id}"), "made"), write).result()
        self._work = None
        self._desk.changed(Changes(teaching=True))
        return kept

    def _on_work(self, change: Callable[[Making], None]) -> Future[Asked]:
        def carry_out() -> Asked:
            work = self._working()
            change(work.making)
            return self._asked(work)

        return self._submit(carry_out)

    def _working(self) -> _Work:
        if self._work is None:
            raise NotHere("The copy is not being made any more.", remedy="Make it anew from its request.")
        return self._work

    def _asked(self, work: _Work) -> Asked:
        sections = work.making.sections
        return Asked(work.task.id, work.task.topic, work.making.doubts, sections, work.left_out)

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        def run() -> T:
            try:
                return call()
            finally:
                self._client.close()  # this thread's connection

        return self._pool.submit(run)


_PICTURES = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff"})


def _unwritten(value: T) -> Callable[[Connection], T]:
    """For a transaction that writes nothing of what was fetched."""
    return lambda db: value


def _drawn() -> DateRule:
    """How far the dates of one copy move: drawn anew each time, and kept in the making alone."""
    return shift_of(FEWEST_WEEKS + secrets.randbelow(MOST_WEEKS - FEWEST_WEEKS + 1))
