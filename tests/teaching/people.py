"""People at their desks in the practice hospital, for tests of teaching copies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.desks import Bench, open_bench
from tests.practice.hospital import Hospital
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.domain.teaching.copy import TeachingCopy
from workstation.domain.teaching.request import NeedCode
from workstation.domain.teaching.risk import QUESTIONS
from workstation.fhir.client import FhirClient
from workstation.operations import teaching, teaching_copies
from workstation.operations.query_bench import QueryBoard
from workstation.operations.teaching import Requested
from workstation.query_packs.shelf import read_books
from workstation.sync import Sync
from workstation.sync.teaching_bench import Asked, TeachingBench

SMALL = "2611180644"  # a clinic visit for low back pain: six short documents, two doubts
ROLES = {"omar": "educator", "lena": "lead", "ruth": "auditor", "dana": "inpatient-coder"}


@dataclass
class Person:
    """One person with a cache, a wire and a bench of their own."""

    hospital: Hospital
    bench: Bench
    client: FhirClient
    sync: Sync
    board: QueryBoard
    making: TeachingBench
    path: Path

    def requests(self) -> tuple[Requested, ...]:
        return teaching.requests(self.bench.desk).result()

    def request(self) -> Requested:
        [only] = self.requests()
        return only

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table of the cache."""

        def look(db: Any) -> dict[str, list[tuple[Any, ...]]]:
            names = [n for (n,) in db.execute("select name from sqlite_master where type = 'table' order by name")]
            return {name: list(db.execute(f'select * from "{name}"')) for name in names}

        return self.bench.desk.db.write(look).result()

    def later(self, **passed: float) -> None:
        self.bench.clock[0] += timedelta(**passed)


@contextmanager
def at_desk(tmp_path: Path, hospital: Hospital, user: str, policy: Policy | None = None) -> Iterator[Person]:
    token = hospital.control("POST", "token", user=user, scope="")["access_token"]
    path = tmp_path / f"{user}.db"
    bench = open_bench(path, coder=user)
    bench.clock[0] = datetime.fromisoformat(hospital.control("GET", "state")["now"])
    who = Coder(user, user, user.capitalize(), "CCS", frozenset({ROLES[user]}))
    bench.desk = replace(bench.desk, coder=who, policy=lambda: policy or Policy())
    client = FhirClient(hospital.base, lambda: token, timeout=(5, 20))
    board = QueryBoard(bench.desk, read_books)
    making = TeachingBench(bench.desk, client, lambda: board.books().lexicon)
    person = Person(hospital, bench, client, Sync(bench.desk, client, lambda _: None), board, making, path)
    try:
        yield person
    finally:
        making.close()
        client.close()
        bench.desk.db.close()


def ask(person: Person, topic: str = "J96.01 with heart failure", need: NeedCode = NeedCode.ONBOARDING) -> None:
    teaching.ask(person.board, need, topic).result()
    person.sync.once()


def approve(lead: Person, account: str = SMALL, educator: str = "omar") -> None:
    """The lead's desk pulls the request and gives it an encounter."""
    lead.sync.once()
    encounters = lead.hospital.control("POST", "resource", type="Encounter")
    wanted = next(f"Encounter/{e['id']}" for e in encounters if account in json.dumps(e["identifier"]))
    chosen = next(c for c in lead.making.candidates().result() if c.encounter == wanted)
    asked = next(each for each in lead.requests() if each.task.status == "requested")
    teaching.approve(lead.bench.desk, asked.task.id, chosen, educator).result()
    lead.sync.once()


def make(person: Person) -> TeachingCopy:
    """The educator's desk pulls the approval, makes the copy, and lets every doubt go out."""
    person.sync.once()
    person.making.make(person.request().task.id).result()
    person.making.take_out_rest().result()
    kept = person.making.keep().result()
    while isinstance(kept, Asked):
        person.making.take_out_rest().result()
        kept = person.making.keep().result()
    return kept


def say_no_to_all(person: Person, copy_id: str) -> None:
    for risk in QUESTIONS:
        teaching_copies.answer(person.board, copy_id, risk, yes=False).result()
