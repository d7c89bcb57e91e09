"""A day with a server that answers nonsense, in a process of its own so that its memory can be measured: prints one line."""

from __future__ import annotations

import json
import os
import random
import sys
import traceback
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests import charts
from tests.desks import I50_23, open_bench
from tests.fakes.paper_server import Answer, PaperServer
from tests.faults.spoiling import spoilt
from tests.faults.ward import Tail
from tests.sync.conftest import Room
from tests.sync.test_query_round_trip import sent
from workstation.cache import encounters, outbox, tasks
from workstation.cache.outbox import Post
from workstation.domain.audit import Act, Intent
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId
from workstation.domain.policy import Policy
from workstation.errors import WorkstationError
from workstation.fhir import device, systems
from workstation.fhir.audit import AuditSource
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.client import FhirClient
from workstation.fhir.commands import commands
from workstation.fhir.discovery import discover
from workstation.fhir.incoming import coder
from workstation.fhir.tokens import Session, Tokens
from workstation.fhir.transport import new_session
from workstation.guard.uplink import Uplink
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.operations import coding, conflicts, letters
from workstation.sync import Sync, SyncKind

ME = "coder1"
DECIDED = ("status", "businessStatus", "statusReason", "output", "lastModified")
CODED = EncounterId("c-e")
ROLES = frozenset({"inpatient-coder", "lead", "educator"})


@dataclass
class Report:
    """What the parent is told."""

    tries: int = 0
    refused: int = 0  # said so: a state that is not in step, something left out, an error with words
    taken: int = 0  # read as far as it made sense
    bugs: list[str] = field(default_factory=list)
    unhealed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # effects at the server that are missing or there twice
    labels: dict[str, int] = field(default_factory=dict)
    grown_mb: float = 0.0


class Day:
    """One coder with a chart, a sent query, a device and a journal."""

    def __init__(self, folder: Path) -> None:
        self.server = PaperServer()
        bench = open_bench(folder / "cache.db", coder=ME)
        kept = Policy(cache_lifetime=10 * 366 * 24 * 3600)  # each try is a day, and the chart has to stay
        bench.desk = replace(bench.desk, coder=replace(bench.desk.coder, roles=ROLES), policy=lambda: kept)
        client = FhirClient(self.server.base, lambda: "token", timeout=(5, 20))
        self.room = Room(bench, client, Sync(bench.desk, client, lambda state: None), [], self.server.base, "p-", ME)
        self.server.put(*charts.chart("c-", ME))
        self.query = sent(self.room)
        coding.add(bench.desk, CODED, I50_23, principal=True, poa=PoaIndicator.YES).result()
        self.server.put(*others(self.server))
        self.keys = DeviceKeys.throw_away()
        self.journal = Journal.open(None, self.keys, SetClock())
        self.http = new_session(True, None)
        self.true: dict[str, Any] = {}  # what the server should hold

    def close(self) -> None:
        self.http.close()
        self.room.client.close()
        self.room.bench.desk.db.close()
        self.journal.close()
        self.server.close()

    # ------------------------------------------------------------------ what the workstation does all day

    def decide(self, number: int) -> None:
        """Something for the journal, and for the outbox: the second chart is handed in, and taken up again."""
        desk = self.room.bench.desk
        self.journal.append(Intent(Act.VIEW_ENCOUNTER), user="dana")
        if number % 2:
            assert isinstance(coding.finalize(desk, CODED).result(), coding.Finalized)
        else:
            coding.reopen(desk, CODED).result()

    def mended(self) -> None:
        """Somebody at the server puts right what was read wrong there and written back; what coders decided stays."""
        for name, true in self.true.items():
            decided = self.server.kept[name]
            kept = {key: decided[key] for key in DECIDED if key in decided}
            self.server.put({**{key: value for key, value in true.items() if key not in DECIDED}, **kept})

    def settled(self) -> None:
        """What a coder does with what stands in the way: their own coding goes over the other, a refusal is sent again."""
        desk = self.room.bench.desk
        for name in (self.room.encounter_id, CODED):
            states = {each.state for each in desk.db.read(lambda db, name=name: outbox.open_of(db, name)).result()}  # type: ignore[misc]
            if Post.CONFLICT in states:
                conflicts.keep_mine(desk, name).result()
            if Post.REFUSED in states:
                letters.send_again(desk, name).result()

    def desk_round(self) -> bool:
        """Sync once; whether it said that something was not right."""
        self.room.sync.nudge(self.room.encounter_id)
        self.room.sync.nudge(CODED)
        state = self.room.sync.once()
        return state.kind is not SyncKind.IN_STEP or bool(state.message)

    def guard_round(self) -> bool:
        """What the guard asks: device, commands, policy, who signed in; discovery, tokens; and it sends its events."""
        server = self.room.client
        provider = None
        said = False
        steps: tuple[Any, ...] = (
            lambda: device.enlist(server, self.keys.device, "0.1.0"),
            lambda: device.publish_key(server, server.read("Device/d1"), self.keys.verify_key),
            lambda: commands(server, "Device/d1"),
            lambda: device.policy(server, "org"),
            lambda: coder(server.read(f"Practitioner/{ME}").resource, server.search("PractitionerRole", [])),
        )
        for step in steps:
            said |= _said(step)
        try:
            provider = discover(self.http, self.server.base)
        except WorkstationError:
            return True
        kept = Tokens("", "refresh", 0.0, f"Practitioner/{ME}")
        session = Session(provider, "coder-workstation", kept, lambda tokens: None, lambda: self.http)
        said |= _said(session.access)
        said |= _said(lambda: register(self.http, provider.registration, self.keys, self.keys.device, "token"))
        backend = BackendTokens(lambda: self.http, provider.token, "device-1", self.keys)
        said |= _said(backend.token)
        source = AuditSource(self.keys.device, "0.1.0", "ws-17", self.server.base)
        uplink = Uplink(server, Tail(self.journal), lambda: source)  # as after a start: it asks what the server can
        return said or uplink.step().waiting > 0

    # ------------------------------------------------------------------ how it stands

    def shown(self) -> list[object]:
        """All that is shown of the charts and assignments, without versions."""
        db, found = self.room.bench.desk.db, list[object]()
        for name in (self.room.encounter_id, CODED):
            chart = db.read(lambda db, name=name: encounters.get(db, name)).result()  # type: ignore[misc]
            documents = chart and tuple(replace(each, version="") for each in chart.documents)
            found.append(chart and replace(chart, documents=documents))
        held = db.read(tasks.all_of).result()
        return [*found, *((t.id, t.encounter_id, t.due_at, t.worklist, t.withdrawn) for t in held)]

    def effects(self) -> tuple[int, str]:
        """(coded results, what became of the second chart's task) at the server."""
        claims = [one for one in self.server.kept.values() if one["resourceType"] == "Claim"]
        return len(claims), str(self.server.kept["Task/c-t"]["status"])


def _said(step: Any) -> bool:
    try:
        step()
    except WorkstationError:
        return True
    return False


def others(server: PaperServer) -> list[dict[str, Any]]:
    """What the guard reads, and an answer to the query."""
    [request] = [one for one in server.kept.values() if one["resourceType"] == "CommunicationRequest"]
    policy = [
        {"url": "idleLock", "valueDuration": {"value": 5, "code": "min"}},
        {"url": "codeCopy", "valueBoolean": True},
        {"url": "captureUntil", "valueInstant": "2026-11-24T18:00:00Z"},
        {"url": "stepUpFor", "valueCode": "reveal"},
        {"url": "feature", "extension": [{"url": "role", "valueCode": "lead"}, {"url": "allow", "valueCode": "x"}]},
    ]
    command = {"coding": [{"system": systems.DEVICE_COMMAND, "code": "lock"}]}
    teaching = {"coding": [{"system": systems.CODING_TASK, "code": "teaching-copy"}]}
    review = {"coding": [{"system": systems.CODING_TASK, "code": "review-provider-query"}]}
    return [
        {"resourceType": "Device", "id": "d1", "status": "active",
         "identifier": [{"system": systems.SID_INSTALLATION, "value": "i1"}]},
        {"resourceType": "Basic", "id": "policy", "identifier": [{"system": systems.SID_POLICY, "value": "org"}],
         "extension": [{"url": systems.WORKSTATION_POLICY, "extension": policy}]},
        {"resourceType": "Task", "id": "cmd", "status": "requested", "code": command,
         "owner": {"reference": "Device/d1"}, "identifier": [{"value": "cmd-1"}]},
        {"resourceType": "Task", "id": "teach", "status": "requested", "code": teaching, "description": "Sepsis",
         "requester": {"reference": f"Practitioner/{ME}"}, "authoredOn": "2026-11-24T10:00:00Z"},
        {"resourceType": "Task", "id": "review", "status": "requested", "code": review,
         "requester": {"reference": "Practitioner/another"}, "contained": [{**request, "id": "draft"}]},
        {"resourceType": "PractitionerRole", "id": "r1", "active": True,
         "practitioner": {"reference": f"Practitioner/{ME}"}, "organization": {"reference": "Organization/org"},
         "code": [{"coding": [{"system": systems.CODING_ROLE, "code": "inpatient-coder"}]}]},
        {"resourceType": "Communication", "id": "answer", "status": "completed", "sent": "2026-11-24T15:00:00Z",
         "basedOn": [{"reference": f"CommunicationRequest/{request['id']}"}],
         "sender": request["recipient"][0], "payload": [{"contentString": "Acute kidney injury."}]},
    ]  # fmt: skip


def resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel does not tell")


def a_try(day: Day, number: int, dice: random.Random, seen: list[str], whole: list[object], report: Report) -> None:
    """One answer of one kind is spoilt during a round; the next rounds must mend all."""
    target = dice.choice(seen)
    kinds: list[str] = []

    def spoil(answer: Answer) -> Answer:
        if answer.label != target or kinds:
            return answer
        name, made = spoilt(answer, dice)
        kinds.append(name)
        return made

    day.server.touch()
    day.room.bench.later(timedelta(hours=25))
    day.decide(number)
    day.server.spoil = spoil
    said = False
    for act in (day.desk_round, day.guard_round):
        try:
            said |= act()
        except Exception:  # noqa: BLE001  what is no WorkstationError would have ended the thread
            report.bugs.append(f"{target}: {kinds}\n{traceback.format_exc()[-1500:]}")
            said = True
    day.server.spoil = lambda answer: answer
    if not kinds:
        return
    report.tries += 1
    report.refused += said
    report.taken += not said
    report.labels[target] = report.labels.get(target, 0) + 1
    day.mended()
    for _ in range(4):
        day.settled()
        day.room.bench.later(timedelta(hours=25))
        try:
            rough = day.desk_round() or day.guard_round()
        except Exception:  # noqa: BLE001  as above
            report.bugs.append(f"after {target}: {kinds}\n{traceback.format_exc()[-1500:]}")
            rough = True
        if not rough and day.room.sync.state.waiting == 0 and day.shown() == whole:
            break
    else:
        other = [
            f"{now!r} instead of {was!r}"[:1500] for now, was in zip(day.shown(), whole, strict=False) if now != was
        ]
        report.unhealed.append(f"{target}: {kinds}: {day.room.sync.state.message} {rough=} {other}")
        whole[:] = day.shown()  # the next try is judged for itself
    status = "completed" if number % 2 else "in-progress"
    if day.effects() != (1, status):
        report.wrong.append(f"{target}: {kinds}: {day.effects()} instead of {status}")


def main(seed: int, count: int, folder: Path) -> None:
    day, dice, report = Day(folder), random.Random(seed), Report()
    day.server.touch()
    for number in range(1, 5):  # every kind of answer is met, none spoilt
        day.decide(number)
        day.room.bench.later(timedelta(hours=25))
        day.desk_round()
        day.guard_round()
    seen = sorted(set(day.server.labels))
    whole = day.shown()
    day.true = dict(day.server.kept)
    before = resident_mb()
    number = 4
    while report.tries < count and number < 20 * count:
        number += 1
        a_try(day, number, dice, seen, whole, report)
    report.grown_mb = round(resident_mb() - before, 1)
    day.close()
    print(json.dumps(report.__dict__))  # noqa: T201  what the parent reads


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    except BaseException:  # noqa: BLE001  whatever it was, the process has to end
        traceback.print_exc()
        os._exit(1)  # threads of a server still run
