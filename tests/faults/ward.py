"""A coder with charts at a real server, the errands of a day, and what the server must hold of each: once, and all of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests

from tests import charts
from tests.desks import I50_23, Bench, open_bench
from tests.fakes.tcp_proxy import TcpProxy
from tests.practice.builders import chart_folder
from tests.practice.hospital import QUICK, Hospital, running
from workstation.cache import contents, disclosures, encounters, outbox, queries, tasks
from workstation.domain.audit import Act, Intent
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId, Passage
from workstation.domain.queries.query import Form, Option, OptionKind, Trigger, in_order, revise
from workstation.domain.trail import AuditSend
from workstation.fhir import systems
from workstation.fhir.audit import AuditSource
from workstation.fhir.client import FhirClient
from workstation.guard.uplink import Confirmed, Uplink
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.operations import coding, holds, query_life
from workstation.operations import queries as writing
from workstation.operations.query_bench import QueryBoard
from workstation.query_packs.shelf import read_books
from workstation.sync import Sync, SyncState

BOOKS = cache(read_books)
WORDS = "Creatinine 2.4 mg/dL, baseline 1.0."
EVENTS = 7  # of the journal, in one errand
Resource = dict[str, Any]


class Tail:
    """The journal as the uplink sees it, without its thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.counts = journal.counts

    def unsent(self, limit: int) -> tuple[AuditSend, ...]:
        self._journal.checkpoint()
        return self._journal.unsent(limit)

    def acknowledge(self, confirmed: Confirmed, proof: str = "") -> None:
        self._journal.acknowledge_each(confirmed, proof)


@dataclass
class Effect:
    """What the server holds of one errand, against what it should."""

    losses: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)

    def once(self, what: str, found: int) -> None:
        if found == 0:
            self.losses.append(f"no {what}")
        elif found > 1:
            self.duplicates.append(f"{found} times {what}")

    def holds(self, what: str, truth: bool) -> None:
        if not truth:
            self.losses.append(what)


@dataclass
class Ward:
    """One coder; `look` reads what the server keeps, `move` lets somebody else change an assignment there."""

    bench: Bench
    client: FhirClient
    sync: Sync
    proxy: TcpProxy
    waiting: list[EncounterId]  # charts nothing was done with yet
    look: Callable[[str, str], list[Resource]]  # (type, query or "") -> resources
    move: Callable[[str], None]
    journal: Journal
    uplink: Uplink
    control: Callable[..., Any] | None = None  # the practice hospital's back door

    def once(self) -> SyncState:
        return self.sync.once()

    def later(self) -> None:
        self.bench.later(timedelta(minutes=6))

    def is_settled(self) -> bool:
        waiting, refused = self.bench.desk.db.read(outbox.counts).result()
        return waiting == refused == 0

    def task_of(self, name: EncounterId) -> Resource:
        """As the server has it now."""
        [found] = self.look("Task", self._task_id(name))
        return found

    def _task_id(self, name: EncounterId) -> str:
        task = self.bench.desk.db.read(lambda db: tasks.of_encounter(db, name)).result()
        assert task is not None
        return str(task.id)

    # ------------------------------------------------------------------ errands

    def hand_in(self, name: EncounterId) -> Callable[[], Effect]:
        """A coded result with its task."""
        desk, before = self.bench.desk, self._version(name)
        coding.add(desk, name, I50_23, principal=True, poa=PoaIndicator.YES).result()
        done = coding.finalize(desk, name).result()
        assert isinstance(done, coding.Finalized), done

        def effect() -> Effect:
            found, letter = Effect(), desk.db.read(lambda db: outbox.get(db, done.letter_id)).result()
            assert letter is not None
            result_id = json.loads(letter.body)["claim"]["identifier"][0]["value"]
            claims = self.look("Claim", f"identifier={systems.SID_CODED_RESULT}|{result_id}")
            found.once("coded result", len(claims))
            task = self.task_of(name)
            found.holds("the task is completed", task["status"] == "completed")
            outputs = [each["valueReference"]["reference"] for each in task.get("output", [])]
            found.holds("the task names its result", outputs == [f"Claim/{claim['id']}" for claim in claims])
            codes = [d["diagnosisCodeableConcept"]["coding"][0]["code"] for c in claims for d in c["diagnosis"]]
            found.holds("the result says what was coded", codes == ["I50.23"] * len(claims))
            return self._written(found, name, before, 2)

        return effect

    def hold(self, name: EncounterId) -> Callable[[], Effect]:
        before = self._version(name)
        holds.hold(self.bench.desk, name, holds.HoldReason.DOCUMENT).result()

        def effect() -> Effect:
            found, task = Effect(), self.task_of(name)
            found.holds("the task is on hold", task["status"] == "on-hold")
            found.holds("with its reason", task.get("statusReason", {}).get("text") == "awaiting a document")
            return self._written(found, name, before, 1)

        return effect

    def hold_and_release(self, name: EncounterId) -> Callable[[], Effect]:
        before = self._version(name)
        holds.hold(self.bench.desk, name, holds.HoldReason.OTHER).result()
        holds.release(self.bench.desk, name).result()

        def effect() -> Effect:
            found, task = Effect(), self.task_of(name)
            found.holds("the task goes on", task["status"] == "in-progress" and "statusReason" not in task)
            return self._written(found, name, before, 2)

        return effect

    def ask(self, name: EncounterId) -> Callable[[], Effect]:
        """A provider query, with its disclosure."""
        desk, before = self.bench.desk, self._version(name)
        chart = desk.db.read(lambda db: encounters.get(db, name)).result()
        assert chart is not None
        texts = dict(desk.db.read(lambda db: contents.texts(db, name)).result())
        document = next(each for each, words in texts.items() if WORDS in words)
        at = texts[document].index(WORDS)
        file = writing.add_passage(desk, name, Passage(document, at, at + len(WORDS))).result()
        seen = file.query.indicators[0].id
        options = (
            Option("Acute kidney injury", OptionKind.ANSWER, (seen,)),
            Option("Other (please specify)", OptionKind.OTHER),
            Option("Unable to determine", OptionKind.UNDETERMINED),
        )
        query = revise(
            file.query,
            trigger=Trigger.INDICATORS_WITHOUT_DIAGNOSIS,
            form=Form.MULTIPLE_CHOICE,
            question="Please clarify the clinical significance, if any, of the finding below.",
            options=in_order(options),
            recipient_id=chart.providers[0].id,
            template_id="own-words",
            template_version="1",
        )
        writing.keep(desk, query).result()
        answer = query_life.send(QueryBoard(desk, BOOKS), name, query.id).result()
        assert isinstance(answer, query_life.Sent), answer

        def effect() -> Effect:
            found, kept = Effect(), desk.db.read(lambda db: queries.get(db, query.id)).result()
            assert kept is not None
            value = kept.standing.result_id
            requests_ = self.look("CommunicationRequest", f"identifier={systems.SID_PROVIDER_QUERY}|{value}")
            found.once("query", len(requests_))
            inbox = self.look("Task", f"identifier={systems.SID_PROVIDER_TASK}|{value}")
            found.once("task for the provider", len(inbox))
            named = [task["focus"]["reference"] for task in inbox]
            found.holds("the task names its query", named == [f"CommunicationRequest/{r['id']}" for r in requests_])
            told = [d for d in desk.db.read(disclosures.all_of).result() if d.query_id == query.id]
            found.once("disclosure in the log", len(told))
            found.holds("the encounter waits for the answer", self.task_of(name)["status"] == "on-hold")
            return self._written(found, name, before, 1)

        return effect

    def read_anew(self, name: EncounterId) -> Callable[[], Effect]:
        """Somebody changed the assignment: its chart is fetched again."""
        self.move(self._task_id(name))
        self.sync.nudge(name)

        def effect() -> Effect:
            found, desk = Effect(), self.bench.desk
            held = desk.db.read(lambda db: tasks.of_encounter(db, name)).result()
            assert held is not None
            found.holds("the change has arrived", held.version == self.task_of(name)["meta"]["versionId"])
            found.holds("the chart is whole", desk.db.read(lambda db: encounters.is_complete(db, name)).result())
            return found

        return effect

    def tell(self, _: EncounterId) -> Callable[[], Effect]:
        """Audit events."""
        ids = [self.journal.append(Intent(Act.VIEW_WORKLIST), user="dana").id for _ in range(EVENTS)]

        def effect() -> Effect:
            found = Effect()
            for name in ids:
                found.once("audit event", len(self.look("AuditEvent", f"_tag={systems.SID_AUDIT_EVENT}|{name}")))
            found.holds("every event is confirmed", self.journal.counts()[0] == 0)
            return found

        return effect

    @property
    def errands(self) -> tuple[Callable[[EncounterId], Callable[[], Effect]], ...]:
        return (self.hand_in, self.hold, self.hold_and_release, self.ask, self.read_anew, self.tell)

    # ------------------------------------------------------------------ parts

    def _version(self, name: EncounterId) -> int:
        return int(self.task_of(name)["meta"]["versionId"])

    def _written(self, found: Effect, name: EncounterId, before: int, times: int) -> Effect:
        """Each decision writes the task once."""
        extra = self._version(name) - before - times
        if extra:
            found.duplicates.append(f"the task was written {times + extra} times instead of {times}")
        return found


@contextmanager
def _ward(
    folder: Path,
    base: str,
    token: str,
    coder: str,
    look: Callable[[str, str], list[Resource]],
    move: Callable[[str], None],
) -> Iterator[Ward]:
    bench = open_bench(folder / "cache.db", coder=coder)
    proxy = TcpProxy(base)
    client = FhirClient(proxy.base, lambda: token, timeout=(5, 3))
    keys = DeviceKeys.throw_away()
    journal = Journal.open(None, keys, SetClock())
    source = AuditSource(keys.device, "0.1.0", "ws-17", base)
    uplink = Uplink(client, Tail(journal), lambda: source)
    sync = Sync(bench.desk, client, lambda state: None)
    try:
        sync.once()
        held = bench.desk.db.read(tasks.all_of).result()
        waiting = [task.encounter_id for task in held]
        yield Ward(bench, client, sync, proxy, waiting, look, move, journal, uplink)
    finally:
        client.close()
        proxy.close()
        bench.desk.db.close()
        journal.close()


@contextmanager
def at_sekmet(folder: Path, base: str, count: int) -> Iterator[Ward]:
    """A ward with `count` charts at a full FHIR server of others."""
    mark = uuid.uuid4().hex[:8]
    coder = f"coder-{mark}"
    with requests.Session() as http:

        def look(kind: str, query: str) -> list[Resource]:
            if "=" not in query:
                return [http.get(f"{base}/{kind}/{query}", timeout=20).json()]
            found = http.get(f"{base}/{kind}", params=[tuple(query.split("=", 1))], timeout=20).json()
            return [entry["resource"] for entry in found.get("entry", [])]

        def move(name: str) -> None:
            [task] = look("Task", name)
            moved = {**task, "priority": "stat" if task["priority"] != "stat" else "urgent"}
            assert http.put(f"{base}/Task/{name}", json=moved, timeout=20).ok

        for number in range(count):
            for resource in charts.chart(f"x{mark}-{number}-", coder):
                url = f"{base}/{resource['resourceType']}/{resource['id']}"
                assert http.put(url, json=resource, timeout=20).ok
        with _ward(folder, base, "token", coder, look, move) as ward:
            yield ward


@contextmanager
def at_practice(folder: Path, count: int) -> Iterator[Ward]:
    """A ward with `count` charts at the practice hospital."""
    shelf = folder / "charts"
    for number in range(count):
        chart_folder(shelf, f"dana-{number}", number=number)
        (shelf / f"dana-{number}" / "01-hp.txt").write_text(charts.NOTE.decode(), encoding="utf-8")
    with running(folder / "data", "--charts", str(shelf), *QUICK) as hospital:
        token = hospital.control("POST", "token", user="dana", scope="user/*.cruds")["access_token"]
        with _ward(folder, hospital.base, token, "dana", _looker(hospital), _mover(hospital)) as ward:
            ward.control = hospital.control
            yield ward


def _looker(hospital: Hospital) -> Callable[[str, str], list[Resource]]:
    def look(kind: str, query: str) -> list[Resource]:
        if "=" not in query:
            return list(hospital.control("POST", "resource", type=kind, id=query))
        value = query.rpartition("|")[2]
        found = hospital.control("POST", "resource", type=kind)
        named = [[*one.get("identifier", []), *one.get("meta", {}).get("tag", [])] for one in found]
        return [
            one
            for one, names in zip(found, named, strict=True)
            if value in {each.get("value") or each.get("code") for each in names}
        ]

    return look


def _mover(hospital: Hospital) -> Callable[[str], None]:
    def move(name: str) -> None:
        [task] = hospital.control("POST", "resource", type="Task", id=name)
        priority = "stat" if task.get("priority") != "stat" else "urgent"
        hospital.control("POST", "acts/edit-task", task=name, set={"priority": priority})

    return move


__all__ = ["Effect", "Ward", "at_practice", "at_sekmet", "replace"]
