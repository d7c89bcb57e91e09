"""A worklist of a thousand: first sync, quiet look, daily walk and ten changes, each beside its requests sent bare.

The server is the practice hospital in a process of its own; the client is the desk's, with a sealed cache and a real journal.
A data folder given with --data is filled once and used again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests

from benchmarks.figures import show
from tests.desks import KEY, FakeBook
from tests.practice.hospital import Hospital, running
from workstation.cache import tasks
from workstation.cache.database import Database
from workstation.desk import Desk
from workstation.domain.access import Coder
from workstation.domain.audit import Intent
from workstation.domain.policy import Policy
from workstation.fhir.client import FhirClient
from workstation.guard.recorder import Recorder
from workstation.host.clock import SystemClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.practice.store import Store
from workstation.sync import Sync, SyncKind
from workstation.sync.pull import AT_ONCE

CODER = "crowd-001"
QUICK = ("--claim-after", "0", "--answer-after", "3600", "--cancel-after", "0")


@dataclass
class Asked:
    """What the client sent in one phase, and how much came back."""

    requests: list[tuple[str, str, dict[str, str], bytes | None]] = field(default_factory=list)
    received: int = 0


class Counting(FhirClient):
    """The desk's own client, which remembers what it asked."""

    asked = Asked()

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, cap: int) -> Any:
        answer, text = super()._once(method, url, headers, body, cap)
        self.asked.requests.append((method, url, dict(headers), body))
        self.asked.received += len(text)
        return answer, text


class Watch:
    """The process's proportional set size, looked at four times a second."""

    def __init__(self) -> None:
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.25):
            self.most = max(self.most, pss())

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return max(self.most, pss())


def pss() -> float:
    """MB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def bare(asked: Asked) -> float:
    """Seconds the same requests take a plain loop of `requests`, as many at a time as the desk allows itself."""

    def part(mine: list[tuple[str, str, dict[str, str], bytes | None]]) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for method, url, headers, body in mine:
                session.request(method, url, headers=headers, data=body, timeout=30).content  # noqa: B018  read

    reads = [one for one in asked.requests if one[0] == "GET"]
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(part, [reads[at::AT_ONCE] for at in range(AT_ONCE)]))
    return time.perf_counter() - began


@dataclass
class Place:
    """A desk at a hospital."""

    desk: Desk
    sync: Sync
    client: Counting
    recorder: Recorder
    clock: list[datetime]

    def phase(self, name: str, charts: int = 0) -> None:
        """One round, and the same requests bare."""
        self.client.asked = Asked()
        cpu, began = time.process_time(), time.perf_counter()
        state = self.sync.once()
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        assert state.kind is SyncKind.IN_STEP, (state.kind, state.message)
        asked = self.client.asked
        self.client.asked = Asked()
        show(name, [wall * 1000], [bare(asked) * 1000])
        kinds = Counter(
            url.rpartition("/fhir/")[2].partition("?")[0].partition("/")[0] for _, url, _, _ in asked.requests
        )
        rate = f" charts_per_second={charts / wall:.1f}" if charts else ""
        print(
            f"  requests={len(asked.requests)} received_MB={asked.received / 1e6:.2f} cpu_s={cpu:.2f}{rate} "
            + " ".join(f"{kind}={count}" for kind, count in kinds.most_common()),
            flush=True,
        )


def place(folder: Path, hospital: Hospital, changed: Callable[[Any], None] = lambda changes: None) -> Place:
    """A new desk of the crowd's first coder, with the real cache and journal."""
    token = hospital.control("POST", "token", user=CODER, seconds=2 * 86_400)["access_token"]
    recorder = Recorder(lambda: Journal.open(folder / "journal.db", DeviceKeys.throw_away(), SystemClock()))
    recorder.opened().result()

    def ask(intent: Intent) -> Future[str]:
        return recorder.record(intent, CODER)

    clock = [datetime.now(UTC)]
    desk = Desk(
        db=Database(folder / "cache.db", bytearray(KEY)),
        ask=ask,
        tell=lambda intent_id, outcome, reason: recorder.outcome(intent_id, outcome, reason) and None,
        codebook=FakeBook(),
        coder=Coder(CODER, CODER, "Coder Number 1", "CCS", frozenset({"inpatient-coder"})),
        policy=Policy,
        now=lambda: clock[0],
        changed=changed,
    )
    client = Counting(hospital.base, lambda: token, timeout=(5, 30))
    return Place(desk, Sync(desk, client, lambda state: None), client, recorder, clock)


def write_elsewhere(data: Path, encounters: list[str]) -> None:
    """Another system of the hospital adds a note to each of some charts."""
    store = Store(data / "practice.db", lambda: datetime.now(UTC) + timedelta(hours=1))
    try:
        for encounter in encounters:
            with store.whole() as db:
                row = db.execute(
                    "SELECT id FROM terms WHERE kind = 'DocumentReference' AND param = 'encounter' AND value = ? LIMIT 1",
                    (encounter,),
                ).fetchone()
                held = store.get("DocumentReference", row[0])
                assert held is not None
                added = {**held.body, "id": f"late-{time.time_ns()}", "identifier": []}
                store.put({**added, "relatesTo": [{"code": "appends", "target": {"reference": held.reference}}]})
    finally:
        store.close()


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--encounters", type=int, default=1000)
    reader.add_argument("--data", type=Path, help="where the hospital's data lies; kept")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name), asked.data or Path(name) / "practice"
        began = time.perf_counter()
        with running(data, "--crowd", "1", "--each", str(asked.encounters), *QUICK) as hospital:
            print(f"server ready after {time.perf_counter() - began:.0f} s", flush=True)
            measure(folder, data, hospital, asked.encounters)
    os._exit(0)


def measure(folder: Path, data: Path, hospital: Hospital, count: int) -> None:
    # the charts were there long before they are worked on; one assignment is of now
    hospital.control("POST", "clock", offset_seconds=3600)
    here = place(folder, hospital)
    mine = hospital.as_user(CODER).get(hospital.url("Task?_count=1&_elements=status"), timeout=30).json()
    hospital.control("POST", "acts/edit-task", task=mine["entry"][0]["resource"]["id"], set={"priority": "routine"})
    before, watch = pss(), Watch()
    here.phase("first_sync", count)
    peak = watch.end()
    held = here.desk.db.read(tasks.all_of).result()
    assert len(held) == count, len(held)
    here.phase("quiet_look")
    settled = pss()
    here.clock[0] += timedelta(days=1, minutes=1)
    here.phase("daily_walk")
    for task in held[:10]:
        hospital.control("POST", "acts/edit-task", task=task.id, set={"priority": "asap"})
    here.phase("ten_tasks_changed", 10)
    write_elsewhere(data, [f"Encounter/{task.encounter_id}" for task in held[20:30]])
    here.clock[0] += timedelta(days=1, minutes=1)
    here.phase("daily_walk_ten_charts_changed", 10)
    here.desk.db.close()
    size = sum(path.stat().st_size for path in folder.glob("cache.db*")) / 1e6
    journal = sum(path.stat().st_size for path in folder.glob("journal.db*")) / 1e6
    show("memory_peak_above_start", [peak - before], None, "MB")
    show("memory_settled_above_start", [settled - before], None, "MB")
    show("memory_start", [before], None, "MB")
    show("cache_size", [size], None, "MB")
    show("journal_size", [journal], None, "MB")
    here.recorder.close()
    here.client.close()


if __name__ == "__main__":
    main()
