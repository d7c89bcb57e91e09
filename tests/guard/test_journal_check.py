"""The check a desk asks for: told how far it is, given up when nobody listens, one at a time, and its trouble said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workstation import messages as m
from workstation.domain.audit import Act, Intent
from workstation.errors import AuditUnavailable
from workstation.guard.errands import CheckJournal, Errands, NobodyListens
from workstation.guard.journal_check import rows_of_check
from workstation.guard.uplink import UplinkKind, UplinkState
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Any]:
    """What the check needs of a house: a real journal on disk, and how the uplink stands."""
    home, keys = Home(tmp_path / "used"), DeviceKeys.throw_away()
    journal = Journal.open(home.journal(keys.device), keys, SetClock())
    for _ in range(30):
        journal.append(Intent(Act.VIEW_DOCUMENT), user="dana")
    state = UplinkState(UplinkKind.NO_RECEIPT, waiting=30)
    yield SimpleNamespace(home=home, keys=keys, online_only=False, uplink_state=state, receipt_keys=lambda: ())
    journal.close()


def test_a_check_tells_how_far_it_is_and_why_nothing_goes(house: Any) -> None:
    told: list[tuple[int, int]] = []
    rows = rows_of_check(house, lambda done, of: told.append((done, of)) is None)
    assert told[-1] == (30, 30)
    found = {row[0]: row for row in rows}
    assert found["The journal"][1] == "whole"
    assert found["Waiting"][1] == "30 events"
    assert (found["Sending"][1], found["Sending"][2]) == ("no good receipt", "red")
    assert all(row[5] for row in rows if row[2] == "red")


def test_a_check_nobody_listens_to_is_given_up(house: Any) -> None:
    with pytest.raises(NobodyListens):
        rows_of_check(house, lambda done, of: False)


class Desk:
    """Hears what the guard says; can be gone."""

    def __init__(self) -> None:
        self.said: list[m.Message] = []
        self.is_there = True
        self.heard = threading.Event()

    def send(self, message: m.Message) -> bool:
        self.said.append(message)
        if isinstance(message, m.JournalReport):
            self.heard.set()
        return self.is_there


def asked(check: CheckJournal) -> tuple[Callable[[Desk, int], None], threading.Lock]:
    unused: Any = None
    errands = Errands(unused, unused, unused, give_token=unused, trail=unused, device_page=unused, check_journal=check)

    def ask(desk: Desk, request: int) -> None:
        errands.run(desk, m.JournalCheckWanted(request), unused)  # type: ignore[arg-type]

    return ask, errands._checking


def test_one_check_at_a_time_and_a_desk_that_is_gone_ends_its_own() -> None:
    going, go_on = threading.Event(), threading.Event()

    def check(tell: Callable[[int, int], bool]) -> list[list[str]]:
        going.set()
        go_on.wait(10)
        if not tell(1, 2):
            raise NobodyListens
        return [["The journal", "whole", "good", "", "", ""]]

    ask, free = asked(check)
    first, second = Desk(), Desk()
    first.is_there = False
    ask(first, 1)
    assert going.wait(10)
    ask(second, 2)
    assert second.heard.wait(10)
    [answer] = second.said
    assert isinstance(answer, m.JournalReport)
    assert "Ask again" in answer.why
    go_on.set()
    with free:
        pass  # the first has ended
    assert first.said == [m.JournalProgress(1, 1, 2)]
    second.heard.clear()
    ask(second, 3)
    assert second.heard.wait(10)
    assert second.said[-1] == m.JournalReport(3, [["The journal", "whole", "good", "", "", ""]])


def test_a_journal_that_cannot_be_read_is_said() -> None:
    def check(tell: Callable[[int, int], bool]) -> list[list[str]]:
        raise AuditUnavailable("SQLITE_CORRUPT")

    ask, _ = asked(check)
    desk = Desk()
    ask(desk, 1)
    assert desk.heard.wait(10)
    [answer] = desk.said
    assert isinstance(answer, m.JournalReport)
    assert "SQLITE_CORRUPT" in answer.why
