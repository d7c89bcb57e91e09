"""The idle deadline under honest and dishonest clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.guard.deadline import CLOCK_SLACK, Deadline, Due, Moment

START = Moment(wall=1_800_000_000.0, boot=500.0)


def after(seconds: float, *, wall: float | None = None) -> Moment:
    return Moment(START.wall + (seconds if wall is None else wall), START.boot + seconds)


@pytest.fixture
def deadline() -> Deadline:
    return Deadline(START, idle_lock=300, idle_warning=30, idle_sign_out=3600)


def test_it_warns_before_it_locks_and_locks_before_it_signs_out(deadline: Deadline) -> None:
    assert deadline.check(after(269)).due is Due.NOTHING
    warned = deadline.check(after(280))
    assert (warned.due, warned.seconds_left) == (Due.WARN, 20)
    assert deadline.check(after(300)).due is Due.LOCK
    assert deadline.check(after(3600)).due is Due.SIGN_OUT


def test_touching_the_desk_puts_it_off(deadline: Deadline) -> None:
    deadline.touched(START.boot + 200, after(201))
    assert deadline.check(after(499)).due is Due.WARN
    assert deadline.check(after(500)).due is Due.LOCK


def test_a_touch_from_the_future_or_the_past_changes_nothing(deadline: Deadline) -> None:
    deadline.touched(START.boot + 9_999, after(10))
    deadline.touched(START.boot - 9_999, after(10))
    assert deadline.check(after(300)).due is Due.LOCK


def test_twelve_hours_asleep_lock_at_once(deadline: Deadline) -> None:
    assert deadline.check(after(12 * 3600)).due is Due.SIGN_OUT


@pytest.mark.parametrize("moved", [CLOCK_SLACK + 1, -CLOCK_SLACK - 1, -86_400, 86_400 * 365])
def test_a_moved_wall_clock_locks(deadline: Deadline, moved: float) -> None:
    assert deadline.check(after(10, wall=10 + moved)).due is Due.CLOCK


def test_a_stricter_policy_counts_the_idle_time_already_passed(deadline: Deadline) -> None:
    deadline.change(idle_lock=60, idle_warning=10, idle_sign_out=600)
    assert deadline.check(after(61)).due is Due.LOCK


@given(idle=st.floats(300, 1e6), drift=st.floats(-1e6, 1e6))
def test_no_wall_clock_ever_extends_the_deadline(idle: float, drift: float) -> None:
    deadline = Deadline(START, idle_lock=300, idle_warning=30, idle_sign_out=3600)
    assert deadline.check(after(idle, wall=idle + drift)).due in (Due.LOCK, Due.SIGN_OUT, Due.CLOCK)
