from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.forecast.finish import forecast, forecast_by
from batchbell.core.forecast.trend import Course, trend_of
from batchbell.core.outlook import NoForecast, Obstacle
from tests.fakes import START
from tests.strategies import TIMES

if TYPE_CHECKING:
    from datetime import datetime

HOUR = timedelta(hours=1)
#: Of a job that does a tenth each hour, for five hours.
SAMPLES = [(START + step * HOUR / 6, step / 60) for step in range(1, 31)]
SOON = st.integers(0, 100).map(lambda hours: START + hours * HOUR)


def test_it_holds_as_long_as_the_job_does_not_move() -> None:
    trend = trend_of(SAMPLES, started_at=START, now=START + 6 * HOUR)
    assert trend.holds_from == START + 5 * HOUR
    assert trend.holds(START + 5 * HOUR)
    assert trend.holds(START + 100 * HOUR)
    assert not trend.holds(START + 4 * HOUR)


@pytest.mark.parametrize(("started", "now"), [(0, 4), (7, 6)])
def test_it_does_not_hold_if_some_of_it_is_still_ahead(started: int, now: int) -> None:
    trend = trend_of(SAMPLES, started_at=START + started * HOUR, now=START + now * HOUR)
    assert trend.holds_from is None
    assert not trend.holds(START + 100 * HOUR)


@given(
    st.lists(st.tuples(SOON | TIMES, st.floats(0, 1)), max_size=20), SOON | TIMES, SOON, SOON, SOON
)
def test_as_long_as_it_holds_a_forecast_by_it_is_the_one_made_anew(
    samples: list[tuple[datetime, float]],
    started: datetime,
    made: datetime,
    seen: datetime,
    now: datetime,
) -> None:
    trend = trend_of(samples, started_at=started, now=made)
    if trend.holds(now):
        anew = forecast(samples, started_at=started, seen_until=seen, now=now)
        assert forecast_by(trend, seen_until=seen, now=now) == anew


@pytest.mark.parametrize(
    ("hours", "obstacle"),
    [(5.1, None), (5.1 + 10, None), (5 + 15.2, Obstacle.STANDS_STILL)],
)
def test_who_stands_still_is_told_when_it_is_asked_for(
    hours: float, obstacle: Obstacle | None
) -> None:
    trend = trend_of(SAMPLES, started_at=START, now=START + 5 * HOUR)
    assert isinstance(trend.course, Course)
    now = START + hours * HOUR
    found = forecast_by(trend, seen_until=now, now=now)
    assert (found.obstacle if isinstance(found, NoForecast) else None) == obstacle


def test_a_usual_wait_is_no_wait_and_a_longer_one_is_awaited_to_last_as_long_again() -> None:
    samples = [(START + step * HOUR, step / 50) for step in range(1, 21)]
    trend = trend_of(samples, started_at=START, now=START + 20 * HOUR)

    def left(flat: float) -> timedelta:
        now = START + (20 + flat) * HOUR
        found = forecast_by(trend, seen_until=now, now=now)
        assert not isinstance(found, NoForecast)
        return found.finish - now

    assert left(0) == left(0.9) == left(1) == pytest.approx(30 * HOUR, abs=HOUR / 100)
    assert left(6) == left(0) + 5 * HOUR
