from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.forecast.finish import forecast, is_beyond
from batchbell.core.forecast.risk import risk
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle
from tests.fakes import START
from tests.strategies import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR = timedelta(hours=1)

Sample = tuple[datetime, float]


def at(hour: float) -> datetime:
    return START + hour * HOUR


def outlook_of(
    samples: Iterable[tuple[float, float]], *, now: float, seen: float | None = None
) -> Forecast | NoForecast:
    """What is said `now` of a job started at hour 0; `samples` are (hour, fraction)."""
    return forecast(
        [(at(hour), progress) for hour, progress in samples],
        started_at=START,
        seen_until=at(now if seen is None else seen),
        now=at(now),
    )


def told(
    samples: Iterable[tuple[float, float]], *, now: float, seen: float | None = None
) -> Forecast:
    outlook = outlook_of(samples, now=now, seen=seen)
    assert isinstance(outlook, Forecast)
    return outlook


def line(until: float, per_hour: float = 0.1) -> list[tuple[float, float]]:
    """An even pace, seen every ten minutes."""
    return [(step / 6, per_hour * step / 6) for step in range(1, round(until * 6) + 1)]


def hour_of(moment: datetime) -> float:
    return (moment - START) / HOUR


# What it says.


def test_an_even_pace_is_drawn_on() -> None:
    found = told(line(5), now=5)
    assert hour_of(found.finish) == pytest.approx(10, abs=0.1)
    assert found.rate == pytest.approx(0.1, rel=0.05)
    assert 8 < hour_of(found.earliest) < 10 < hour_of(found.latest) < 13
    assert (found.made_at, found.known_for) == (at(5), 5 * HOUR)


def test_a_job_that_started_slowly_is_not_slow() -> None:
    slow_start = [(hour, 0.005 * hour) for hour in range(1, 6)]
    samples = [*slow_start, *((5 + hour, 0.025 + progress) for hour, progress in line(4))]
    naive = 9 / 0.425
    assert hour_of(told(samples, now=9).finish) == pytest.approx(9 + 5.75, abs=1.5)
    assert naive > 20


def test_chunks_do_not_upset_the_pace() -> None:
    rng = Random(7)  # noqa: S311 - a repeatable test, no secret
    hours = sorted(rng.uniform(0, 10) for _ in range(30))
    samples = [(hour, (number + 1) / 60) for number, hour in enumerate(hours)]
    assert hour_of(told(samples, now=10).finish) == pytest.approx(20, abs=5)


def test_a_pause_is_awaited_to_last_as_long_again() -> None:
    moving, waiting = told(line(5), now=5), told(line(5), now=7)
    assert hour_of(waiting.finish) == pytest.approx(hour_of(moving.finish) + 4, abs=0.7)
    assert waiting.latest - waiting.finish > 3 * (moving.latest - moving.finish)


def test_after_a_reset_only_the_new_run_counts() -> None:
    again = [(5 + hour, progress) for hour, progress in line(3, per_hour=0.2)]
    found = told([*line(5), (5, 0.0), *again], now=8)
    assert hour_of(found.finish) == pytest.approx(10, abs=0.3)
    assert found.known_for < 3.1 * HOUR


def test_what_nobody_saw_is_no_standstill() -> None:
    blind = told(line(5), now=7, seen=5)
    assert hour_of(blind.finish) == pytest.approx(10, abs=0.1)


def test_blind_time_within_the_history_is_bridged() -> None:
    samples = [sample for sample in line(6) if not 2 < sample[0] < 5]
    assert hour_of(told(samples, now=6).finish) == pytest.approx(10, abs=0.4)


def test_a_hopelessly_slow_job_is_beyond_the_horizon() -> None:
    found = told(line(5, per_hour=1e-4), now=5)
    assert found.finish == found.latest == at(5) + HORIZON
    assert is_beyond(found, at(5))
    assert not is_beyond(told(line(5), now=5), at(5))


# When it can't tell.


@pytest.mark.parametrize(
    ("samples", "now", "obstacle"),
    [
        ([], 3, Obstacle.NO_PROGRESS_YET),
        ([(1, 0.0)], 3, Obstacle.NO_PROGRESS_YET),
        ([(1, 0.2), (2, 0.4)], 3, Obstacle.TOO_FEW_SAMPLES),
        ([*line(3), (3, 0.0), (3.5, 0.1)], 4, Obstacle.TOO_FEW_SAMPLES),
        (line(10), 10, Obstacle.ALL_DONE),
    ],
)
def test_it_says_why_it_can_not_tell(
    samples: list[tuple[float, float]], now: float, obstacle: Obstacle
) -> None:
    assert outlook_of(samples, now=now) == NoForecast(obstacle=obstacle)


def test_a_job_that_stands_still_for_too_long_has_none() -> None:
    stands = NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=3.5 * HOUR)
    assert outlook_of(line(1), now=4.5) == stands


def test_a_forecast_that_passed_unseen_is_none() -> None:
    unseen = outlook_of(line(5), now=12, seen=5)
    assert unseen == NoForecast(obstacle=Obstacle.NOT_LOOKED_AT, lasting=7 * HOUR)


# At risk.

RANGE = Forecast(
    finish=at(20),
    earliest=at(18),
    latest=at(26),
    rate=0.05,
    made_at=at(10),
    known_for=10 * HOUR,
)


@pytest.mark.parametrize(
    ("deadline", "was_at_risk", "at_risk"),
    [
        (18.9, False, True),
        (19.1, False, False),
        (19.1, True, True),
        (21.9, True, True),
        (22.1, True, False),
        (22.1, False, False),
    ],
)
def test_between_clearly_at_risk_and_clearly_safe_it_stays_what_it_was(
    *, deadline: float, was_at_risk: bool, at_risk: bool
) -> None:
    assert risk(RANGE, at(deadline), was_at_risk=was_at_risk) is at_risk


def test_nobody_is_warned_on_a_short_history_of_a_deadline_far_off() -> None:
    early = replace(RANGE, known_for=4 * HOUR)
    assert risk(early, at(17.9), was_at_risk=False)
    assert not risk(early, at(18.1), was_at_risk=False)
    assert risk(early, at(18.1), was_at_risk=True)


@pytest.mark.parametrize("was_at_risk", [False, True])
def test_without_a_forecast_a_risk_stays_what_it_was(*, was_at_risk: bool) -> None:
    none = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
    assert risk(none, START, was_at_risk=was_at_risk) is was_at_risk


def test_a_job_on_the_edge_does_not_flap() -> None:
    rng, at_risk, changes = Random(3), False, 0  # noqa: S311 - a repeatable test, no secret
    for _ in range(200):
        shift = rng.uniform(-1, 1) * HOUR
        shifted = replace(
            RANGE,
            finish=RANGE.finish + shift,
            earliest=RANGE.earliest + shift,
            latest=RANGE.latest + shift,
        )
        before, at_risk = at_risk, risk(shifted, at(19), was_at_risk=at_risk)
        changes += before != at_risk
    assert changes == 1


# Whatever comes.

ANY_TIME = st.datetimes(timezones=st.just(UTC)) | TIMES | st.sampled_from([START, at(1), at(2)])
ANY_PROGRESS = st.floats(0, 1) | st.floats(allow_nan=True, allow_infinity=True)


def check(outlook: Forecast | NoForecast, now: datetime) -> None:
    if isinstance(outlook, Forecast):
        assert (
            now
            <= outlook.earliest
            <= outlook.finish
            <= outlook.latest
            <= now + min(HORIZON, datetime.max.replace(tzinfo=UTC) - now)
        )
        assert 0 < outlook.rate < float("inf")
        assert outlook.made_at == now
        assert outlook.known_for >= timedelta()


@given(st.lists(st.tuples(ANY_TIME, ANY_PROGRESS)), ANY_TIME, ANY_TIME, ANY_TIME, ANY_TIME)
def test_any_samples_at_any_times_give_an_ordered_forecast_or_none(
    samples: list[Sample], started: datetime, seen: datetime, now: datetime, deadline: datetime
) -> None:
    outlook = forecast(samples, started_at=started, seen_until=seen, now=now)
    check(outlook, now)
    for was_at_risk in (False, True):
        assert risk(outlook, deadline, was_at_risk=was_at_risk) in {False, True}


STEPS = st.lists(
    st.tuples(st.floats(1e-3, 1e5), st.floats(1e-5, 0.1) | st.floats(-0.5, -1e-5)), min_size=5
)


@given(STEPS, st.floats(0, 1e6), st.floats(0, 1e6), st.randoms())
def test_any_walk_of_a_job_gives_an_ordered_forecast_or_none(
    steps: list[tuple[float, float]], flat: float, blind: float, rng: Random
) -> None:
    moment, progress, samples = START, 0.0, []
    for seconds, stride in steps:
        moment += timedelta(seconds=seconds)
        progress = min(max(progress + stride, 0.0), 1.0)
        samples.append((moment, progress))
    seen = moment + timedelta(seconds=flat)
    now = seen + timedelta(seconds=blind)
    outlook = forecast(samples, started_at=START, seen_until=seen, now=now)
    check(outlook, now)
    shuffled = rng.sample(samples, len(samples))
    assert forecast(shuffled, started_at=START, seen_until=seen, now=now) == outlook


@given(st.floats(0.02, 0.2), st.floats(2, 4))
def test_an_even_pace_is_told_exactly_wherever_it_stands(per_hour: float, until: float) -> None:
    found = told(line(until, per_hour), now=until)
    assert hour_of(found.finish) == pytest.approx(1 / per_hour, rel=0.1)
