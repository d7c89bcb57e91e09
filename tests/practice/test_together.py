"""Many requests at once: every one is answered, and a task in the pool has one winner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.practice.hospital import Hospital

AT_ONCE = 8


def test_reads_and_searches_at_once_never_wait_for_each_other_for_good(hospital: Hospital) -> None:
    """Two locks taken in two orders once stopped the server: a search held the store, a read the caller's reach."""
    first = hospital.as_user("dana")
    [entry, *_] = first.get(hospital.url("Task?owner=Practitioner/dana")).json()["entry"]
    encounter = entry["resource"]["encounter"]["reference"]
    paths = [encounter, f"Observation?encounter={encounter}", entry["resource"]["for"]["reference"], "Condition"]
    sessions = [hospital.as_user("dana") for _ in range(AT_ONCE)]

    def ask(number: int) -> list[int]:
        urls = [hospital.url(paths[(number + turn) % len(paths)]) for turn in range(60)]
        return [sessions[number].get(url, timeout=10).status_code for url in urls]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [status for statuses in pool.map(ask, range(AT_ONCE)) for status in statuses]
    assert answers == [200] * (60 * AT_ONCE)


def test_of_many_coders_who_pull_one_task_one_gets_it(hospital: Hospital) -> None:
    lena = hospital.as_user("lena")
    [entry, *_] = lena.get(hospital.url("Task?owner=Practitioner/miguel")).json()["entry"]
    name = entry["resource"]["id"]
    free = hospital.control("POST", "acts/edit-task", task=name, set={"owner": None})
    users = ["dana", "miguel"] * (AT_ONCE // 2)
    sessions = [hospital.as_user(user) for user in users]

    def pull(number: int) -> int:
        body: dict[str, Any] = {**free, "owner": {"reference": f"Practitioner/{users[number]}"}}
        version = {"If-Match": f'W/"{free["meta"]["versionId"]}"'}
        return sessions[number].put(hospital.url(f"Task/{name}"), json=body, headers=version, timeout=10).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = sorted(pool.map(pull, range(AT_ONCE)))
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {404, 412}
    hospital.control("POST", "acts/reassign-task", task=name, owner="miguel")
