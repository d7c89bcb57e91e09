"""The guard's state machine over real processes, a real journal and a clock that is set."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.guards import Stage
from workstation import messages as m
from workstation.domain.policy import Policy
from workstation.guard.deadline import Moment
from workstation.guard.states import LockReason, State


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.guard.stop()
    made.recorder.close()


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_an_unlock_opens_the_desk_and_warms_the_next_standby(stage: Stage) -> None:
    stage.open_desk()
    stage.until(lambda: len(stage.guard.pids()) == 2)
    assert "aside" in stage.face.shown
    assert stage.acts()[:2] == ["unlock", "view-worklist"]


def test_the_device_half_is_zeroed_once_it_was_sent(stage: Stage) -> None:
    stage.open_desk()
    assert all(set(half) == {0} for half in stage.vaults.halves)


@pytest.mark.parametrize("reason", [LockReason.KEY, LockReason.SYSTEM, LockReason.SUSPEND, LockReason.COMMAND])
def test_a_lock_covers_and_leaves_no_desk_alive(stage: Stage, reason: LockReason) -> None:
    pid = stage.open_desk()
    stage.guard.lock(reason)
    assert stage.guard.state is State.LOCKED
    assert stage.face.shown[-1] == f"cover {reason.value}"
    assert is_gone(pid)


def test_an_unlock_that_finishes_after_a_lock_is_thrown_away(stage: Stage) -> None:
    stage.manner = "slow"
    stage.guard.invite()
    stage.settle(0.4)
    pid = stage.desks[0].pid
    stage.guard.lock(LockReason.SYSTEM)
    stage.settle(1.2)
    assert stage.guard.state is State.LOCKED
    assert is_gone(pid)


def test_an_unlock_of_another_epoch_is_killed(stage: Stage) -> None:
    stage.manner = "late"
    stage.guard.invite()
    stage.until(lambda: is_gone(stage.desks[0].pid))
    assert stage.guard.state is not State.DESK
    assert "unlock" not in stage.acts()


def test_idle_time_locks_and_is_on_record(stage: Stage) -> None:
    stage.open_desk()
    for _ in range(61):
        stage.pass_time(5)
        stage.guard._last_alive = stage.now.boot  # the desk's pulse goes on; only its coder is away
        stage.guard.tick()
    assert stage.guard.state is State.LOCKED
    assert "auto-logoff" in stage.acts()


def test_a_desk_that_hangs_is_killed(stage: Stage) -> None:
    pid = stage.open_desk()
    os.kill(pid, signal.SIGSTOP)
    for _ in range(8):
        stage.pass_time(1)
        stage.guard.tick()
    assert stage.guard.state is State.LOCKED
    assert is_gone(pid)


def test_a_computer_that_slept_wakes_locked(stage: Stage) -> None:
    pid = stage.open_desk()
    stage.pass_time(3600)
    stage.guard.tick()
    assert is_gone(pid)
    assert stage.guard.state in (State.LOCKED, State.SIGNED_OUT)


def test_a_moved_wall_clock_locks(stage: Stage) -> None:
    stage.open_desk()
    stage.now = replace(stage.now, wall=stage.now.wall - 86_400)
    stage.guard.tick()
    assert stage.guard.state is State.LOCKED
    assert "clock-changed" in stage.acts()


def test_a_desk_that_crashes_is_a_lock(stage: Stage) -> None:
    pid = stage.open_desk()
    os.kill(pid, signal.SIGKILL)
    stage.until(lambda: stage.guard.state is State.LOCKED)
    assert "unexpectedly" in stage.face.shown[-1]


def test_a_standby_that_dies_is_replaced(stage: Stage) -> None:
    stage.guard.warm()
    stage.until(lambda: stage.desks[0].is_ready)
    os.kill(stage.desks[0].pid, signal.SIGKILL)
    stage.until(lambda: len(stage.desks) == 2 and stage.desks[1].is_ready)


def test_an_unlock_window_nobody_uses_goes_away(stage: Stage) -> None:
    stage.manner = "mute"
    stage.guard.invite()
    stage.settle()
    for _ in range(4):
        stage.pass_time(20)
        stage.guard.tick()
    assert stage.guard.state is State.LOCKED


def test_switching_coders_frees_the_seat(stage: Stage) -> None:
    pid = stage.open_desk()
    stage.guard.vacate(sign_out=False)
    assert stage.guard.seat is None
    assert stage.face.shown[-1].startswith("sign-in")
    assert is_gone(pid)


def test_forty_locks_leave_no_process_thread_or_descriptor_behind(stage: Stage) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    stage.open_desk()
    stage.guard.lock(LockReason.KEY)
    stage.settle()
    before = descriptors()
    for _ in range(40):
        stage.guard.invite()
        stage.until(lambda: stage.guard.state is State.DESK)
        stage.guard.lock(LockReason.KEY)
    stage.settle()
    assert descriptors() <= before + 6
    assert sum(not is_gone(desk.pid) for desk in stage.desks) <= 1


def test_the_last_words_of_a_desk_say_what_only_this_computer_has(stage: Stage) -> None:
    stage.open_desk()
    stage.guard.lock(LockReason.KEY)
    stage.settle()
    assert stage.vaults.noted == [None, 2]


def test_a_desk_without_last_words_may_have_had_work(stage: Stage) -> None:
    stage.manner = "silent"
    stage.open_desk()
    stage.guard.lock(LockReason.KEY)
    stage.settle()
    assert stage.vaults.noted == [None, None]


def test_where_nothing_tells_of_sleep_the_desk_locks_after_half_the_time(stage: Stage) -> None:
    stage.guard.watch(armed=False)
    stage.open_desk()
    assert stage.guard.idle_lock == 150
    for _ in range(31):
        stage.pass_time(5)
        stage.guard._last_alive = stage.now.boot
        stage.guard.tick()
    assert stage.guard.state is State.LOCKED
    assert "policy-change" in stage.acts()


def test_a_stricter_policy_locks_a_desk_that_was_idle_longer_already(stage: Stage) -> None:
    stage.open_desk()
    stage.pass_time(25)
    stage.guard._last_alive = stage.now.boot
    stage.guard.apply(Policy(version="p/2", idle_lock=30, idle_warning=5))
    stage.pass_time(6)
    stage.guard._last_alive = stage.now.boot
    stage.guard.tick()
    assert stage.guard.state is State.LOCKED
    assert stage.acts().count("policy-change") == 1


def test_a_locked_coder_is_signed_out_in_time_whatever_the_wall_clock_says(stage: Stage) -> None:
    stage.open_desk()
    stage.guard.lock(LockReason.KEY)
    stage.now = Moment(stage.now.wall - 86_400, stage.now.boot + 3_601)
    stage.guard.tick()
    assert stage.guard.state is State.SIGNED_OUT
    assert stage.guard.seat is None


def test_a_screen_that_may_be_captured_is_on_record_and_so_is_one_that_cannot_be_blocked(stage: Stage) -> None:
    stage.open_desk()
    desk = stage.desks[0]
    for state in ("not blocked", "not blocked", "blocked", "allowed", "allowed", "blocked", "not blocked", "blocked"):
        stage.guard._said(desk, m.CaptureIs(state))
    assert stage.guard.capture == "blocked"
    reasons = [e.reason for e in reversed(stage.recorder.run(lambda j: j.page("dana")).result()) if e.phase == "intent"]
    assert [reason for reason in reasons if "capture" in reason] == [
        "screen capture cannot be blocked",
        "screen capture allowed",
        "screen capture allowed",
        "screen capture blocked",
        "screen capture cannot be blocked",
    ]


def test_a_lock_right_after_the_enrolment_does_not_miss_its_vault(stage: Stage) -> None:
    """The vault is stored by a worker; the next invitation stores it first where that has not happened yet."""
    stage.open_desk()
    stage.guard._unstored = {"wrapped": "new"}
    stage.guard.lock(LockReason.KEY)
    stage.guard.invite()
    stage.until(lambda: stage.vaults.stored)
    assert stage.vaults.stored == [{"wrapped": "new"}]
