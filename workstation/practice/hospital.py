"""The hospital behind the server: takes coded results in, answers queries, takes back a task; each after a while."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workstation.fhir import systems
from workstation.practice import provider
from workstation.practice.chart_resources import concept
from workstation.practice.outcomes import Refused
from workstation.practice.params import relative, values_at
from workstation.practice.people import ORGANISATION
from workstation.practice.store import Held, Store, Wanted, stamp

Resource = dict[str, Any]

SID_EDIT_RUN = f"{systems.X}/sid/edit-run"
CODING_EDIT = f"{systems.X}/CodeSystem/coding-edit"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds the hospital takes; cancel 0 is never."""

    claim: float = 1.0
    answer: float = 90.0
    cancel: float = 1200.0


class Hospital:
    """Its acts run on one thread of its own, so that a request never waits for them."""

    def __init__(self, store: Store, now: Callable[[], datetime], pace: Pace, cancel: str) -> None:
        self._store, self._now, self._pace, self._cancel = store, now, pace, cancel
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="practice-hospital", daemon=True)
        store.listeners.append(self._changed)

    def start(self) -> None:
        """Also takes up what was left undone when the server last stopped."""
        for kind in ("Task", "CommunicationRequest"):
            for held in self._store.find(kind):
                self._changed(kind, held.id)
        looked = self._store.fact("cancel-planned")
        if looked and self._pace.cancel and not self._store.fact("cancel-done"):
            passed = (self._now() - datetime.fromisoformat(looked)).total_seconds()
            self._later(max(0.0, self._pace.cancel - passed), self._take_back)
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._is_over = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def heard(self, user: str) -> None:
        """A coder has looked at their worklist: the clock of the task that is taken back runs from here."""
        if user == "dana" and self._cancel and self._pace.cancel and not self._store.fact("cancel-planned"):
            self._store.remember("cancel-planned", stamp(self._now()))
            self._later(self._pace.cancel, self._take_back)

    # ---------------------------------------------------------------- acts

    def _take_back(self) -> None:
        with self._store.whole():
            self._store.remember("cancel-done", stamp(self._now()))
            held = self._store.live(f"Task/{self._cancel}")
            if held is not None and held.body["status"] in ("requested", "on-hold"):
                self.cancel(self._cancel)

    def cancel(self, task: str) -> Held:
        """The task is pulled back; the coder's access to its encounter ends with it."""
        return self.edit(task, {"status": "cancelled", "statusReason": {"text": "Pulled back by the coding lead."}})

    def edit(self, task: str, fields: Resource) -> Held:
        """Another system writes the task: its version moves on; None takes an element out. Raises Refused(404)."""
        with self._store.whole():
            held = self._found(f"Task/{task}")
            body = {**held.body, **fields, "lastModified": stamp(self._now())}
            return self._store.put({name: value for name, value in body.items() if value is not None}, held.author)

    def answer(self, request: str, words: str = "") -> Held:
        """A provider answers a query. Raises Refused(404, 409)."""
        return provider.answer(self._store, request, words, self._now())

    def look(self, request: str) -> Held | None:
        """A provider opens a query without answering it."""
        return provider.look(self._store, request, self._now())

    def receive(self, task: str) -> Held | None:
        """The claims system takes in the coded result of a completed task, once for each version of it."""
        held = self._store.live(f"Task/{task}")
        if held is None or held.body["status"] != "completed":
            return None
        with self._store.whole():
            claim = next(filter(None, map(self._store.live, _claims(held.body))), None)
            if claim is None:
                return None
            run = f"ER-{claim.id}-{claim.version}"[-60:]
            if self._store.find("ClaimResponse", [Wanted("identifier", (f"{SID_EDIT_RUN}|{run}",))]):
                return None
            return self._store.put(_response(claim, run, stamp(self._now())))

    def _found(self, reference: str) -> Held:
        held = self._store.live(reference)
        if held is None:
            raise Refused(404, f"There is no such {reference.partition('/')[0]}.")
        return held

    # ---------------------------------------------------------------- time

    def _changed(self, kind: str, name: str) -> None:
        if kind == "Task":
            held = self._store.live(f"Task/{name}")
            if held is not None and held.body.get("status") == "completed":
                self._later(self._pace.claim, lambda: self.receive(name))
        elif kind == "CommunicationRequest":
            held = self._store.live(f"CommunicationRequest/{name}")
            if held is not None and held.body.get("status") == "active":
                self._later(self._pace.answer / 2, lambda: self.look(name))
                self._later(self._pace.answer, lambda: self._answer_if_open(name))

    def _answer_if_open(self, name: str) -> None:
        try:
            self.answer(name)
        except Refused:
            return  # withdrawn or answered meanwhile

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        with self._wake:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._numbers), act))
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._is_over and (not self._waiting or self._waiting[0][0] > time.monotonic()):
                    until = self._waiting[0][0] - time.monotonic() if self._waiting else None
                    self._wake.wait(until)
                if self._is_over:
                    return
                act = heapq.heappop(self._waiting)[2]
            act()


def _claims(task: Resource) -> list[str]:
    found = []
    for output in task.get("output", []):
        kinds = {coding.get("code") for coding in values_at(output, "type.coding")}
        if "coded-result" in kinds:
            found += [relative(name) for name in values_at(output, "valueReference.reference")]
    return [name for name in found if name.startswith("Claim/")]


def _response(claim: Held, run: str, at: str) -> Resource:
    """What the claims system finds on its own: a principal diagnosis, and a POA mark on every inpatient one."""
    body = claim.body
    faults = []
    kinds = [{c.get("code") for c in values_at(one, "type.coding")} for one in body.get("diagnosis", [])]
    if sum("principal" in kind for kind in kinds) != 1:
        faults.append((1, "one-principal-diagnosis"))
    inpatient = "inpatient" in {c.get("code") for c in values_at(body, "subType.coding")}
    for position, diagnosis in enumerate(body.get("diagnosis", []), start=1):
        if inpatient and not diagnosis.get("onAdmission"):
            faults.append((position, "poa-missing"))
    response: Resource = {
        "resourceType": "ClaimResponse",
        "id": f"cr-{run}".lower()[:64],
        "identifier": [{"system": SID_EDIT_RUN, "value": run}],
        "status": "active",
        "type": body["type"],
        "use": "claim",
        "patient": body["patient"],
        "created": at,
        "insurer": {"reference": f"Organization/{ORGANISATION}"},
        "request": {"reference": claim.reference},
        "outcome": "error" if faults else "complete",
        "disposition": f"{len(faults)} edits" if faults else "Accepted for billing",
    }
    if faults:
        response["error"] = [{"itemSequence": n, "code": concept(CODING_EDIT, code)} for n, code in faults]
    return response
