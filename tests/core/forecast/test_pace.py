from __future__ import annotations

import pytest

from batchbell.core.forecast.curve import ProgressCurve
from batchbell.core.forecast.pace import SLOWEST, Pace, pace_of
from tests.fakes import START


def pace(*paces: float, hours: float = 1.0) -> Pace:
    """Of a job that did so many percent in each piece of `hours`."""
    points, done = [(0.0, 0.0)], 0.0
    for number, percent in enumerate(paces, 1):
        done += percent / 100
        points.append((number * hours, done))
    return pace_of(ProgressCurve(points=tuple(points), began_at=START))


STEADY = pace(*[2] * 20)


def test_an_even_pace_stays_what_it_is() -> None:
    assert STEADY.average == pytest.approx(0.02)
    assert STEADY.level == pytest.approx(1)
    assert STEADY.hours_for(0.6) == pytest.approx(30)


def test_a_slow_start_is_soon_forgotten() -> None:
    found = pace(*[0.2] * 10, *[4] * 10)
    assert found.average * found.level == pytest.approx(0.04, rel=0.1)
    assert found.hours_for(0.4) < 0.7 * 0.4 / found.average


def test_far_ahead_a_changed_pace_returns_to_the_average() -> None:
    found = pace(*[2] * 12, *[0.5] * 12)
    nearby = 0.02 / found.hours_for(0.02)
    far_off = 50 / found.hours_for(50)
    assert nearby == pytest.approx(found.average * found.level, rel=0.1)
    assert far_off == pytest.approx(found.average, rel=0.1)


def test_bursts_raise_the_doubt_and_not_the_pace() -> None:
    found = pace(*[0.01, 0.01, 0.01, 7.97] * 5)
    assert found.average == pytest.approx(0.02)
    assert 0.7 < found.level < 1.4
    assert found.doubt(30) > 2 * STEADY.doubt(30)


def test_the_doubt_grows_with_the_distance_as_a_share_of_a_job_that_wanders() -> None:
    found = pace(*[3, 3, 3, 3, 1, 1, 1, 1, 2, 2, 4, 4, 4, 4, 1, 1, 1, 1, 1, 1])
    assert found.doubt(40) > found.doubt(10)


def test_most_waits_are_not_longer_than_is_usual() -> None:
    assert STEADY.usual_wait_hours == pytest.approx(1)


def test_a_pace_that_all_but_stopped_keeps_a_part_of_the_average() -> None:
    found = pace(*[3] * 30, *[0.001] * 60)
    assert found.level == SLOWEST


def test_nothing_takes_no_time() -> None:
    assert STEADY.hours_for(0) == 0
    assert STEADY.doubt(0) > 0
