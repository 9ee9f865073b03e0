from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchbell import clock as clock_module
from batchbell.clock import Clock, awake_seconds, boot_seconds

SECOND = timedelta(seconds=1)
API_TIME = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)


class Times:
    """Both of the machine's clocks, moved by hand."""

    def __init__(self) -> None:
        self.boot = 5000.0
        self.awake = 4000.0
        self.wall = API_TIME

    def pass_by(self, span: timedelta) -> None:
        self.awake += span.total_seconds()
        self.sleep(span)

    def sleep(self, span: timedelta) -> None:
        self.boot += span.total_seconds()
        self.wall += span


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    times = Times()
    monkeypatch.setattr(clock_module, "boot_seconds", lambda: times.boot)
    monkeypatch.setattr(clock_module, "awake_seconds", lambda: times.awake)
    monkeypatch.setattr(clock_module, "wall_time", lambda: times.wall)
    return times


def test_before_a_first_answer_the_wall_clock_serves(times: Times) -> None:
    clock = Clock()
    times.wall += timedelta(hours=1)
    assert clock.now() == times.wall
    assert clock.skew is None


def test_after_an_answer_the_apis_time_goes_on_by_itself(times: Times) -> None:
    clock = Clock()
    clock.observe(API_TIME + timedelta(hours=5))
    times.pass_by(90 * SECOND)
    assert clock.now() == API_TIME + timedelta(hours=5) + 90 * SECOND


@pytest.mark.parametrize("days", [365, -365])
def test_what_is_deleted_must_be_old_by_both_clocks(times: Times, days: int) -> None:
    clock = Clock()
    clock.observe(API_TIME + timedelta(days=days))
    times.pass_by(60 * SECOND)
    assert clock.earlier == API_TIME + timedelta(days=min(days, 0)) + 60 * SECOND


@pytest.mark.parametrize("hours", [2, -2])
def test_a_stepped_wall_clock_changes_nothing_but_the_skew(times: Times, hours: int) -> None:
    clock = Clock()
    clock.observe(API_TIME)
    times.pass_by(60 * SECOND)
    times.wall += timedelta(hours=hours)
    assert clock.now() == API_TIME + 60 * SECOND
    assert clock.skew == timedelta(hours=hours)


def test_a_later_answer_corrects_a_drift_but_not_a_rounded_second(times: Times) -> None:
    clock = Clock()
    clock.observe(API_TIME)
    times.pass_by(60 * SECOND)
    clock.observe(API_TIME + 59 * SECOND)
    assert clock.now() == API_TIME + 60 * SECOND
    clock.observe(API_TIME + 50 * SECOND)
    assert clock.now() == API_TIME + 50 * SECOND


def test_a_fast_clock_runs_in_proportion_and_waits_shorter(times: Times) -> None:
    clock = Clock(speed=60)
    times.pass_by(SECOND)
    assert clock.now() == API_TIME + 60 * SECOND
    clock.observe(clock.now())
    times.pass_by(SECOND)
    assert clock.now() == API_TIME + 120 * SECOND
    assert clock.skew == timedelta(0)
    assert clock.real_seconds(timedelta(minutes=1)) == 1
    assert clock.real_seconds(timedelta(minutes=-1)) == 0


def test_it_knows_how_long_the_machine_slept(times: Times) -> None:
    clock = Clock()
    clock.observe(API_TIME)
    times.pass_by(60 * SECOND)
    assert clock.slept == timedelta(0)
    times.sleep(timedelta(hours=8))
    times.pass_by(60 * SECOND)
    assert clock.slept == timedelta(hours=8)
    assert clock.now() == API_TIME + timedelta(hours=8) + 120 * SECOND


def test_the_start_of_the_process_follows_the_apis_time_too(times: Times) -> None:
    times.wall += timedelta(hours=2)
    clock = Clock()
    assert clock.running_since == API_TIME + timedelta(hours=2)
    times.pass_by(60 * SECOND)
    clock.observe(API_TIME + 60 * SECOND)
    times.wall -= timedelta(hours=5)
    assert clock.running_since == API_TIME


def test_the_boot_clock_counts_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert boot_seconds() <= boot_seconds()
    monkeypatch.delattr("time.CLOCK_BOOTTIME", raising=False)
    assert boot_seconds() <= boot_seconds()
    assert awake_seconds() <= awake_seconds()


def test_the_wall_clock_is_aware() -> None:
    assert Clock().now().tzinfo is UTC


def test_without_an_answer_a_time_that_is_better_than_the_wall_clock_s_serves(
    times: Times,
) -> None:
    clock = Clock()
    times.wall += timedelta(hours=1)
    clock.assume(API_TIME)
    times.pass_by(90 * SECOND)
    assert clock.now() == API_TIME + 90 * SECOND
    assert clock.skew is None
    # Said again it is no news, unless that clock was set.
    clock.assume(API_TIME + 91 * SECOND)
    assert clock.now() == API_TIME + 90 * SECOND
    clock.assume(API_TIME + timedelta(hours=2))
    assert clock.now() == API_TIME + timedelta(hours=2)


def test_an_answer_is_believed_before_every_other_clock(times: Times) -> None:
    clock = Clock()
    clock.assume(API_TIME + timedelta(hours=2))
    clock.observe(API_TIME)
    clock.assume(API_TIME + timedelta(hours=2))
    times.pass_by(SECOND)
    assert clock.now() == API_TIME + SECOND
    assert clock.skew == timedelta()
