"""An older program meets what a newer one has written: it says so, and touches nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from workstation.domain.audit import Act, Intent
from workstation.errors import CacheTooNew
from workstation.guard.house import open_house
from workstation.guard.recorder import Recorder
from workstation.host.clock import SystemClock
from workstation.host.paths import Home
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed
from workstation.settings import ServerSettings

pytestmark = pytest.mark.keyring


def prints(folder: Path) -> dict[str, str]:
    """Every file but SQLite's index of a log that is empty, which is made anew at each opening."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.stat().st_size}


def test_a_journal_of_a_later_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    keys = DeviceKeys.open(home.guard)
    path = home.journal(keys.device)
    recorder = Recorder(lambda: Journal.open(path, keys, SystemClock()))
    recorder.record(Intent(Act.VIEW_WORKLIST), "dana").result()
    recorder.close()
    key = keys.journal_key()
    newer = open_sealed(path, key)
    newer.execute("pragma user_version = 99")
    newer.execute("pragma wal_checkpoint(truncate)")
    newer.close()
    before = prints(home.root)
    with pytest.raises(CacheTooNew) as caught:
        open_house(home, ServerSettings(base="https://fhir.example/r4"), SystemClock(), practice=False, keys=keys)
    assert "newer version" in str(caught.value)
    assert "update this workstation" in caught.value.remedy
    assert "Nothing was changed" in caught.value.remedy
    assert prints(home.root) == before
    keys.close()
