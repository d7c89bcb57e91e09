"""A disk that is slow, or refuses for a moment, makes an honest journal look like nothing but itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workstation.domain.audit import Act, Intent
from workstation.errors import AuditUnavailable
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed

VIEW = Intent(Act.VIEW_WORKLIST)


class Asleep:
    """The journal's own connection; the computer sleeps while a commit is on its way, as a laptop does."""

    def __init__(self, journal: Journal, clock: SetClock) -> None:
        self._real, self._clock, self.sleeps = journal._commits.connection, clock, 0.0
        journal._commits.connection = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, sql: str, *values: object) -> Any:
        done = self._real.execute(sql, *values)
        if sql == "commit" and self.sleeps:
            self._clock.advance(self.sleeps)
            self.sleeps = 0.0
        return done


def views(journal: Journal, count: int) -> None:
    for _ in range(count):
        journal.append(VIEW, user="dana")


def whole(journal: Journal, open_journal: Callable[..., Journal]) -> None:
    assert journal.verify().findings == ()
    chain = journal.head().chain
    journal.close()
    again = open_journal()
    assert (again.findings, again.head().chain) == ((), chain)


def test_a_computer_that_sleeps_in_a_checkpoint(
    journal: Journal, clock: SetClock, open_journal: Callable[..., Journal]
) -> None:
    views(journal, 3)
    asleep = Asleep(journal, clock)
    asleep.sleeps = 300.0
    with pytest.raises(AuditUnavailable):
        journal.checkpoint()
    views(journal, 3)
    journal.checkpoint()
    whole(journal, open_journal)


def test_a_computer_that_sleeps_in_an_append_and_is_asked_what_waits(
    journal: Journal, clock: SetClock, open_journal: Callable[..., Journal]
) -> None:
    views(journal, 3)
    journal.checkpoint()
    asleep = Asleep(journal, clock)
    views(journal, 2)
    asleep.sleeps = 300.0
    with pytest.raises(AuditUnavailable):
        views(journal, 1)
    journal.checkpoint()  # what the uplink does first
    assert len(journal.unsent()) == journal.counts()[0]
    views(journal, 2)
    journal.checkpoint()
    whole(journal, open_journal)


@pytest.mark.parametrize("first", ["checkpoint", "counts"])
def test_a_disk_that_refuses_for_a_moment(
    first: str,
    journal: Journal,
    keys: DeviceKeys,
    clock: SetClock,
    tmp_path: Path,
    open_journal: Callable[..., Journal],
) -> None:
    views(journal, 3)
    journal.checkpoint()
    views(journal, 2)
    other = open_sealed(tmp_path / "journal.db", keys.journal_key())
    other.execute("begin immediate")  # somebody holds the file longer than the journal waits
    with pytest.raises(AuditUnavailable):
        views(journal, 1)
    other.close()
    clock.advance(61)
    getattr(journal, first)()
    told = journal._connection.execute("select count(*) from entries where user = ''").fetchone()[0]
    assert told
    assert len(journal.page("")) == told
    assert journal.counts()[0] == len(journal.unsent())
    journal.checkpoint()
    whole(journal, open_journal)


def test_an_entry_that_is_no_text_is_a_finding_and_the_rest_goes_on(
    journal: Journal, open_journal: Callable[..., Journal]
) -> None:
    views(journal, 5)
    journal.checkpoint()
    journal._connection.execute("update entries set body = cast(x'7bff7d' as text) where seq = 3")
    journal._connection.commit()
    journal.close()
    again = open_journal()
    assert again.findings
    waiting = {send.id for send in again.unsent(1_000)}
    assert len(waiting) == again.counts()[0]
    assert len(again.page("dana")) == 4
