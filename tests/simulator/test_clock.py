from __future__ import annotations

from datetime import UTC, datetime, timedelta

from batchbell.simulator.clock import SimulatedClock, rfc3339

START = datetime(2025, 6, 11, 6, 11, 22, 752350, tzinfo=UTC)


class FakeMonotonic:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_real_second_is_a_simulated_minute_at_speed_60() -> None:
    monotonic = FakeMonotonic()
    clock = SimulatedClock(START, speed=60, monotonic=monotonic)
    monotonic.seconds += 2.5
    assert clock.now() == START + timedelta(seconds=150)


def test_it_can_jump_ahead_and_back() -> None:
    clock = SimulatedClock(START, speed=0)
    clock.advance(timedelta(hours=2))
    assert clock.now() == START + timedelta(hours=2)
    clock.advance(timedelta(hours=-3))
    assert clock.now() == START - timedelta(hours=1)


def test_without_a_start_it_shows_the_real_time() -> None:
    before = datetime.now(UTC)
    now = SimulatedClock().now()
    assert before <= now <= datetime.now(UTC)


def test_times_are_written_with_z_and_microseconds() -> None:
    assert rfc3339(START) == "2025-06-11T06:11:22.752350Z"
    assert rfc3339(START.replace(microsecond=0)) == "2025-06-11T06:11:22.000000Z"
