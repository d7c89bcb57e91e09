"""The journal's thread: what it is told of a cache shows whether it was put back itself."""

from __future__ import annotations

from pathlib import Path

from workstation.domain.audit import Act, Intent, Outcome
from workstation.domain.trail import Phase
from workstation.guard.recorder import JOURNAL_OLDER, Recorder
from workstation.host.clock import SystemClock
from workstation.ids import uuid7
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys


def failures(recorder: Recorder) -> list[str]:
    page = recorder.run(lambda journal: journal.page("")).result()
    return [one.reason for one in page if one.act is Act.AUDIT_FAILURE and one.phase is Phase.INTENT]


def test_a_journal_that_lacks_what_a_cache_holds_says_so_once(tmp_path: Path) -> None:
    keys = DeviceKeys.throw_away()
    recorder = Recorder(lambda: Journal.open(tmp_path / "journal.db", keys, SystemClock()))
    known = recorder.record(Intent(Act.CODE_ADD), "dana").result()
    recorder.outcome(known, Outcome.DONE).result()
    recorder.compare(known)
    recorder.compare("")
    assert failures(recorder) == []
    lost = uuid7()  # done in a time this journal no longer knows of
    recorder.compare(lost)
    recorder.compare(lost)
    assert failures(recorder) == [JOURNAL_OLDER]
    recorder.close()
