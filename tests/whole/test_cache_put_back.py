"""Guard and desk tell each other the last act done: a cache without it is set aside at the unlock, on record, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.whole.workplace import DANA, Workplace, workplace
from workstation.domain.audit import Act, Intent, Outcome
from workstation.domain.trail import Phase
from workstation.guard.states import LockReason

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(300)]


def damaged(place: Workplace) -> list[str]:
    """What the journal says of the cache."""
    recorder = place.stage.program.house.recorder
    page = recorder.run(lambda journal: journal.page(DANA.user)).result()
    return [one.reason for one in page if one.act is Act.CACHE_DAMAGED and one.phase is Phase.INTENT]


def lock_and_unlock(place: Workplace) -> None:
    pid = place.guard.pids()[0]
    place.guard.lock(LockReason.KEY)
    place.wait_gone(pid)
    place.unlock()


def test_a_cache_that_lacks_the_last_act_or_is_gone_is_said_and_the_desk_opens(
    qapp: QApplication, tmp_path: Path
) -> None:
    with workplace(qapp, tmp_path / "data") as place:
        folder = place.enrol()
        lock_and_unlock(place)
        assert damaged(place) == []
        recorder = place.stage.program.house.recorder
        act = recorder.record(Intent(Act.CODE_ADD), DANA.user).result()  # done, says the journal; the cache is older
        recorder.outcome(act, Outcome.DONE).result()
        lock_and_unlock(place)
        place.stage.until(lambda: len(damaged(place)) == 1, "the journal to say it")
        assert damaged(place)[0].startswith("older than the journal: ")
        assert list(folder.glob("cache.damaged-*.db"))
        lock_and_unlock(place)
        assert len(damaged(place)) == 1
        pid = place.guard.pids()[0]
        place.guard.lock(LockReason.KEY)
        place.wait_gone(pid)
        for file in folder.glob("cache.*"):
            if "damaged" not in file.name:
                file.unlink()
        place.unlock()
        place.stage.until(lambda: len(damaged(place)) == 2, "the journal to say it")
        assert damaged(place)[0].startswith("gone: ")
