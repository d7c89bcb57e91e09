"""Jobs a few at a time, and arrivals told of together."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from workstation.domain.encounter import EncounterId
from workstation.sync.side_by_side import side_by_side
from workstation.sync.telling import EVERY, Telling


def test_every_job_is_done_once_by_no_more_threads_than_allowed() -> None:
    done: list[int] = []
    threads: set[int] = set()
    ended: list[int] = []

    def work(job: int) -> None:
        threads.add(threading.get_ident())
        done.append(job)

    found = list(side_by_side(range(100), work, lambda: ended.append(threading.get_ident()), 2))
    assert sorted(done) == list(range(100))
    assert sorted(job for job, _ in found) == list(range(100))
    assert {trouble for _, trouble in found} == {None}
    assert 1 <= len(threads) <= 2
    assert len(ended) == 2, "each thread closes its connection, once"


def test_a_job_that_fails_says_so_and_the_others_go_on() -> None:
    def work(job: int) -> None:
        if job == 3:
            raise ValueError(job)

    found = dict(side_by_side(range(10), work, lambda: None, 2))
    assert [job for job, trouble in found.items() if trouble] == [3]
    assert isinstance(found[3], ValueError)


def test_whoever_stops_asking_lets_no_further_job_begin() -> None:
    begun: list[int] = []
    go_on = threading.Event()

    def work(job: int) -> None:
        begun.append(job)
        if job > 1:
            go_on.wait(5)

    def ask() -> None:
        with closing(side_by_side(range(100), work, lambda: None, 2)) as ended:
            for _ in ended:
                threading.Timer(0.05, go_on.set).start()
                raise ValueError

    with pytest.raises(ValueError):
        ask()
    assert len(begun) < 10


def test_nothing_to_do_starts_no_thread() -> None:
    assert list(side_by_side([], lambda job: None, lambda: None, 2)) == []


def test_arrivals_are_told_together_but_the_first_the_awaited_and_the_last_at_once() -> None:
    told: list[set[str]] = []
    now = [100.0]
    telling = Telling(lambda found: told.append(set(found)), lambda: now[0])
    assert telling.of(EncounterId("a"))
    assert not telling.of(EncounterId("b"))
    assert not telling.of(EncounterId("c"))
    assert telling.of(EncounterId("d"), at_once=True)
    now[0] += EVERY
    assert telling.of(EncounterId("e"))
    assert not telling.of(EncounterId("f"))
    telling.close()
    telling.close()
    assert told == [{"a"}, {"b", "c", "d"}, {"e"}, {"f"}]
