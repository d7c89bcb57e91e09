from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journal.fakes import Backend
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keys(tmp_path: Path) -> DeviceKeys:
    folder = tmp_path / "guard"
    folder.mkdir()
    return DeviceKeys.open(folder, Backend())


@pytest.fixture
def open_journal(tmp_path: Path, keys: DeviceKeys, clock: SetClock) -> Iterator[Callable[..., Journal]]:
    opened: list[Journal] = []

    def start(**others: object) -> Journal:
        chosen = {"path": tmp_path / "journal.db", "keys": keys, "clock": clock, **others}
        journal = Journal.open(chosen.pop("path"), chosen.pop("keys"), chosen.pop("clock"), **chosen)
        opened.append(journal)
        return journal

    yield start
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal: Callable[..., Journal]) -> Journal:
    return open_journal()
