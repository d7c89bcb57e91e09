from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workstation.domain.access import Coder
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.domain.trail import Phase
from workstation.errors import AuditUnavailable
from workstation.host.clock import SetClock
from workstation.ids import uuid7
from workstation.journal.space import Stage
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed

VIEW = Intent(Act.VIEW_ENCOUNTER, Subject(patient="Patient/p1", encounter="Encounter/e1"))
ACT = Intent(Act.CODE_ADD, Subject(patient="Patient/p1", encounter="Encounter/e1"))


def test_a_view_is_one_event_at_once(journal: Journal) -> None:
    entry = journal.append(VIEW, user="dana")
    (send,) = journal.unsent()
    assert (send.id, send.outcome, send.intent.act) == (entry.id, None, Act.VIEW_ENCOUNTER)
    assert journal.open_intents() == ()


def test_an_act_becomes_one_event_at_its_outcome_under_the_intents_id(journal: Journal) -> None:
    entry = journal.append(ACT, user="dana")
    assert journal.unsent() == ()
    assert [intent.id for intent in journal.open_intents()] == [entry.id]
    journal.outcome(entry.id, Outcome.DONE, "ok")
    (send,) = journal.unsent()
    assert send.id == entry.id
    assert send.outcome is not None
    assert (send.outcome.phase, send.outcome.outcome) == (Phase.OUTCOME, Outcome.DONE)
    assert journal.open_intents() == ()


def test_an_act_cut_short_by_a_crash_is_still_open_at_the_next_start(
    open_journal: Callable[..., Journal],
) -> None:
    first = open_journal()
    cut_short = first.append(ACT, user="dana")
    again = open_journal()
    assert [intent.id for intent in again.open_intents()] == [cut_short.id]
    again.outcome(cut_short.id, Outcome.ABORTED, "closed at start")
    assert again.verify()
    assert [send.id for send in again.unsent()] == [cut_short.id]


def test_the_same_intent_told_twice_is_recorded_once(journal: Journal) -> None:
    told = Intent(Act.VIEW_ENCOUNTER, VIEW.subject, id=uuid7())
    assert journal.append(told, user="dana") == journal.append(told, user="dana")
    assert journal.head().seq == 1
    with pytest.raises(ValueError, match="one intent"):
        journal.append(Intent(Act.REVEAL, VIEW.subject, id=told.id), user="dana")
    with pytest.raises(ValueError):
        journal.append(Intent(Act.REVEAL, id="../../etc"), user="dana")


def test_an_outcome_told_twice_keeps_the_first(journal: Journal) -> None:
    entry = journal.append(ACT, user="dana")
    journal.outcome(entry.id, Outcome.DONE)
    assert journal.outcome(entry.id, Outcome.FAILED).outcome is Outcome.DONE
    assert journal.head().seq == 2
    with pytest.raises(ValueError):
        journal.outcome(uuid7(), Outcome.DONE)


def test_the_sequence_has_no_gap_over_restarts(open_journal: Callable[..., Journal]) -> None:
    seqs = []
    for _ in range(3):
        journal = open_journal()
        seqs += [journal.append(VIEW, user="dana").seq for _ in range(3)]
        journal.close()
    assert seqs == list(range(1, 10))
    assert open_journal().findings == ()


def test_a_checkpoint_is_signed_every_hundred_events_and_every_minute(
    journal: Journal, clock: SetClock, keys: DeviceKeys
) -> None:
    for _ in range(100):
        journal.append(VIEW, user="dana")
    assert journal.unsent(1)[0].checkpoint is not None
    journal.append(VIEW, user="dana")
    assert journal.unsent(200)[-1].checkpoint is None
    clock.advance(61)
    journal.tick()
    last = journal.unsent(200)[-1].checkpoint
    assert last is not None
    assert last.size == 101
    assert journal.checkpoint() is None
    journal.close()
    assert keys.secret("journal") == "1:101"


def test_only_what_the_server_confirmed_is_no_longer_sent(journal: Journal) -> None:
    ids = [journal.append(VIEW, user="dana").id for _ in range(3)]
    journal.acknowledge((ids[1],), "201 AuditEvent/1")
    assert [send.id for send in journal.unsent()] == [ids[0], ids[2]]
    assert journal.counts() == (2, 1)


def test_a_coder_is_named_in_events_sent_after_they_left(journal: Journal) -> None:
    dana = Coder("dana", "dana", "Dana Whitfield", "CCS", frozenset({"inpatient-coder"}))
    journal.introduce(dana)
    journal.append(VIEW, user="dana")
    assert journal.unsent()[0].coder == dana


def test_a_coder_sees_only_their_own_trail_newest_first(journal: Journal) -> None:
    for user in ("dana", "miguel", "dana"):
        journal.append(VIEW, user=user)
    page = journal.page("dana", limit=1)
    assert [entry.seq for entry in page] == [3]
    assert [entry.seq for entry in journal.page("dana", before=page[-1].position)] == [1]


def test_pruning_keeps_what_waits_and_the_journal_still_verifies(
    open_journal: Callable[..., Journal], clock: SetClock
) -> None:
    journal = open_journal()
    ids = [journal.append(VIEW, user="dana").id for _ in range(10)]
    journal.acknowledge(tuple(ids[:5] + ids[6:]), "ok")
    assert journal.prune(clock.wall() - 500) == 0  # confirmed, but only now
    clock.advance(1_000)
    assert journal.prune(clock.wall() - 500) == 5
    assert journal.verify()
    assert [send.id for send in journal.unsent()] == [ids[5]]
    assert journal.counts() == (1, 4)
    journal.acknowledge((ids[5],), "ok")
    assert journal.prune(clock.wall() - 500) == 0
    clock.advance(1_000)
    assert [journal.prune(clock.wall() - 500, most=3) for _ in range(3)] == [3, 1, 0]  # the chain goes on from the last
    assert journal.counts() == (0, 1)
    journal.append(VIEW, user="dana")
    journal.close()
    again = open_journal()
    assert again.findings == ()
    assert again.verify()


def test_whoever_waits_for_the_verifier_is_told_how_far_it_is(journal: Journal) -> None:
    for _ in range(7):
        journal.append(VIEW, user="dana")
    told: list[tuple[int, int]] = []
    assert journal.verify(progress=lambda done, of: told.append((done, of)))
    assert (told[0], told[-1]) == ((0, 7), (7, 7))
    told.clear()
    assert journal.verify({1: 3}, lambda done, of: told.append((done, of)))
    assert (told[0], told[-1]) == ((0, 4), (4, 4))


def test_a_clock_set_back_does_not_lower_the_latest_time(open_journal: Callable[..., Journal], clock: SetClock) -> None:
    journal = open_journal()
    journal.append(VIEW, user="dana")
    latest = journal.latest_time
    clock.wall_seconds -= 86_400
    journal.append(VIEW, user="dana")
    journal.close()
    assert open_journal().latest_time == latest


def test_a_journal_in_memory_leaves_no_file(tmp_path: Path, clock: SetClock) -> None:
    journal = Journal.open(None, DeviceKeys.throw_away(), clock)
    journal.append(VIEW, user="dana")
    assert journal.verify()
    journal.close()
    assert not list(tmp_path.rglob("journal*"))


def test_the_journal_on_disk_is_not_readable(journal: Journal, tmp_path: Path) -> None:
    journal.append(Intent(Act.REVEAL, Subject(patient="Patient/MARKER77")), user="dana")
    for file in tmp_path.glob("journal*"):
        assert b"MARKER77" not in file.read_bytes()


# ------------------------------------------------------------------ when it cannot be written


def test_little_room_warns_then_refuses_new_charts_but_not_the_lock(
    open_journal: Callable[..., Journal],
) -> None:
    room = [10**12]
    journal = open_journal(free=lambda _: room[0])
    room[0] = 300 * 1024 * 1024
    journal.append(VIEW, user="dana")
    assert journal.stage.name == "LOW"
    room[0] = 10 * 1024 * 1024
    with pytest.raises(AuditUnavailable):
        journal.append(VIEW, user="dana")
    journal.append(Intent(Act.LOCK), user="dana")
    room[0] = 10**12
    journal.append(VIEW, user="dana")
    assert journal.stage.name == "FINE"
    assert journal.verify()


def test_a_full_disk_fails_closed_and_the_reserve_tells_of_it_later(
    open_journal: Callable[..., Journal], tmp_path: Path, keys: DeviceKeys
) -> None:
    journal = open_journal()
    journal.append(VIEW, user="dana")
    key = keys.journal_key()
    other = open_sealed(tmp_path / "journal.db", key)
    other.execute("begin immediate")  # whatever stops the writer: here another holds the file
    journal._connection.set_authorizer(None)
    journal._connection.execute("pragma busy_timeout = 10")
    for act in (Act.VIEW_DOCUMENT, Act.LOCK):
        with pytest.raises(AuditUnavailable):
            journal.append(Intent(act), user="dana")
    assert journal.stage is Stage.CLOSED
    assert journal.head().seq == 1
    other.execute("rollback")
    other.close()
    journal.append(VIEW, user="dana")
    told = [entry.reason.split()[0] for entry in journal.page("") if entry.phase is Phase.INTENT]
    assert told == ["lock", "audit-failure"]
    assert journal.verify()


def test_a_commit_that_takes_too_long_is_a_disk_that_fails(
    tmp_path: Path, keys: DeviceKeys, clock: SetClock, open_journal: Callable[..., Journal]
) -> None:
    journal = open_journal()

    class Slow:
        def __init__(self, real: object) -> None:
            self._real = real

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

        def execute(self, sql: str, *values: object) -> object:
            if sql == "commit":
                clock.advance(6)
            return self._real.execute(sql, *values)

    commits = journal._commits
    real, commits.connection = commits.connection, Slow(commits.connection)
    with pytest.raises(AuditUnavailable, match="too slow"):
        journal.append(VIEW, user="dana")
    commits.connection = real
    assert journal.head().seq == 1  # it is durable, though nothing was shown
    assert journal.append(VIEW, user="dana").seq == 2
    assert journal.verify()


# ------------------------------------------------------------------ kill -9

_CHILD = """
import sys, pathlib
sys.path.insert(0, {root!r})
from tests.journal.fakes import Backend
from workstation.domain.audit import Act, Intent, Outcome
from workstation.host.clock import SystemClock
from workstation.journal.space import Stage
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
backend = Backend()
backend.kept = {kept!r}
keys = DeviceKeys.open(pathlib.Path({guard!r}), backend)
journal = Journal.open(pathlib.Path({path!r}), keys, SystemClock())
while True:
    view = journal.append(Intent(Act.VIEW_ENCOUNTER), user="dana")
    print("view", view.id, flush=True)
    act = journal.append(Intent(Act.CODE_ADD), user="dana")
    journal.outcome(act.id, Outcome.DONE)
    print("act", act.id, flush=True)
"""


@pytest.mark.parametrize("killed_after", [1, 7, 40, 130])
def test_a_kill_at_any_moment_keeps_every_acknowledged_event(
    killed_after: int, tmp_path: Path, clock: SetClock
) -> None:
    guard, path = tmp_path / "guard", tmp_path / "journal.db"
    guard.mkdir()
    backend_kept = _keyring_of_a_first_start(guard)
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _CHILD.format(root=os.getcwd(), kept=backend_kept.kept, guard=str(guard), path=str(path)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().split()[1] for _ in range(killed_after)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [line.split()[1] for line in child.stdout.read().splitlines() if len(line) > 40]
    child.wait()
    child.stdout.close()
    journal = Journal.open(path, DeviceKeys.open(guard, backend_kept), clock)
    assert journal.findings == ()
    kept = {send.id for send in journal.unsent(100_000)}
    assert set(acknowledged) <= kept
    assert journal.verify()
    journal.close()


def _keyring_of_a_first_start(guard: Path):
    from tests.journal.fakes import Backend

    backend = Backend()
    DeviceKeys.open(guard, backend).close()
    return backend
