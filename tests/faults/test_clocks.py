"""Clocks that lie: set back, set forward, stopped, or hours ahead after sleep. Locked each time, never extended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.conftest import Times
from tests.guards import Stage, is_gone
from workstation import messages as m
from workstation.domain.policy import Policy, policy_from
from workstation.guard.deadline import Deadline, Due, Moment
from workstation.guard.guard import INVITE_SECONDS
from workstation.guard.states import State

HALF_A_DAY = 12 * 3600.0
IDLE_LOCK = 300.0
STILL_OPEN = (State.DESK, State.INVITING)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.guard.stop()
    made.recorder.close()


def wall(stage: Stage, seconds: float) -> None:
    stage.now = replace(stage.now, wall=stage.now.wall + seconds)


def boot(stage: Stage, seconds: float) -> None:
    stage.now = replace(stage.now, boot=stage.now.boot + seconds)


def second_by_second(stage: Stage, move: Callable[[Stage, float], None], seconds: float) -> None:
    """The desk's pulse goes on and so do the guard's ticks; only one of the clocks moves."""
    for _ in range(int(seconds)):
        move(stage, 1.0)
        stage.guard._last_alive = stage.now.boot
        stage.guard.tick()
        if stage.guard.state not in STILL_OPEN:
            return


def woken_by_a_hand(stage: Stage) -> None:
    """The mouse that wakes the computer is heard before the guard's clock has ticked."""
    stage.pass_time(HALF_A_DAY)
    stage.guard._said(stage.desks[0], m.Alive(stage.now.boot))
    stage.guard.tick()


def asleep_with_a_stopped_wall(stage: Stage) -> None:
    boot(stage, HALF_A_DAY)
    stage.guard.tick()


def restored(stage: Stage) -> None:
    """A virtual machine that comes back from a picture of its memory: no time has passed for it, but the wall knows."""
    wall(stage, HALF_A_DAY)
    stage.guard._said(stage.desks[0], m.Alive(stage.now.boot))
    stage.guard.tick()


def set_by(seconds: float) -> Callable[[Stage], None]:
    def lie(stage: Stage) -> None:
        wall(stage, seconds)
        stage.guard.tick()

    return lie


def slept(stage: Stage) -> None:
    stage.pass_time(HALF_A_DAY)
    stage.guard.tick()


LIES: dict[str, Callable[[Stage], None]] = {
    "set back a day": set_by(-86_400),
    "set back a little": set_by(-91),
    "set forward a day": set_by(86_400),
    "set forward a little": set_by(91),
    "wall stands still": lambda stage: second_by_second(stage, boot, IDLE_LOCK + 1),
    "boot clock stands still": lambda stage: second_by_second(stage, wall, IDLE_LOCK + 1),
    "half a day asleep": slept,
    "asleep, and the wall stood still": asleep_with_a_stopped_wall,
    "restored from a picture of memory": restored,
    "woken by a hand": woken_by_a_hand,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_clock_that_lies_locks_an_open_desk(stage: Stage, times: Times, lie: str) -> None:
    for _ in range(times(3)):
        stage.open_desk()
        pid = stage.guard.pids()[0]
        LIES[lie](stage)
        assert stage.guard.state in (State.LOCKED, State.SIGNED_OUT)
        assert is_gone(pid)
        if stage.guard.state is State.SIGNED_OUT:
            return  # twelve hours are beyond the second deadline too
        assert stage.guard.state not in STILL_OPEN


@pytest.mark.parametrize("lie", ["set back a little", "set forward a day", "half a day asleep", "wall stands still"])
def test_a_clock_that_lies_while_the_unlock_window_stands_takes_the_window_away(
    stage: Stage, times: Times, lie: str
) -> None:
    stage.manner = "mute"
    for _ in range(times(3)):
        stage.guard.invite()
        stage.until(lambda: stage.desks[-1].is_ready and "aside" in stage.face.shown)
        pid = stage.guard.pids()[0]
        LIES[lie](stage)
        assert stage.guard.state in (State.LOCKED, State.SIGNED_OUT)
        assert is_gone(pid)
        if stage.guard.state is State.SIGNED_OUT:
            return


@pytest.mark.parametrize("seconds", [-86_400.0, 86_400.0])
def test_an_unlock_across_a_moved_clock_never_opens(stage: Stage, times: Times, seconds: float) -> None:
    """The lease was judged by the clock before; the tick that would see it may come after the unlock."""
    for _ in range(times(3)):
        stage.guard.invite()
        wall(stage, seconds)
        stage.until(lambda: stage.guard.state is not State.INVITING)
        assert stage.guard.state is State.LOCKED
        assert "unlock" not in stage.acts()
    assert "clock-changed" in stage.acts()


def test_a_frozen_unlock_window_goes_away_by_the_boot_clock(stage: Stage) -> None:
    stage.manner = "mute"
    stage.guard.invite()
    stage.settle(0.1)
    second_by_second(stage, boot, INVITE_SECONDS + 2)
    assert stage.guard.state is State.LOCKED


class Watch(RuleBasedStateMachine):
    """Whatever the clocks do and however often the desk is touched: who was away too long is locked.

    One of the two clocks is honest in each run; no program could tell the time from two liars.
    """

    @initialize(boot_is_honest=st.booleans(), idle_lock=st.sampled_from([30.0, 120.0, 300.0, 900.0]))
    def begin(self, boot_is_honest: bool, idle_lock: float) -> None:
        self.boot_is_honest, self.idle_lock = boot_is_honest, idle_lock
        self.now = Moment(1_800_000_000.0, 5_000.0)
        self.true_time = self.last_touch = self.last_hand = 0.0
        self.locked = False
        self.deadline = Deadline(self.now, idle_lock=idle_lock, idle_warning=15, idle_sign_out=3600)

    def _pass(self, seconds: float, *, wall: float, boot: float) -> None:
        self.true_time += seconds
        self.now = Moment(self.now.wall + wall, self.now.boot + boot)

    @rule(seconds=st.floats(0, 2_000))
    def time_passes(self, seconds: float) -> None:
        self._pass(seconds, wall=seconds, boot=seconds)

    @precondition(lambda self: self.boot_is_honest)
    @rule(seconds=st.floats(0, 2_000), jump=st.floats(-100_000, 100_000) | st.floats(-85, 85))
    def the_wall_clock_is_set(self, seconds: float, jump: float) -> None:
        self._pass(seconds, wall=seconds + jump, boot=seconds)

    @precondition(lambda self: self.boot_is_honest)
    @rule(seconds=st.floats(0, 2_000))
    def the_wall_clock_stands(self, seconds: float) -> None:
        self._pass(seconds, wall=0, boot=seconds)

    @precondition(lambda self: not self.boot_is_honest)
    @rule(seconds=st.floats(0, 100_000) | st.floats(0, 85))
    def the_boot_clock_stands(self, seconds: float) -> None:
        self._pass(seconds, wall=seconds, boot=0)

    @rule(ago=st.floats(0, 5))
    def a_hand_moves(self, ago: float) -> None:
        """Reported a little later, as the channel does."""
        ago = min(ago, self.true_time - self.last_hand)  # hands are heard in their order
        self.last_hand = self.true_time - ago
        if self.true_time - ago - self.last_touch >= self.idle_lock:
            self.locked = True  # the time was up before this hand came
        self.deadline.touched(self.now.boot - ago, self.now)
        if not self.locked and self.true_time - ago > self.last_touch:
            self.last_touch = self.true_time - ago

    @rule(of=st.floats(-100_000, 100_000))
    def a_report_from_nowhere(self, of: float) -> None:
        """Of the future, or of before the last input: believed in neither case."""
        if not 0 <= of <= 5:
            self.deadline.touched(self.now.boot + abs(of) + 0.001, self.now)

    @rule(idle_lock=st.sampled_from([30.0, 120.0, 300.0, 900.0]))
    def a_policy_comes(self, idle_lock: float) -> None:
        if self.true_time - self.last_touch >= self.idle_lock:
            return  # the tick before has locked already
        self.idle_lock = idle_lock
        self.deadline.change(idle_lock=idle_lock, idle_warning=15, idle_sign_out=3600)

    @invariant()
    def who_was_away_too_long_is_locked(self) -> None:
        away = self.true_time - self.last_touch
        if away >= self.idle_lock + 0.01:
            self.locked = True
        if self.locked:
            assert self.deadline.check(self.now).due in (Due.LOCK, Due.SIGN_OUT, Due.CLOCK)


def test_no_dance_of_clocks_and_touches_extends_the_idle_time(times: Times) -> None:
    run_state_machine_as_test(Watch, settings=settings(max_examples=times(600), stateful_step_count=25, deadline=None))


def test_no_server_lengthens_the_idle_time_beyond_a_quarter_of_an_hour() -> None:
    for asked in (901, 3_600, 10**9, -1, 0, 1e308, float("inf"), float("nan")):
        policy = policy_from(json.loads(json.dumps({"idle_lock": asked})))
        assert 0 < policy.idle_lock <= 900
        deadline = Deadline(
            Moment(0, 0), idle_lock=policy.idle_lock, idle_warning=policy.idle_warning, idle_sign_out=3_600
        )
        assert deadline.check(Moment(900, 900)).due is Due.LOCK


def test_a_shorter_policy_counts_the_idle_time_already_passed(stage: Stage) -> None:
    stage.open_desk()
    pid = stage.guard.pids()[0]
    second_by_second(stage, Stage.pass_time, 60)
    assert stage.guard.state is State.DESK
    stage.guard.apply(Policy(version="p/2", idle_lock=60, idle_warning=5))
    stage.guard.tick()
    assert is_gone(pid)
